import { Injectable } from '@nestjs/common';
import { type JobContext } from '@signalbox/queue';
import type { Extraction, RedactionLevelName } from '@signalbox/spans';
import { JobStatus } from '@signalbox/contracts/graphql';
import { DataSource, type QueryRunner } from 'typeorm';
import { CallStore } from '../calls/call-store.js';
import { ensurePartitions } from '../calls/call-writer.js';
import type { CandidateBook } from '../models/candidate-book.js';
import { addToExtraction, duplicatesOf, skippedOf } from './extraction-counts.js';
import { ExtractionEntity } from './extraction.entity.js';
import type { TraceClaims } from './trace-claims.js';
import type { TimeWindow } from './window-walk.js';

export interface ReadWindow {
  extractionId: string;
  sourceId: string;
  redaction: RedactionLevelName;
  service: string;
  window: TimeWindow;
  /** More traces start in its millisecond than the backend gives out. */
  overflowed: boolean;
  /** Traces that the backend gave in part. */
  partial: number;
  extracted: Extraction;
  claims: TraceClaims;
  /** Ids under which spans that report no call of their own might have been stored, from a part of their trace. */
  superseded: readonly string[];
}

export interface ResumePoint {
  cursor: number;
  /** Width of the last window, in milliseconds. */
  width: number;
}

@Injectable()
export class WindowRepository {
  private readonly partitions = new Set<string>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly calls: CallStore,
  ) {}

  /** Windows of one service follow each other without a gap, so that the last one says where to go on. */
  async resumePoint(extractionId: string, service: string): Promise<ResumePoint | null> {
    const [last] = await this.dataSource.query<{ from_time: Date; to_time: Date }[]>(
      `select from_time, to_time from ingest.extraction_window where extraction_id = $1 and service = $2
       order by from_time desc limit 1`,
      [extractionId, service],
    );
    if (!last) return null;
    return { cursor: last.to_time.getTime(), width: last.to_time.getTime() - last.from_time.getTime() };
  }

  async claims(extractionId: string, traceIds: readonly string[]): Promise<TraceClaims> {
    const rows = await this.dataSource.query<{ trace_id: string; fingerprint: string }[]>(
      'select trace_id, fingerprint from ingest.extraction_trace where extraction_id = $1 and trace_id = any($2::text[])',
      [extractionId, traceIds],
    );
    return new Map(rows.map((row) => [row.trace_id, row.fingerprint]));
  }

  /**
   * Stores a window's calls together with the record that it was read.
   * @returns false when it, or the extraction, was finished by another worker meanwhile: nothing is stored then
   */
  async store(read: ReadWindow, book: CandidateBook, fence: JobContext['fence']): Promise<boolean> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await ensurePartitions(runner, read.extracted.calls, this.partitions);
      await runner.startTransaction();
      try {
        await fence(runner.manager);
        const stored = await this.storeIn(runner, read, book);
        await runner.commitTransaction();
        return stored;
      } catch (error) {
        await runner.rollbackTransaction();
        throw error;
      }
    } finally {
      await runner.release();
    }
  }

  private async storeIn(runner: QueryRunner, read: ReadWindow, book: CandidateBook): Promise<boolean> {
    const { extracted, extractionId: id, sourceId, redaction, window } = read;
    const extraction = await runner.manager.findOne(ExtractionEntity, {
      where: { id },
      lock: { mode: 'pessimistic_write' },
    });
    if (extraction?.status !== JobStatus.RUNNING) return false;
    const last = await this.lastWindowEnd(runner, read);
    if (last !== null && last > window.from) return false;

    const part = await this.calls.store(runner, extracted, read.superseded, { sourceId, book, redaction });
    await runner.query(
      `insert into ingest.extraction_window (extraction_id, service, from_time, to_time, overflowed,
         partial_traces, spans_read, calls_stored, calls_duplicate, spans_merged, skipped)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        ...[id, read.service, new Date(window.from), new Date(window.to), read.overflowed, read.partial],
        ...[
          extracted.spansRead,
          part.stored,
          duplicatesOf(part),
          extracted.spansMerged,
          JSON.stringify(skippedOf(part)),
        ],
      ],
    );
    await runner.query(
      `insert into ingest.extraction_trace (extraction_id, trace_id, fingerprint)
       select $1, * from unnest($2::text[], $3::text[])
       on conflict (extraction_id, trace_id) do update set fingerprint = excluded.fingerprint`,
      [id, [...read.claims.keys()], [...read.claims.values()]],
    );
    await addToExtraction(runner.manager, extraction, part);
    return true;
  }

  private async lastWindowEnd(runner: QueryRunner, { extractionId, service }: ReadWindow): Promise<number | null> {
    const [last] = await runner.manager.query<{ end: number | null }[]>(
      `select max(extract(epoch from to_time) * 1000)::float8 as "end" from ingest.extraction_window
       where extraction_id = $1 and service = $2`,
      [extractionId, service],
    );
    return last?.end ?? null;
  }
}
