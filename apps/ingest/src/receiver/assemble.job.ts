import { Injectable, Logger } from '@nestjs/common';
import { JobStatus } from '@signalbox/contracts/graphql';
import { type JobContext } from '@signalbox/queue';
import { extractCalls, joinLogRecords, type Extraction } from '@signalbox/spans';
import { DataSource, type QueryRunner } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { CallStore } from '../calls/call-store.js';
import { ensurePartitions } from '../calls/call-writer.js';
import { addSetAside, addToExtraction } from '../extractions/extraction-counts.js';
import { ExtractionEntity } from '../extractions/extraction.entity.js';
import { idsWithoutCall } from '../extractions/superseded-ids.js';
import { CandidateRepository } from '../models/candidate.repository.js';
import { SourceService } from '../sources/source.service.js';
import { ReceivedRepository, type ReceivedTrace } from './received.repository.js';
import { causeOf, isOfTraces, UnreadableTraces } from './trace-failure.js';

/** Traces of one transaction: some megabytes of prompts. */
const TRACES_AT_ONCE = 200;

/** Reads the calls of received traces once nothing more has come of them for a while. */
@Injectable()
export class AssembleJob {
  private readonly log = new Logger('receiver');
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
      await this.assembleAll(sourceId, traceIds, context);
    }
  }

  /** Where the cause of a failure is among the traces it is found by halves, set aside, and the others are stored. */
  private async assembleAll(sourceId: string, traceIds: readonly string[], context: JobContext): Promise<void> {
    if (context.signal.aborted) return;
    try {
      await this.assemble(sourceId, traceIds, context);
    } catch (error) {
      if (!isOfTraces(error)) throw error;
      const half = Math.floor(traceIds.length / 2);
      for (const part of half === 0 ? [] : [traceIds.slice(0, half), traceIds.slice(half)])
        await this.assembleAll(sourceId, part, context);
      if (half === 0) for (const traceId of traceIds) await this.setAside(sourceId, traceId, error, context);
    }
  }

  private async assemble(sourceId: string, traceIds: readonly string[], { fence }: JobContext): Promise<void> {
    const { redaction } = await this.sources.require(sourceId);
    const book = await this.candidates.book();
    await this.transaction(async (runner) => {
      await fence(runner.manager);
      const traces = await this.received.take(runner, sourceId, traceIds);
      const { extracted, superseded } = readCalls(traces);
      await this.makeRoom(extracted);
      const extraction = await today(runner, sourceId);
      const part = await this.calls.store(runner, extracted, superseded, { sourceId, book, redaction });
      await addToExtraction(runner.manager, extraction, part);
    });
  }

  private async setAside(sourceId: string, traceId: string, error: unknown, { fence }: JobContext): Promise<void> {
    const { code, told } = causeOf(error);
    await this.transaction(async (runner) => {
      await fence(runner.manager);
      const extraction = await today(runner, sourceId);
      await addSetAside(runner.manager, extraction, await this.received.setAside(runner, sourceId, traceId, code));
    });
    this.log.error(`trace ${traceId} of source ${sourceId} cannot be read and is set aside: ${told}`);
  }

  private async transaction(work: (runner: QueryRunner) => Promise<void>): Promise<void> {
    const runner = this.dataSource.createQueryRunner();
    await runner.startTransaction();
    try {
      await work(runner);
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

/** @throws UnreadableTraces */
function readCalls(traces: readonly ReceivedTrace[]): { extracted: Extraction; superseded: string[] } {
  try {
    const { spans } = joinLogRecords(
      traces.flatMap((trace) => trace.spans),
      traces.flatMap((trace) => trace.records),
    );
    const extracted = extractCalls(spans);
    return { extracted, superseded: idsWithoutCall(spans, extracted) };
  } catch (cause) {
    throw new UnreadableTraces(cause);
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
