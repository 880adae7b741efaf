import { Injectable } from '@nestjs/common';
import type { ProblemRecord } from '@signalbox/contracts';
import { JobStatus, type Page } from '@signalbox/contracts/graphql';
import { type JobContext } from '@signalbox/queue';
import { DataSource, In, IsNull, LessThan, type EntityManager } from 'typeorm';
import { RunEntity } from './run.entity.js';

const UNFINISHED = [JobStatus.QUEUED, JobStatus.RUNNING];
/** More are put on the queue at the next look. */
const RECONCILED_AT_ONCE = 100;

export type NewRun = Pick<RunEntity, 'id' | 'router' | 'routerType' | 'datasetId' | 'retrainId' | 'seed' | 'embedding'>;

/** What a fit leaves on the row of its run. */
export interface FittedRun {
  place: number;
  params: Record<string, number>;
  metrics: Record<string, number | null>;
  modelUri: string;
  modelSha256: string;
  modelHeader: object;
  fitSeconds: number | null;
}

@Injectable()
export class RunsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Nothing happens to those that are there already. */
  async insert(runs: readonly NewRun[], manager: EntityManager = this.dataSource.manager): Promise<void> {
    await manager
      .createQueryBuilder()
      .insert()
      .into(RunEntity)
      .values([...runs])
      .orIgnore()
      .execute();
  }

  async byId(ids: readonly string[]): Promise<Map<string, RunEntity>> {
    const found = await this.dataSource.manager.findBy(RunEntity, { id: In([...ids]) });
    return new Map(found.map((run) => [run.id, run]));
  }

  /** Newest first; one row more than the page when more follow. */
  page(router: string | null, { size, after }: Page): Promise<RunEntity[]> {
    const where = { ...(router !== null && { router }), ...(after !== null && { id: LessThan(after) }) };
    return this.dataSource.manager.find(RunEntity, { where, order: { id: 'DESC' }, take: size + 1 });
  }

  /** Work that somebody asked for by hand; a retrain's stage is asked for again by its own reconciler. */
  async unfinished(): Promise<string[]> {
    const rows = await this.dataSource.manager.find(RunEntity, {
      select: { id: true },
      where: { status: In(UNFINISHED), retrainId: IsNull() },
      order: { id: 'ASC' },
      take: RECONCILED_AT_ONCE,
    });
    return rows.map(({ id }) => id);
  }

  async start(ids: readonly string[]): Promise<void> {
    await this.dataSource.query(
      `update training.training_run set status = 'RUNNING', started_at = coalesce(started_at, now())
       where id = any($1::uuid[]) and status in ('QUEUED', 'RUNNING')`,
      [ids],
    );
  }

  /** All of them or none: their places belong together. */
  async keep(fitted: ReadonlyMap<string, FittedRun>, fence: JobContext['fence']): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await fence(manager);
      for (const [id, run] of fitted) await manager.update(RunEntity, { id, status: In(UNFINISHED) }, run);
    });
  }

  async succeed(ids: readonly string[], fence: JobContext['fence']): Promise<void> {
    const ended = { status: JobStatus.SUCCEEDED, finishedAt: new Date() };
    await this.dataSource.transaction(async (manager) => {
      await fence(manager);
      await manager.update(RunEntity, { id: In([...ids]), status: In(UNFINISHED) }, ended);
    });
  }

  /** Another try of those that failed or were cancelled. */
  async reopen(ids: readonly string[]): Promise<void> {
    const again = { status: JobStatus.QUEUED, problem: null, finishedAt: null };
    const over = In([JobStatus.FAILED, JobStatus.CANCELLED]);
    await this.dataSource.manager.update(RunEntity, { id: In([...ids]), status: over }, again);
  }

  async fail(ids: readonly string[], problem: ProblemRecord): Promise<void> {
    const { manager } = this.dataSource;
    const ended = { status: JobStatus.FAILED, finishedAt: new Date() };
    await manager.update(RunEntity, { id: In([...ids]), status: In(UNFINISHED) }, { ...ended, problem });
  }
}
