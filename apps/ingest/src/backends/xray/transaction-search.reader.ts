import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { XRayClient } from '@aws-sdk/client-xray';
import { SignalboxError } from '@signalbox/contracts';
import type { Outbound } from '@signalbox/outbound';
import { joinLogRecords, parseCloudWatch, type LogRecord, type NormalSpan, type ParsedSpans } from '@signalbox/spans';
import type { PageLimits, TracePage, TraceReader } from '../trace-reader.js';
import { awsClientSettings } from '../aws/aws-client.js';
import { notAws } from '../aws/aws-failure.js';
import { pagesOf } from '../aws/aws-pages.js';
import { TraceRetrieval } from './trace-retrieval.js';
import type { AwsAccess } from '../aws/aws-access.js';
import type { XrayQuery } from './xray-settings.js';

const OPERATION = 'logs:FilterLogEvents';
/** A log is paged through to its end, so that the limit is there for memory alone. */
const PAGE: PageLimits = { traces: 500, fullShare: 1, mostTraces: 20_000, narrowestMs: 1, widestMs: 900_000 };
/** Records reach their log a little before their span or after it. */
const RECORD_SLACK_MS = 10_000;
/** Within which the spans of one trace are looked for. */
const TRACE_REACH_MS = 24 * 3_600_000;
const MINUTE = 60_000;

interface Found {
  spans: NormalSpan[];
  malformed: number;
}

/** Reads Transaction Search by its log group of spans, and puts the records of content logs onto the spans that they name. */
export class TransactionSearchReader implements TraceReader {
  readonly limits = PAGE;
  private readonly retrieval: TraceRetrieval;
  private readonly spanGroup: string;
  private readonly contentGroups: readonly string[];
  private latest = { from: 0, to: 0 };

  private constructor(
    private readonly logs: CloudWatchLogsClient,
    xray: XRayClient,
    groups: readonly string[],
    private readonly query: XrayQuery,
    signal: AbortSignal | undefined,
  ) {
    const [spanGroup = '', ...contentGroups] = groups;
    this.spanGroup = spanGroup;
    this.contentGroups = contentGroups;
    this.retrieval = new TraceRetrieval(xray, signal);
  }

  /** @throws SignalboxError SOURCE_UNREACHABLE, SOURCE_NOT_JSON, SOURCE_REFUSED or ADDRESS_REFUSED */
  static async open(
    outbound: Outbound,
    access: AwsAccess,
    groups: readonly string[],
    query: XrayQuery,
    signal?: AbortSignal,
  ): Promise<TransactionSearchReader> {
    const settings = awsClientSettings(outbound, access, signal);
    const [logs, xray] = [new CloudWatchLogsClient(settings), new XRayClient(settings)];
    const reader = new TransactionSearchReader(logs, xray, groups, query, signal);
    const now = Date.now();
    for (const group of groups) await reader.lines(group, now - MINUTE, now, null).next();
    return reader;
  }

  services(): Promise<string[]> {
    return Promise.resolve(['']);
  }

  async search(service: string, from: number, to: number, limit: number): Promise<TracePage> {
    this.latest = { from, to };
    const found = await this.spansIn(from, to, limit);
    const traces = new Set(found.spans.map(({ traceId }) => traceId)).size;
    const wanted = service === '' ? null : tracesOfService(found.spans, service);
    const spans = wanted === null ? found.spans : found.spans.filter(({ traceId }) => wanted.has(traceId));
    const joined = await this.withContent(spans);
    return { spans: joined.spans, traces, malformed: found.malformed, partial: joined.malformed };
  }

  /** Of a trace with spans in several windows, by the retrieval API: a log is slow to search for one trace. */
  async trace(traceId: string): Promise<NormalSpan[] | null> {
    const { from, to } = this.latest;
    const { spans, found } = await this.retrieval.fetch([traceId], from - TRACE_REACH_MS, to + TRACE_REACH_MS);
    return found.has(traceId) ? (await this.withContent(spans)).spans : null;
  }

  private async spansIn(from: number, to: number, limit: number): Promise<Found> {
    const found: Found = { spans: [], malformed: 0 };
    const traces = new Set<string>();
    for await (const { spans, rejected } of this.lines(this.spanGroup, from, to, this.query.filter)) {
      found.malformed += rejected.filter(({ reason }) => reason === 'malformed_span').length;
      for (const span of spans) {
        found.spans.push(span);
        traces.add(span.traceId);
      }
      if (traces.size >= limit) break;
    }
    return found;
  }

  /** Records are kept only where they name one of the spans: a content log is read around the time of each window. */
  private async withContent(spans: NormalSpan[]): Promise<Found> {
    const records: LogRecord[] = [];
    let malformed = 0;
    const range = rangeOf(spans);
    if (range === null) return { spans, malformed };
    const known = new Set(spans.map(keyOf));
    for (const group of this.contentGroups) {
      for await (const { logs = [], rejected } of this.lines(group, range.from, range.to, null)) {
        malformed += rejected.length;
        for (const record of logs) if (known.has(keyOf(record))) records.push(record);
      }
    }
    return { spans: joinLogRecords(spans, records).spans, malformed };
  }

  private async *lines(group: string, from: number, to: number, filter: string | null): AsyncGenerator<ParsedSpans> {
    const ask = (token: string | undefined) =>
      this.logs.send(
        new FilterLogEventsCommand({
          logGroupIdentifier: group,
          startTime: from,
          endTime: to - 1, // inclusive
          ...(filter === null ? {} : { filterPattern: filter }),
          nextToken: token,
        }),
      );
    for await (const { events } of pagesOf(OPERATION, ask, ({ nextToken }) => nextToken)) {
      if (!events) throw notAws(OPERATION, 'events');
      if (events.length === 0) continue;
      const parsed = parseCloudWatch({ events });
      if (!parsed.ok) throw new SignalboxError('SOURCE_REFUSED', `${OPERATION} of ${group}: ${parsed.error.hint}`);
      yield parsed.value;
    }
  }
}

function tracesOfService(spans: readonly NormalSpan[], service: string): Set<string> {
  return new Set(spans.filter(({ serviceName }) => serviceName === service).map(({ traceId }) => traceId));
}

const keyOf = ({ traceId, spanId }: { traceId: string | null; spanId: string | null }): string =>
  `${traceId ?? ''}:${spanId ?? ''}`;

function rangeOf(spans: readonly NormalSpan[]): { from: number; to: number } | null {
  if (spans.length === 0) return null;
  let [from, to] = [Infinity, -Infinity];
  for (const { startUnixNano, endUnixNano } of spans) {
    const [start, end] = [Number(startUnixNano / 1_000_000n), Number(endUnixNano / 1_000_000n)];
    from = Math.min(from, start);
    to = Math.max(to, start, end);
  }
  return { from: Math.max(0, from - RECORD_SLACK_MS), to: to + RECORD_SLACK_MS };
}
