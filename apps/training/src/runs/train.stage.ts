import { Injectable } from '@nestjs/common';
import { SignalboxError, type RetrainRow } from '@signalbox/contracts';
import { spaceOf } from '@signalbox/embedders';
import type { JobContext, StageOutput } from '@signalbox/queue';
import { z } from 'zod';
import { DatasetsRepository } from '../datasets/datasets.repository.js';
import type { Report } from '../datasets/freeze.job.js';
import { stageObjectId } from '../retrains/stage-object-id.js';
import { FitJob } from './fit.job.js';
import { RunsRepository } from './runs.repository.js';

const datasetOutput = z.object({ datasetId: z.uuid() });

@Injectable()
export class TrainStage {
  constructor(
    private readonly runs: RunsRepository,
    private readonly fit: FitJob,
    private readonly datasets: DatasetsRepository,
  ) {}

  /** @throws SignalboxError TOO_FEW_PROMPTS, TOO_FEW_LABELS or DEPENDENCY_UNAVAILABLE */
  async run(
    { id: retrainId, router, request, outputs }: RetrainRow,
    report: Report,
    context: JobContext,
  ): Promise<StageOutput> {
    const { datasetId } = datasetOutput.parse(outputs.dataset);
    const dataset = await this.datasets.find(datasetId);
    if (!dataset) throw new SignalboxError('NOT_FOUND', `There is no dataset ${datasetId}.`);
    const embedding = spaceOf(dataset.embedding);
    const types = [...new Set(request.routerTypes)];
    const runs = types.map((routerType) => {
      const id = stageObjectId(retrainId, `train.${routerType}`);
      return { id, router, routerType, datasetId, retrainId, seed: request.seed, embedding };
    });
    await this.runs.insert(runs);
    await this.runs.reopen(runs.map(({ id }) => id));
    await report({ done: 0, total: runs.length, unit: 'routers', costUsd: null });
    const ids = runs.map(({ id }) => id);
    const [best] = await this.fit.run(ids, context);
    await this.runs.succeed(ids, context.fence);
    await report({ done: runs.length, total: runs.length, unit: 'routers', costUsd: null });
    if (!best) throw new SignalboxError('STAGE_FAILED', 'No router was asked for.');
    return {
      trainingRunId: best.id,
      routerType: best.routerType,
      runs: Object.fromEntries(runs.map(({ id, routerType }) => [routerType, id])),
    };
  }
}
