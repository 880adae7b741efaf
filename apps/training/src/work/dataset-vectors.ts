import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { spaceOf } from '@signalbox/embedders';
import type { ObjectStore } from '@signalbox/object-store';
import { fittedEmbedderKey } from '@signalbox/runtime';
import { FITTED } from '../datasets/fit-embedder.js';
import { OBJECT_STORE } from '../training.environment.js';
import type { PackedVectors, Prompt } from './tasks.js';
import { VectorsRepository } from './vectors.repository.js';
import { WorkerPool } from './worker-pool.js';

/** Vectors of prompts in the space of a dataset: those that embedding published, or those that the dataset's own embedder makes. */
@Injectable()
export class DatasetVectors {
  constructor(
    private readonly stored: VectorsRepository,
    private readonly pool: WorkerPool,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /**
   * Texts that have no vector are left out.
   * @param embedding id of the space
   * @throws SignalboxError NOT_FOUND or ARTIFACT_CORRUPT when the dataset's own embedder is not there as it was fitted
   */
  async of(embedding: string, prompts: readonly Prompt[]): Promise<PackedVectors> {
    const space = spaceOf(embedding);
    if (space.provider === FITTED) {
      const model = await this.fitted(embedding);
      const { texts, vectors } = await this.pool.run('embed', { kind: 'embed', model, prompts });
      return { texts, vectors, dim: space.dim };
    }
    const hashes = prompts.map(({ textHash }) => textHash);
    return { ...(await this.stored.load(hashes, embedding, space.dim)), dim: space.dim };
  }

  private async fitted(embedding: string): Promise<Uint8Array> {
    const key = fittedEmbedderKey(spaceOf(embedding));
    const stored = await this.store.get(key);
    if (!stored.ok) throw new SignalboxError(stored.error.code, stored.error.hint);
    const revision = createHash('sha256').update(stored.value).digest('hex');
    if (revision.startsWith(spaceOf(embedding).revision)) return stored.value;
    throw new SignalboxError('ARTIFACT_CORRUPT', `${key} is not the embedder of ${embedding}.`);
  }
}
