import { Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
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

  async run(id: string): Promise<void> {
    try {
      await this.evaluate.run(await this.fit.run([id]), { evaluationId: id, spent: null });
      await this.runs.succeed([id]);
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      await this.runs.fail([id], problemOf(error));
    }
  }

  async giveUp(id: string, error: Error): Promise<void> {
    await this.runs.fail([id], givenUp(`training run ${id}`, error));
  }
}
