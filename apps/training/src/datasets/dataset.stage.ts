import { Injectable } from '@nestjs/common';
import type { RetrainRow } from '@signalbox/contracts';
import type { JobContext, StageOutput } from '@signalbox/queue';
import { z } from 'zod';
import { stageObjectId } from '../retrains/stage-object-id.js';
import { datasetRequest } from './dataset-request.js';
import { DatasetsRepository } from './datasets.repository.js';
import { FreezeJob, type Report } from './freeze.job.js';

/** The space that the retrain's texts were embedded in. */
const embedOutput = z.object({ space: z.string() });

@Injectable()
export class DatasetStage {
  constructor(
    private readonly datasets: DatasetsRepository,
    private readonly freeze: FreezeJob,
  ) {}

  /** @throws SignalboxError what `assemble` refuses, or DEPENDENCY_UNAVAILABLE */
  async run(
    { id: retrainId, router, request, outputs }: RetrainRow,
    report: Report,
    context: JobContext,
  ): Promise<StageOutput> {
    const id = stageObjectId(retrainId, 'dataset');
    const { testShare, embargoSeconds, seed } = request;
    await this.datasets.insert({
      ...{ id, router, retrainId, embedding: request.embedding ?? embedOutput.parse(outputs.embed).space },
      request: datasetRequest.parse({ filter: null, split: 'TIME', testShare, embargoSeconds, seed }),
    });
    await this.datasets.reopen(id);
    const { hash, prompts, outcomes, candidates, density } = await this.freeze.run(id, context, report);
    return { datasetId: id, hash, prompts, outcomes, candidates: candidates.length, density };
  }
}
