import { Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { type JobContext } from '@signalbox/queue';
import { EvaluateRuns } from '../evaluations/evaluate-runs.js';
import { givenUp, problemOf } from '../work/end-of-work.js';
import { FitJob } from './fit.job.js';
import { RunsRepository } from './runs.repository.js';

/** A run that somebody asked for by hand: fitted, then evaluated. */
@Injectable()
export class TrainJob {
  constructor(
    private readonly runs: RunsRepository,
    private readonly fit: FitJob,
    private readonly evaluate: EvaluateRuns,
  ) {}

  async run(id: string, context: JobContext): Promise<void> {
    try {
      await this.evaluate.run(await this.fit.run([id], context), { evaluationId: id, spent: null }, context);
      await this.runs.succeed([id], context.fence);
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      await this.runs.fail([id], problemOf(error));
    }
  }

  async giveUp(id: string, error: Error): Promise<void> {
    await this.runs.fail([id], givenUp(`training run ${id}`, error));
  }
}
