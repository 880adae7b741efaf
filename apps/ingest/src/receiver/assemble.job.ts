import { Injectable } from '@nestjs/common';
import { JobStatus } from '@signalbox/contracts/graphql';
import { type JobContext } from '@signalbox/queue';
import { extractCalls, joinLogRecords, type Extraction } from '@signalbox/spans';
import { DataSource, type QueryRunner } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { CallStore } from '../calls/call-store.js';
import { ensurePartitions } from '../calls/call-writer.js';
import { addToExtraction } from '../extractions/extraction-counts.js';
import { ExtractionEntity } from '../extractions/extraction.entity.js';
import { idsWithoutCall } from '../extractions/superseded-ids.js';
import { CandidateRepository } from '../models/candidate.repository.js';
import { SourceService } from '../sources/source.service.js';
import { ReceivedRepository } from './received.repository.js';

/** Traces of one transaction: some megabytes of prompts. */
const TRACES_AT_ONCE = 200;

/** Reads the calls of received traces once nothing more has come of them for a while. */
@Injectable()
export class AssembleJob {
  private readonly partitions = new Set<string>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly received: ReceivedRepository,
    private readonly sources: SourceService,
    private readonly candidates: CandidateRepository,
    private readonly calls: CallStore,
  ) {}

  /** Goes on until nothing is quiet that was not read; it may be stopped or killed between any two statements. */
  async run(sourceId: string, context: JobContext): Promise<void> {
    while (!context.signal.aborted) {
      const traceIds = await this.received.quietTraces(sourceId, TRACES_AT_ONCE);
      if (traceIds.length === 0) break;
      await this.assemble(sourceId, traceIds, context);
    }
  }

  private async assemble(sourceId: string, traceIds: readonly string[], { fence }: JobContext): Promise<void> {
    const { redaction } = await this.sources.require(sourceId);
    const book = await this.candidates.book();
    const runner = this.dataSource.createQueryRunner();
    await runner.startTransaction();
    try {
      await fence(runner.manager);
      const traces = await this.received.take(runner, sourceId, traceIds);
      const { spans } = joinLogRecords(
        traces.flatMap((trace) => trace.spans),
        traces.flatMap((trace) => trace.records),
      );
      const extracted = extractCalls(spans);
      await this.makeRoom(extracted);
      const extraction = await today(runner, sourceId);
      const superseded = idsWithoutCall(spans, extracted);
      const part = await this.calls.store(runner, extracted, superseded, { sourceId, book, redaction });
      await addToExtraction(runner.manager, extraction, part);
      await runner.commitTransaction();
    } catch (error) {
      await runner.rollbackTransaction();
      throw error;
    } finally {
      await runner.release();
    }
  }

  /** On a connection of its own: what it locks must be free again before the calls are written. */
  private async makeRoom({ calls }: Extraction): Promise<void> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await ensurePartitions(runner, calls, this.partitions);
    } finally {
      await runner.release();
    }
  }
}

/** What is received has one extraction a day (UTC), which counts it. */
async function today(runner: QueryRunner, sourceId: string): Promise<ExtractionEntity> {
  await runner.query(
    `insert into ingest.extraction (id, source_id, from_time, to_time, status, received)
     select $1, $2, day, day + interval '1 day', $3, true
     from (select date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' as day) at_day
     on conflict (source_id, from_time) where received do nothing`,
    [uuidv7(), sourceId, JobStatus.RUNNING],
  );
  return runner.manager.findOneOrFail(ExtractionEntity, {
    where: { sourceId, received: true },
    order: { from: 'DESC' },
    lock: { mode: 'pessimistic_write' },
  });
}
