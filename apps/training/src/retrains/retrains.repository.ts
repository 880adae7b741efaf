import { Injectable } from '@nestjs/common';
import {
  SignalboxError,
  STAGES,
  type ProblemRecord,
  type RetrainEvent,
  type RetrainRequest,
  type RetrainRow,
  type StageName,
} from '@signalbox/contracts';
import { JobStatus, type Page } from '@signalbox/contracts/graphql';
import { databaseErrorCode, runningRetrain } from '@signalbox/database';
import { DataSource, In, LessThan, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { RetrainEntity, RetrainStageEntity } from './retrain.entity.js';

const UNFINISHED = [JobStatus.QUEUED, JobStatus.RUNNING];
const RESUMABLE = [JobStatus.FAILED, JobStatus.CANCELLED];
/** Of the index that lets a router have one retrain at a time. */
const UNIQUE_VIOLATION = '23505';

export interface NewRetrain {
  id: string;
  router: string;
  reason: string;
  requestedBy: string;
  request: RetrainRequest;
}

export interface StageOfRetrain {
  retrainId: string;
  stage: StageName;
}

@Injectable()
export class RetrainsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The retrain with a row for each stage; the first stage runs from now on.
   * @throws SignalboxError CONFLICT while another one of the router runs
   */
  async insert(retrain: NewRetrain, manager: EntityManager): Promise<void> {
    const written = await manager
      .createQueryBuilder()
      .insert()
      .into(RetrainEntity)
      .values({ ...retrain, status: JobStatus.RUNNING, attempt: 1 })
      .orIgnore()
      .returning('id')
      .execute();
    if (z.array(z.unknown()).parse(written.raw).length === 0) throw await this.conflict(retrain.router, manager);
    const stages = STAGES.map(({ name: stage }, position) => ({
      ...{ retrainId: retrain.id, stage, position },
      ...(position === 0 ? { status: JobStatus.RUNNING, startedAt: new Date() } : { status: JobStatus.QUEUED }),
    }));
    await manager.insert(RetrainStageEntity, stages);
  }

  private async conflict(router: string, manager: EntityManager): Promise<SignalboxError> {
    const other = await manager.findOneBy(RetrainEntity, { router, status: In(UNFINISHED) });
    return new SignalboxError(
      'CONFLICT',
      other
        ? `Retrain ${other.id} of router ${router} is ${other.status}; a router has one retrain at a time.`
        : `Another retrain of router ${router} has ended just now.`,
      other ? 'Follow it with the query retrain, or end it with cancelRetrain.' : 'Call triggerRetrain again.',
    );
  }

  async byId(ids: readonly string[]): Promise<Map<string, RetrainEntity>> {
    const found = await this.dataSource.manager.findBy(RetrainEntity, { id: In([...ids]) });
    return new Map(found.map((retrain) => [retrain.id, retrain]));
  }

  /** By retrain, in order. */
  async stagesOf(ids: readonly string[]): Promise<Map<string, RetrainStageEntity[]>> {
    const rows = await this.dataSource.manager.find(RetrainStageEntity, {
      where: { retrainId: In([...ids]) },
      order: { position: 'ASC' },
    });
    return Map.groupBy(rows, ({ retrainId }) => retrainId);
  }

  /** Newest first; one row more than the page when more follow. */
  page(router: string, { size, after }: Page): Promise<RetrainEntity[]> {
    const where = { router, ...(after !== null && { id: LessThan(after) }) };
    return this.dataSource.manager.find(RetrainEntity, { where, order: { id: 'DESC' }, take: size + 1 });
  }

  /** What the owner of a stage reads; null when the retrain is gone, ended or cancelled. */
  running(id: string): Promise<RetrainRow | null> {
    return runningRetrain(this.dataSource, id);
  }

  /** The first stage that has not succeeded, of every retrain that runs. */
  current(): Promise<StageOfRetrain[]> {
    return this.dataSource.query<StageOfRetrain[]>(
      `select distinct on (s.retrain_id) s.retrain_id as "retrainId", s.stage
       from training.retrain r join training.retrain_stage s on s.retrain_id = r.id
       where r.status = 'RUNNING' and s.status <> 'SUCCEEDED' order by s.retrain_id, s.position`,
    );
  }

  /** False when it had ended before. */
  async cancel(id: string): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const { affected } = await manager.update(
        RetrainEntity,
        { id, status: In(UNFINISHED) },
        ended(JobStatus.CANCELLED),
      );
      if (affected !== 1) return false;
      await manager.update(
        RetrainStageEntity,
        { retrainId: id, status: In(UNFINISHED) },
        { status: JobStatus.CANCELLED },
      );
      return true;
    });
  }

  /**
   * Lets one that failed or was cancelled go on at its first stage that has not succeeded; what the stages before it made stays.
   * @returns false when it was in neither state
   * @throws SignalboxError CONFLICT while another one of the router runs
   */
  async resume(id: string, router: string): Promise<boolean> {
    const { manager } = this.dataSource;
    try {
      return await manager.transaction(async (transaction) => {
        const { affected } = await transaction.update(
          RetrainEntity,
          { id, status: In(RESUMABLE) },
          { status: JobStatus.RUNNING, attempt: () => 'attempt + 1', problem: null, finishedAt: null },
        );
        if (affected !== 1) return false;
        const again = { status: JobStatus.QUEUED, problem: null, progress: null, heardAt: null, finishedAt: null };
        await transaction.update(RetrainStageEntity, { retrainId: id, status: In(RESUMABLE) }, again);
        const first = await transaction.findOneOrFail(RetrainStageEntity, {
          where: { retrainId: id, status: JobStatus.QUEUED },
          order: { position: 'ASC' },
        });
        const running = { status: JobStatus.RUNNING, startedAt: new Date() };
        await transaction.update(RetrainStageEntity, { retrainId: id, stage: first.stage }, running);
        return true;
      });
    } catch (error) {
      if (databaseErrorCode(error) !== UNIQUE_VIOLATION) throw error;
      throw await this.conflict(router, manager);
    }
  }

  /**
   * Applies what the owner of a stage reported. Events may come twice, late and out of order: only the stage whose turn it is
   * moves, and never back.
   * @returns the stage to ask for next; null when none is
   */
  async apply(
    { retrainId, stage, attempt, ...event }: RetrainEvent,
    problem: ProblemRecord | null,
  ): Promise<StageName | null> {
    return this.dataSource.transaction(async (manager) => {
      const retrain = await manager.findOne(RetrainEntity, {
        where: { id: retrainId },
        lock: { mode: 'pessimistic_write' },
      });
      if (retrain?.status !== JobStatus.RUNNING || retrain.attempt !== attempt) return null;
      const [current, next] = await manager.find(RetrainStageEntity, {
        where: { retrainId, status: In(UNFINISHED) },
        order: { position: 'ASC' },
        take: 2,
      });
      if (current?.stage !== stage) return null;
      const row = { retrainId, stage };
      if (event.status === 'RUNNING') {
        const forward = event.progress && event.progress.done >= (current.progress?.done ?? 0);
        const heard = { heardAt: new Date(), ...(forward && { progress: event.progress }) };
        await manager.update(RetrainStageEntity, row, heard);
        return null;
      }
      if (event.status === 'FAILED') {
        await manager.update(RetrainStageEntity, row, { ...ended(JobStatus.FAILED), problem });
        await manager.update(RetrainEntity, { id: retrainId }, { ...ended(JobStatus.FAILED), problem });
        return null;
      }
      await manager.update(RetrainStageEntity, row, { ...ended(JobStatus.SUCCEEDED), output: event.output ?? {} });
      if (!next) {
        await manager.update(RetrainEntity, { id: retrainId }, ended(JobStatus.SUCCEEDED));
        return null;
      }
      const running = { status: JobStatus.RUNNING, startedAt: new Date() };
      await manager.update(RetrainStageEntity, { retrainId, stage: next.stage }, running);
      return next.stage;
    });
  }
}

const ended = (status: JobStatus) => ({ status, finishedAt: new Date() });
