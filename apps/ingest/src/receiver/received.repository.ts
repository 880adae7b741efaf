import { Inject, Injectable } from '@nestjs/common';
import { copyInto, type CopyRow } from '@signalbox/database';
import { seal, unseal } from '@signalbox/platform';
import type { LogRecord, NormalSpan } from '@signalbox/spans';
import { DataSource, type QueryRunner } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { isPgClient } from '../calls/call-writer.js';
import { INGEST_ENVIRONMENT, type IngestEnvironment } from '../ingest.environment.js';
import { recordsOfText, spansOfText, textOfRecords, textOfSpans } from './received-text.js';

const COLUMNS = ['id', 'source_id', 'trace_id', 'spans', 'records'];
/** A trace of which nothing came for so long is taken to be whole. Batch processors send every five seconds. */
const QUIET = `interval '10 seconds'`;
/** One that never rests is read as it is, and again as a whole when more of it comes. */
const LONGEST_WAIT = `interval '5 minutes'`;
/** For so long what comes late is read together with what came before. */
const KEPT = `interval '1 hour'`;

/** What has come of one trace. */
export interface ReceivedTrace {
  traceId: string;
  spans: NormalSpan[];
  records: LogRecord[];
}

export interface LatestTrace extends ReceivedTrace {
  /** When its last part came. */
  receivedAt: Date;
}

interface KeptPart {
  traceId: string;
  spans: string | null;
  records: string | null;
}

/** What is received is sealed until its calls are read: only they are redacted. */
@Injectable()
export class ReceivedRepository {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(INGEST_ENVIRONMENT) private readonly environment: IngestEnvironment,
  ) {}

  /** Keeps what a request brought, whole or not at all: one row for each trace in it. */
  async store(sourceId: string, spans: readonly NormalSpan[], records: readonly LogRecord[]): Promise<void> {
    const spansByTrace = Map.groupBy(spans, ({ traceId }) => traceId);
    const recordsByTrace = Map.groupBy(records, ({ traceId }) => traceId ?? '');
    const traceIds = new Set([...spansByTrace.keys(), ...recordsByTrace.keys()]);
    const { secretKey } = this.environment;
    const rows = [...traceIds].map((traceId): CopyRow => {
      const [ofSpans, ofRecords] = [spansByTrace.get(traceId), recordsByTrace.get(traceId)];
      return [
        ...[uuidv7(), sourceId, traceId, ofSpans ? seal(textOfSpans(ofSpans), secretKey) : null],
        ofRecords ? seal(textOfRecords(ofRecords), secretKey) : null,
      ];
    });
    if (rows.length === 0) return;
    const runner = this.dataSource.createQueryRunner();
    try {
      const client: unknown = await runner.connect();
      if (!isPgClient(client)) throw new TypeError('the DataSource is not on the driver pg');
      await copyInto(client, 'ingest.received_part', COLUMNS, rows);
    } finally {
      await runner.release();
    }
  }

  /** Sources of which traces wait to be read. */
  async waitingSources(): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `select source.id from ingest.trace_source source where source.kind = 'OTLP' and exists (select from ingest.received_part part
         where part.source_id = source.id and part.assembled_at is null and part.received_at < now() - ${QUIET})`,
    );
    return rows.map(({ id }) => id);
  }

  /** Traces of a source that nothing came of for a while, the longest waiting first. */
  async quietTraces(sourceId: string, limit: number): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `select waiting.trace_id as id from (
         select trace_id, min(received_at) as first_at from ingest.received_part
         where source_id = $1 and assembled_at is null and received_at < now() - ${QUIET}
         group by trace_id order by first_at limit $2) waiting
       where waiting.first_at < now() - ${LONGEST_WAIT} or not exists (
         select from ingest.received_part later where later.source_id = $1 and later.trace_id = waiting.trace_id
           and later.received_at >= now() - ${QUIET})`,
      [sourceId, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Everything that has come of some traces, taken as read within the transaction. What comes meanwhile waits for the next time. */
  async take(runner: QueryRunner, sourceId: string, traceIds: readonly string[]): Promise<ReceivedTrace[]> {
    const parts = await runner.manager.query<KeptPart[]>(
      `with taken as (update ingest.received_part set assembled_at = coalesce(assembled_at, now())
       where source_id = $1 and trace_id = any($2::text[])
       returning trace_id, spans, records)
       select trace_id as "traceId", spans, records from taken`,
      [sourceId, traceIds],
    );
    return [...Map.groupBy(parts, ({ traceId }) => traceId).values()].map((ofTrace) => this.opened(ofTrace));
  }

  /** What came last of a source between two moments and is still kept, whether it was read or not. */
  async latest(sourceId: string, { from, to }: { from: Date; to: Date }, limit: number): Promise<LatestTrace[]> {
    const parts = await this.dataSource.query<(KeptPart & { receivedAt: Date })[]>(
      `with last as (select trace_id, max(received_at) as at from ingest.received_part
         where source_id = $1 and received_at >= $2 and received_at < $3
         group by trace_id order by at desc, trace_id limit $4)
       select part.trace_id as "traceId", part.spans, part.records, last.at as "receivedAt"
       from ingest.received_part part join last using (trace_id) where part.source_id = $1 order by part.id`,
      [sourceId, from, to, limit],
    );
    return [...Map.groupBy(parts, ({ traceId }) => traceId).values()].flatMap((ofTrace) => {
      const receivedAt = ofTrace[0]?.receivedAt;
      return receivedAt === undefined ? [] : [{ ...this.opened(ofTrace), receivedAt }];
    });
  }

  /** Removes what was read long enough ago that nothing late is expected. */
  async forget(): Promise<void> {
    await this.dataSource.query(
      `delete from ingest.received_part where id in (
         select id from ingest.received_part where assembled_at < now() - ${KEPT} limit 10000)`,
    );
  }

  private opened(parts: readonly KeptPart[]): ReceivedTrace {
    const { secretKey } = this.environment;
    return {
      traceId: parts[0]?.traceId ?? '',
      spans: parts.flatMap(({ spans }) => (spans === null ? [] : spansOfText(unseal(spans, secretKey)))),
      records: parts.flatMap(({ records }) => (records === null ? [] : recordsOfText(unseal(records, secretKey)))),
    };
  }
}
