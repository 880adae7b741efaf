import { Injectable } from '@nestjs/common';
import type { ProblemRecord } from '@signalbox/contracts';
import { JobStatus, type Page, type Progress } from '@signalbox/contracts/graphql';
import { type JobContext } from '@signalbox/queue';
import { DataSource, In, IsNull, LessThan, type EntityManager } from 'typeorm';
import { DatasetEntity } from './dataset.entity.js';

const UNFINISHED = [JobStatus.QUEUED, JobStatus.RUNNING];
/** More are put on the queue at the next look. */
const RECONCILED_AT_ONCE = 100;

export type NewDataset = Pick<DatasetEntity, 'id' | 'router' | 'retrainId' | 'request' | 'embedding'>;
export type FrozenDataset = Pick<
  DatasetEntity,
  | 'hash'
  | 'prompts'
  | 'outcomes'
  | 'eligibleCalls'
  | 'candidates'
  | 'density'
  | 'split'
  | 'leakReport'
  | 'leftOut'
  | 'judges'
  | 'embedding'
>;

@Injectable()
export class DatasetsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Nothing happens when it is there already. */
  async insert(dataset: NewDataset, manager: EntityManager = this.dataSource.manager): Promise<void> {
    await manager.createQueryBuilder().insert().into(DatasetEntity).values(dataset).orIgnore().execute();
  }

  find(id: string): Promise<DatasetEntity | null> {
    return this.dataSource.manager.findOneBy(DatasetEntity, { id });
  }

  async byId(ids: readonly string[]): Promise<Map<string, DatasetEntity>> {
    const found = await this.dataSource.manager.findBy(DatasetEntity, { id: In([...ids]) });
    return new Map(found.map((dataset) => [dataset.id, dataset]));
  }

  /** Newest first; one row more than the page when more follow. */
  page(router: string | null, { size, after }: Page): Promise<DatasetEntity[]> {
    const where = { ...(router !== null && { router }), ...(after !== null && { id: LessThan(after) }) };
    return this.dataSource.manager.find(DatasetEntity, { where, order: { id: 'DESC' }, take: size + 1 });
  }

  /** Work that somebody asked for by hand; a retrain's stage is asked for again by its own reconciler. */
  async unfinished(): Promise<string[]> {
    const rows = await this.dataSource.manager.find(DatasetEntity, {
      select: { id: true },
      where: { status: In(UNFINISHED), retrainId: IsNull() },
      order: { id: 'ASC' },
      take: RECONCILED_AT_ONCE,
    });
    return rows.map(({ id }) => id);
  }

  async progress(id: string, progress: Progress): Promise<void> {
    const { manager } = this.dataSource;
    await manager.update(DatasetEntity, { id, status: In(UNFINISHED) }, { status: JobStatus.RUNNING, progress });
  }

  /** Before a file is written, so that it is found whatever happens. */
  async willStore(id: string, hash: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await lockFile(manager, hash);
      await manager.query(
        'update training.dataset set files = array_append(files, $2) where id = $1 and $2 <> all(files)',
        [id, hash],
      );
    });
  }

  async succeed(id: string, frozen: FrozenDataset, fence: JobContext['fence']): Promise<void> {
    const { prompts } = frozen;
    const progress = { done: prompts, total: prompts, unit: 'prompts', costUsd: null };
    await this.dataSource.transaction(async (manager) => {
      await fence(manager);
      await manager.update(
        DatasetEntity,
        { id, status: In(UNFINISHED) },
        { ...frozen, storedHash: frozen.hash, progress, status: JobStatus.SUCCEEDED },
      );
    });
  }

  /** Another try of one that failed or was cancelled. */
  async reopen(id: string): Promise<void> {
    const over = In([JobStatus.FAILED, JobStatus.CANCELLED]);
    await this.dataSource.manager.update(
      DatasetEntity,
      { id, status: over },
      { status: JobStatus.QUEUED, problem: null },
    );
  }

  async fail(id: string, problem: ProblemRecord): Promise<void> {
    const { manager } = this.dataSource;
    await manager.update(DatasetEntity, { id, status: In(UNFINISHED) }, { status: JobStatus.FAILED, problem });
  }
}

/** Whoever removes a file, or says that it will be there, has it for itself until the transaction ends. */
export async function lockFile(manager: EntityManager, hash: string): Promise<void> {
  await manager.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`dataset file ${hash}`]);
}
