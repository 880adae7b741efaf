import { Inject, Injectable } from '@nestjs/common';
import { accept, reject, SignalboxError, type Result } from '@signalbox/contracts';
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
/** For so long somebody may find out why a trace cannot be read. */
const KEPT_ASIDE = `interval '7 days'`;
const FORGOTTEN_AT_ONCE = 10_000;
/** Of what a sample is taken from, as it is kept. */
const MOST_SAMPLE_BYTES = 64 * 1024 * 1024;

/** What has come of one trace. */
export interface ReceivedTrace {
  traceId: string;
  spans: NormalSpan[];
  records: LogRecord[];
}

interface LatestTrace extends ReceivedTrace {
  /** When its last part came. */
  receivedAt: Date;
}

/** What came last, the newest first. */
export interface LatestTraces {
  traces: LatestTrace[];
  /** Traces that are set aside, or whose text cannot be read. */
  unreadable: number;
  /** Some traces were left out, or no more were looked at, since there would be too much of them. */
  isCut: boolean;
  /** When the last part of the oldest of them came; null when there is none. */
  reached: Date | null;
}

interface KeptText {
  spans: string | null;
  records: string | null;
}

interface KeptPart extends KeptText {
  traceId: string;
}

interface LatestPart extends KeptPart {
  receivedAt: Date;
  isAside: boolean;
  isTooMuch: boolean;
}

/** Parts of the traces of which some came last: $1 source, $2 and $3 range, $4 traces, $5 bytes. What is too much, or set aside, comes without its text. */
const LATEST = `
  with last as (
    select trace_id, max(received_at) as at from ingest.received_part
    where source_id = $1 and received_at >= $2 and received_at < $3
    group by trace_id order by at desc, trace_id limit $4
  ), sized as (
    select last.*, held.* from last cross join lateral (
      select sum(coalesce(octet_length(spans), 0) + coalesce(octet_length(records), 0)) as bytes,
        bool_or(set_aside is not null) as aside
      from ingest.received_part where source_id = $1 and trace_id = last.trace_id) held
  ), summed as (
    select *, sum(case when aside or bytes > $5 then 0 else bytes end) over (order by at desc, trace_id) as total from sized
  )
  select summed.trace_id as "traceId", at as "receivedAt", aside as "isAside",
    not aside and (bytes > $5 or total > $5) as "isTooMuch", part.spans, part.records
  from summed left join ingest.received_part part on part.source_id = $1 and part.trace_id = summed.trace_id
    and not aside and bytes <= $5 and total <= $5
  order by at desc, summed.trace_id, part.id`;

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

  /** Traces of a source that nothing came of for a while, the longest waiting first. It looks at what waits alone, which an index holds. */
  async quietTraces(sourceId: string, limit: number): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `select trace_id as id from ingest.received_part where source_id = $1 and assembled_at is null group by trace_id
       having max(received_at) < now() - ${QUIET} or min(received_at) < now() - ${LONGEST_WAIT}
       order by min(received_at) limit $2`,
      [sourceId, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Everything that has come of some traces, taken as read within the transaction. What comes meanwhile waits for the next time. */
  async take(runner: QueryRunner, sourceId: string, traceIds: readonly string[]): Promise<ReceivedTrace[]> {
    const parts = await runner.manager.query<KeptPart[]>(
      `with taken as (update ingest.received_part set assembled_at = coalesce(assembled_at, now()), set_aside = null
       where source_id = $1 and trace_id = any($2::text[])
       returning trace_id, spans, records)
       select trace_id as "traceId", spans, records from taken`,
      [sourceId, traceIds],
    );
    return [...Map.groupBy(parts, ({ traceId }) => traceId)].map(([traceId, ofTrace]) => {
      const trace = this.opened(traceId, ofTrace);
      if (trace.ok) return trace.value;
      throw new SignalboxError(trace.error.code, trace.error.hint);
    });
  }

  /**
   * Keeps a trace apart, with why, until something new of it comes, as what has come just now may be.
   * @returns how many spans it holds; of a part that cannot be read, one
   */
  async setAside(runner: QueryRunner, sourceId: string, traceId: string, why: string): Promise<number> {
    const parts = await runner.manager.query<KeptText[]>(
      `with kept as (update ingest.received_part set assembled_at = now(), set_aside = $3
       where source_id = $1 and trace_id = $2 and received_at < now() - ${QUIET} returning spans, records)
       select spans, records from kept`,
      [sourceId, traceId, why],
    );
    return parts.reduce((sum, part) => sum + this.spansIn(part), 0);
  }

  /** What came last of a source between two moments and is still kept, whether it was read or not, as far as it is not too much. */
  async latest(
    sourceId: string,
    { from, to }: { from: Date; to: Date },
    most: { traces: number; spans: number; ms: number },
  ): Promise<LatestTraces> {
    const parts = await this.dataSource.transaction(async (manager) => {
      await manager.query(`select set_config('statement_timeout', $1, true)`, [String(most.ms)]);
      return manager.query<LatestPart[]>(LATEST, [sourceId, from, to, most.traces, MOST_SAMPLE_BYTES]);
    });
    const latest: LatestTraces = { traces: [], unreadable: 0, isCut: false, reached: null };
    let spans = 0;
    for (const [traceId, ofTrace] of Map.groupBy(parts, (part) => part.traceId)) {
      const [first] = ofTrace;
      if (first === undefined || first.isTooMuch || spans > most.spans) {
        latest.isCut = true;
        continue;
      }
      const { receivedAt, isAside } = first;
      const trace = isAside ? null : this.opened(traceId, ofTrace);
      if (trace?.ok) latest.traces.push({ ...trace.value, receivedAt });
      else latest.unreadable += 1;
      spans += trace?.ok ? trace.value.spans.length : 0;
      latest.reached = receivedAt;
    }
    return latest;
  }

  /** Removes what was read long enough ago that nothing late is expected, and what was set aside for long. */
  async forget(): Promise<void> {
    for (const [which, kept] of [
      ['set_aside is null', KEPT],
      ['set_aside is not null', KEPT_ASIDE],
    ])
      await this.dataSource.query(
        `delete from ingest.received_part where id in (select id from ingest.received_part
           where assembled_at < now() - ${kept} and ${which} limit ${FORGOTTEN_AT_ONCE})`,
      );
  }

  private spansIn(part: KeptText): number {
    const trace = this.opened('', [part]);
    return trace.ok ? trace.value.spans.length : 1;
  }

  private opened(traceId: string, parts: readonly KeptText[]): Result<ReceivedTrace> {
    const trace: ReceivedTrace = { traceId, spans: [], records: [] };
    for (const part of parts) {
      const spans = this.unsealed(part.spans, spansOfText);
      if (!spans.ok) return spans;
      const records = this.unsealed(part.records, recordsOfText);
      if (!records.ok) return records;
      for (const span of spans.value) trace.spans.push(span);
      for (const record of records.value) trace.records.push(record);
    }
    return accept(trace);
  }

  private unsealed<T>(sealed: string | null, parse: (text: string) => Result<T[]>): Result<T[]> {
    if (sealed === null) return accept([]);
    let text: string;
    try {
      text = unseal(sealed, this.environment.secretKey);
    } catch (error) {
      if (error instanceof SignalboxError) return reject(error.code, '', `${error.message} ${error.nextStep}`);
      return reject('FORMAT_BROKEN', '', 'What was kept of a trace is not sealed text.');
    }
    return parse(text);
  }
}
