import { Injectable } from '@nestjs/common';
import { SignalboxError, type RetrainRow } from '@signalbox/contracts';
import type { JobContext, StageOutput } from '@signalbox/queue';
import { z } from 'zod';
import type { Report } from '../datasets/freeze.job.js';
import { stageObjectId } from '../retrains/stage-object-id.js';
import { RunsRepository } from '../runs/runs.repository.js';
import { EvaluateRuns } from './evaluate-runs.js';

const trainOutput = z.object({ trainingRunId: z.uuid(), runs: z.record(z.string(), z.uuid()) });
/** A stage that was skipped spent nothing. */
const spending = z
  .object({ spentUsd: z.number().default(0), unpriced: z.int().default(0) })
  .default({ spentUsd: 0, unpriced: 0 });

@Injectable()
export class EvaluateStage {
  constructor(
    private readonly runs: RunsRepository,
    private readonly evaluate: EvaluateRuns,
  ) {}

  /** Goes on without a replay: the report then holds reasons instead of numbers, and the gate refuses. */
  async run({ id: retrainId, outputs }: RetrainRow, report: Report, context: JobContext): Promise<StageOutput> {
    const { trainingRunId, runs: trained } = trainOutput.parse(outputs.train);
    const evaluationId = stageObjectId(retrainId, 'evaluate');
    const found = await this.runs.byId(Object.values(trained));
    const runs = [...found.values()].sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
    const main = found.get(trainingRunId);
    if (!main) throw new SignalboxError('NOT_FOUND', `There is no training run ${trainingRunId}.`);
    const [label, replay] = [spending.parse(outputs.label), spending.parse(outputs.replay)];
    const spent = {
      judgeUsd: label.spentUsd,
      replayUsd: replay.spentUsd,
      unpriced: label.unpriced + replay.unpriced,
    };
    const record = await this.evaluate.run(runs, { evaluationId, spent }, context);
    await report({ done: record.prompts, total: record.prompts, unit: 'prompts', costUsd: null });
    const result = record.results.find(({ policy }) => policy === main.routerType);
    return {
      trainingRunId,
      evaluationId,
      method: record.method,
      prompts: record.prompts,
      quality: result?.quality ?? null,
      gain: result?.gainOverBestSingle ?? null,
      refused: record.refused.length,
    };
  }
}
