import { Injectable } from '@nestjs/common';
import type { ProblemRecord } from '@signalbox/contracts';
import { JobStatus } from '@signalbox/contracts/graphql';
import { type JobContext } from '@signalbox/queue';
import { DataSource, In, IsNull, LessThan, type EntityManager } from 'typeorm';
import { ExtractionEntity } from './extraction.entity.js';

const UNFINISHED = [JobStatus.QUEUED, JobStatus.RUNNING];

export interface NewExtraction {
  id: string;
  sourceId: string;
  retrainId: string | null;
  from: Date;
  to: Date;
}

/** What an extraction knows that it has not read. */
export interface Unread {
  /** Windows in which more starts than the backend gives out. */
  overflowed: number;
  /** Traces that the backend gave in part. */
  partial: number;
}

const SET_ASIDE: ProblemRecord = {
  code: 'FORMAT_BROKEN',
  message: 'Some of the traces that were sent could not be read. They are set aside; the others are stored.',
  nextStep: 'The log of ingest names each of them with its cause; docs/sources.md tells how they are read again.',
};

@Injectable()
export class ExtractionRepository {
  constructor(private readonly dataSource: DataSource) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }

  async insert(manager: EntityManager, extraction: NewExtraction): Promise<void> {
    await manager.createQueryBuilder().insert().into(ExtractionEntity).values(extraction).orIgnore().execute();
  }

  find(id: string): Promise<ExtractionEntity | null> {
    return this.dataSource.manager.findOneBy(ExtractionEntity, { id });
  }

  /** The extraction of a source that a retrain asked for: the given one, or the one that was there. */
  async insertForRetrain(extraction: NewExtraction & { retrainId: string }): Promise<ExtractionEntity> {
    const { manager } = this.dataSource;
    await this.insert(manager, extraction);
    const { retrainId, sourceId } = extraction;
    return manager.findOneByOrFail(ExtractionEntity, { retrainId, sourceId });
  }

  ofRetrain(retrainId: string, sourceId: string): Promise<ExtractionEntity | null> {
    return this.dataSource.manager.findOneBy(ExtractionEntity, { retrainId, sourceId });
  }

  /** Where the earliest extraction of a source begins; null when it was never read. */
  async earliestFrom(sourceId: string): Promise<Date | null> {
    const [first] = await this.dataSource.manager.find(ExtractionEntity, {
      where: { sourceId },
      order: { from: 'ASC' },
      take: 1,
    });
    return first?.from ?? null;
  }

  /** Newest first, older than the extraction `after`. */
  pageOfSource(sourceId: string, after: string | null, limit: number): Promise<ExtractionEntity[]> {
    const where = after === null ? { sourceId } : { sourceId, id: LessThan(after) };
    return this.dataSource.manager.find(ExtractionEntity, { where, order: { id: 'DESC' }, take: limit });
  }

  /** Work of this service's own; a retrain's stage is asked for again by training. */
  async unfinished(limit: number): Promise<string[]> {
    const rows = await this.dataSource.manager.find(ExtractionEntity, {
      select: { id: true },
      where: { status: In(UNFINISHED), retrainId: IsNull(), received: false },
      order: { id: 'ASC' },
      take: limit,
    });
    return rows.map(({ id }) => id);
  }

  /** False when it has ended already. */
  async markRunning(id: string): Promise<boolean> {
    const { affected } = await this.dataSource.manager.update(
      ExtractionEntity,
      { id, status: In(UNFINISHED) },
      { status: JobStatus.RUNNING },
    );
    return affected === 1;
  }

  /** Ends the days of what was received that are over, and of which nothing waits to be read. */
  async endReceivedDays(): Promise<void> {
    await this.dataSource.query(
      `update ingest.extraction extraction set status = 'SUCCEEDED', complete = not skipped ? 'set_aside',
         problem = case when skipped ? 'set_aside' then $1::jsonb end
       where received and status = 'RUNNING' and to_time < now() - interval '10 minutes' and not exists (
         select from ingest.received_part part where part.source_id = extraction.source_id and part.assembled_at is null
           and part.received_at < extraction.to_time)`,
      [JSON.stringify(SET_ASIDE)],
    );
  }

  /** Another try of one that failed or was cancelled; windows that were stored stay so. */
  async reopen(id: string): Promise<void> {
    const { manager } = this.dataSource;
    const over = In([JobStatus.FAILED, JobStatus.CANCELLED]);
    await manager.update(ExtractionEntity, { id, status: over }, { status: JobStatus.QUEUED, problem: null });
  }

  async fail(id: string, problem: ProblemRecord): Promise<void> {
    const { manager } = this.dataSource;
    await manager.update(ExtractionEntity, { id, status: In(UNFINISHED) }, { status: JobStatus.FAILED, problem });
  }

  /**
   * Ends an extraction whose windows are all stored. It is complete when each of them was read whole; then the source's
   * watermark moves on, unless there is a gap before it, and never beyond the moment at which the reading was asked for:
   * what starts later could not be read.
   */
  async succeed(id: string, incomplete: (unread: Unread) => ProblemRecord, fence: JobContext['fence']): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await fence(manager);
      const extraction = await manager.findOne(ExtractionEntity, {
        where: { id },
        lock: { mode: 'pessimistic_write' },
      });
      if (!extraction || !UNFINISHED.includes(extraction.status)) return;
      const [unread] = await manager.query<Unread[]>(
        `select count(*) filter (where overflowed)::int as overflowed, coalesce(sum(partial_traces), 0)::int as partial
         from ingest.extraction_window where extraction_id = $1`,
        [id],
      );
      const problem = unread && unread.overflowed + unread.partial > 0 ? incomplete(unread) : null;
      await manager.update(
        ExtractionEntity,
        { id },
        {
          status: JobStatus.SUCCEEDED,
          complete: problem === null,
          problem,
        },
      );
      if (problem === null) {
        await manager.query(
          `update ingest.trace_source source set watermark = least(e.to_time, e.created_at)
           from ingest.extraction e
           where e.id = $1 and source.id = e.source_id and e.from_time < e.created_at
             and (watermark is null or (watermark >= e.from_time and watermark < least(e.to_time, e.created_at)))`,
          [id],
        );
      }
      await manager.query('delete from ingest.extraction_trace where extraction_id = $1', [id]);
    });
  }
}
