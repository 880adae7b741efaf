import { Inject, Injectable, Logger } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import type { ObjectStore } from '@signalbox/object-store';
import type { JobContext } from '@signalbox/queue';
import { OBJECT_STORE } from '../training.environment.js';
import { WorkerPool } from '../work/worker-pool.js';
import { datasetKey, removeSnapshot, storeSnapshot } from './dataset-key.js';
import { DatasetsRepository } from './datasets.repository.js';
import { ForgottenRepository, type DueDataset } from './forgotten.repository.js';

/** Datasets of one job; more are due at the next look. */
const DATASETS = 100;

/** Takes the rows of forgotten calls out of datasets, and removes files that no dataset has any more. */
@Injectable()
export class ForgetJob {
  private readonly log = new Logger('privacy');

  constructor(
    private readonly forgotten: ForgottenRepository,
    private readonly datasets: DatasetsRepository,
    private readonly pool: WorkerPool,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  async isDue(): Promise<boolean> {
    return (await this.forgotten.due(1)).length > 0;
  }

  /** It may be stopped or killed between any two statements and done again. */
  async run({ signal, fence }: JobContext): Promise<void> {
    for (const dataset of await this.forgotten.due(DATASETS)) {
      if (signal.aborted) return;
      try {
        await this.rewrite(dataset, fence);
      } catch (error) {
        if (!(error instanceof SignalboxError)) throw error;
        // Nobody trains on such a file, but it may be restored; the others shall not wait for it.
        this.log.error(`dataset ${dataset.id} cannot be looked through: ${error.code} ${error.message}`);
        await this.forgotten.putOff(dataset.id);
        continue;
      }
      await this.forgotten.removeUnused(dataset.files, (hash) => removeSnapshot(this.store, hash));
      await this.forgotten.lookedThrough(dataset.id, dataset.ordinal);
    }
  }

  /** @throws SignalboxError when the file is gone, or not as it was written */
  private async rewrite({ id, storedHash }: DueDataset, fence: JobContext['fence']): Promise<void> {
    if (storedHash === null) return;
    const stored = await this.store.get(datasetKey(storedHash, 'dataset.jsonl'));
    if (!stored.ok) throw new SignalboxError(stored.error.code, stored.error.hint);
    const file = { bytes: stored.value, hash: storedHash };
    const { ids } = await this.pool.run('ids', { kind: 'ids', ...file });
    const gone = await this.forgotten.among(ids);
    if (gone.length === 0) return;
    const rest = await this.pool.run('without', { kind: 'without', ...file, ids: gone });
    await this.datasets.willStore(id, rest.hash);
    await storeSnapshot(this.store, rest);
    await this.forgotten.replaceFile(id, rest.hash, gone.length, fence);
  }
}
