import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError, type JudgeRecord } from '@signalbox/contracts';
import { spaceOf, type EmbeddingSpace } from '@signalbox/embedders';
import type { ObjectStore } from '@signalbox/object-store';
import { z } from 'zod';
import { datasetKey } from '../datasets/dataset-key.js';
import { DatasetsRepository } from '../datasets/datasets.repository.js';
import { OBJECT_STORE } from '../training.environment.js';
import { DatasetVectors } from './dataset-vectors.js';
import type { Prompt, VectoredDataset } from './tasks.js';
import { WorkerPool } from './worker-pool.js';

const splitFacts = z.object({ counts: z.object({ test: z.int() }) });

/** A frozen dataset as the worker takes it, and how many calls its split was planned over. */
export interface LoadedDataset {
  vectored: VectoredDataset;
  /** The identity of the dataset, whatever was taken out of it since. */
  frozenHash: string;
  /** Texts of the part, with a vector or without. */
  prompts: Prompt[];
  space: EmbeddingSpace;
  eligibleCalls: number;
  /** Those of the test part. */
  testCalls: number;
  judges: JudgeRecord[];
}

/** Brings a frozen dataset and the vectors of one of its parts together. */
@Injectable()
export class DatasetLoader {
  constructor(
    private readonly datasets: DatasetsRepository,
    private readonly vectors: DatasetVectors,
    private readonly pool: WorkerPool,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /** @throws SignalboxError NOT_FOUND, CONFLICT while it is not frozen, ARTIFACT_CORRUPT when the snapshot is not as it was frozen */
  async load(id: string, part: 'train' | 'test'): Promise<LoadedDataset> {
    const { dataset, frozenHash, hash, bytes } = await this.stored(id);
    const { candidates, embedding, eligibleCalls, judges } = dataset;
    const { prompts } = await this.pool.run('prompts', { kind: 'prompts', bytes, hash, part });
    const vectored = { bytes, hash, candidates, ...(await this.vectors.of(embedding, prompts)) };
    return {
      vectored,
      frozenHash,
      prompts,
      space: spaceOf(embedding),
      eligibleCalls,
      judges,
      testCalls: splitFacts.parse(dataset.split).counts.test,
    };
  }

  /** Its file may be replaced, since calls were forgotten, between the look at the row and the look at the file. */
  private async stored(id: string) {
    for (let missed: string | null = null; ;) {
      const dataset = await this.datasets.find(id);
      if (!dataset) throw new SignalboxError('NOT_FOUND', `There is no dataset ${id}.`);
      const { hash: frozenHash, storedHash: hash } = dataset;
      if (frozenHash === null || hash === null)
        throw new SignalboxError('CONFLICT', `Dataset ${id} is not frozen yet.`);
      const stored = await this.store.get(datasetKey(hash, 'dataset.jsonl'));
      if (stored.ok) return { dataset, frozenHash, hash, bytes: stored.value };
      if (hash === missed) throw new SignalboxError(stored.error.code, stored.error.hint);
      missed = hash;
    }
  }
}
