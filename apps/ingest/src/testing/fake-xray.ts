import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import type { FakeSpan } from './fake-jaeger.js';
import { FakeServer, type FakeAnswer } from './fake-server.js';
import { FakeLogs, type LogLine } from './fake-logs.js';

export interface FakeXrayOptions {
  spans: FakeSpan[];
  /** Traces of which X-Ray has lost what was over its limit. */
  limitExceeded?: readonly string[];
  /** Traces that BatchGetTraces never processes. */
  unprocessed?: readonly string[];
  /** Traces that only Transaction Search has. */
  searchOnly?: readonly string[];
  /** Lines of log groups; one of a group that is not there is refused. */
  groups?: Record<string, readonly LogLine[]>;
  /** Longest range that is answered for. */
  maxRangeMs?: number;
  /** Answers every operation with this error. */
  error?: { status: number; name: string };
  /** Fails now and then, and leaves traces unprocessed at first. */
  seed?: number;
}

/** Once: a client that adapts its rate would come to a stand if it happened at random. */
const THROTTLED_REQUEST = 20;
const SHARD_MS = 20 * 60_000;
const summaries = z.object({
  StartTime: z.number(),
  EndTime: z.number(),
  TimeRangeType: z.literal('Event'),
  FilterExpression: z.string().optional(),
  NextToken: z.string().optional(),
});
const batch = z.object({ TraceIds: z.array(z.string().max(35)).min(1).max(5), NextToken: z.string().optional() });
const start = z.object({ TraceIds: z.array(z.string()).min(1).max(5), StartTime: z.number(), EndTime: z.number() });
const list = z.object({ RetrievalToken: z.string(), TraceFormat: z.literal('OTEL'), NextToken: z.string().optional() });

/** Speaks as much of the APIs of X-Ray and CloudWatch Logs as the readers use: shards that are empty, ids left unprocessed, retrievals that take their time. */
export class FakeXray {
  readonly filters: (string | undefined)[] = [];
  readonly operations: string[] = [];
  throttled = 0;
  readonly logs: FakeLogs;
  private readonly seen = new Set<string>();
  private readonly retrievals: { ids: string[]; asked: number }[] = [];

  private constructor(private readonly options: FakeXrayOptions) {
    this.logs = new FakeLogs(options.groups ?? {});
  }

  static async start(options: FakeXrayOptions): Promise<{ fake: FakeXray; server: FakeServer }> {
    const fake = new FakeXray(options);
    const server = await FakeServer.start((url, request) => fake.answer(url, request), options.seed, [
      ...(['busy', 'cut', 'refused connection'] as const),
    ]);
    return { fake, server };
  }

  private async answer({ pathname }: URL, request: IncomingMessage): Promise<FakeAnswer> {
    const input = await json(request);
    if (this.options.error) return refusal(this.options.error.status, this.options.error.name);
    if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/'))
      return refusal(403, 'UnrecognizedClientException');
    this.operations.push(pathname);
    if (this.options.seed !== undefined && this.operations.length === THROTTLED_REQUEST) {
      this.throttled += 1;
      return refusal(429, 'ThrottledException');
    }
    if (pathname === '/TraceSummaries') return this.summaries(summaries.parse(input));
    if (pathname === '/Traces') return this.batch(batch.parse(input));
    if (pathname === '/StartTraceRetrieval') return this.startRetrieval(start.parse(input));
    if (pathname === '/ListRetrievedTraces') return this.retrieved(list.parse(input));
    return this.logs.answer(String(request.headers['x-amz-target']), input);
  }

  /** One page is one shard of time, whatever is in it. */
  private summaries(input: z.infer<typeof summaries>): FakeAnswer {
    this.filters.push(input.FilterExpression);
    const [from, to] = [input.StartTime * 1_000, input.EndTime * 1_000];
    if (to - from > (this.options.maxRangeMs ?? 6 * 3_600_000)) return refusal(400, 'InvalidRequestException');
    const shardFrom = Math.max(from, Number(input.NextToken ?? from));
    const shardTo = Math.min(to, shardFrom + SHARD_MS);
    const service = /service\("([^"]*)"\)/.exec(input.FilterExpression ?? '')?.[1];
    const within = (moment: number) => moment >= shardFrom && moment < shardTo;
    const ids = this.options.spans
      .filter((span) => within(span.start) || within(span.start + span.seconds * 1_000))
      .filter((span) => service === undefined || span.service === service)
      .map(({ traceId }) => xrayId(traceId));
    const TraceSummaries = [...new Set(ids)].map((Id) => ({ Id, Duration: 1.5, IsPartial: false, Annotations: {} }));
    return ok({
      TraceSummaries,
      ApproximateTime: to / 1_000,
      TracesProcessedCount: ids.length,
      ...(shardTo < to ? { NextToken: String(shardTo) } : {}),
    });
  }

  private batch({ TraceIds, NextToken }: z.infer<typeof batch>): FakeAnswer {
    const { unprocessed = [], searchOnly = [], limitExceeded = [], seed } = this.options;
    const isLeft = (id: string) => unprocessed.includes(plain(id)) || (seed !== undefined && this.isLate(id));
    const left = NextToken === undefined ? TraceIds.filter(isLeft) : [];
    const given =
      NextToken?.split(' ') ?? TraceIds.filter((id) => !left.includes(id) && !searchOnly.includes(plain(id)));
    const Traces = given.slice(0, 4).map((Id) => ({
      Id,
      Duration: 1.5,
      LimitExceeded: limitExceeded.includes(plain(Id)),
      Segments: this.segments(plain(Id), limitExceeded.includes(plain(Id))),
    }));
    const more = given.slice(4);
    return ok({ Traces, UnprocessedTraceIds: left, ...(more.length > 0 ? { NextToken: more.join(' ') } : {}) });
  }

  /** One trace in ten is not processed when it is asked for first. */
  private isLate(id: string): boolean {
    if (Number.parseInt(id.slice(-4), 16) % 10 !== 0 || this.seen.has(id)) return false;
    this.seen.add(id);
    return true;
  }

  private segments(traceId: string, cut: boolean): { Id: string; Document: string }[] {
    const [first, ...others] = this.options.spans.filter((span) => span.traceId === traceId);
    if (first === undefined) return [];
    const document = { ...segment(first), trace_id: xrayId(traceId), subsegments: cut ? [] : others.map(segment) };
    return [{ Id: first.spanId, Document: JSON.stringify(document) }];
  }

  private startRetrieval({ TraceIds }: z.infer<typeof start>): FakeAnswer {
    this.retrievals.push({ ids: TraceIds, asked: 0 });
    return ok({ RetrievalToken: String(this.retrievals.length - 1) });
  }

  /** Nothing until it is complete, then a page for each trace. */
  private retrieved({ RetrievalToken, NextToken }: z.infer<typeof list>): FakeAnswer {
    const retrieval = this.retrievals[Number(RetrievalToken)];
    if (!retrieval) return refusal(404, 'ResourceNotFoundException');
    retrieval.asked += 1;
    if (retrieval.asked < 3)
      return ok({ RetrievalStatus: retrieval.asked === 1 ? 'SCHEDULED' : 'RUNNING', Traces: [] });
    const at = Number(NextToken ?? 0);
    const Traces = retrieval.ids.slice(at, at + 1).flatMap((Id) => {
      const spans = this.options.spans.filter(({ traceId }) => traceId === plain(Id));
      const Spans = spans.map((span) => ({ Id: span.spanId, Document: spanRow(span) }));
      return Spans.length === 0 ? [] : [{ Id, Duration: 1.5, Spans }];
    });
    const more = at + 1 < retrieval.ids.length ? { NextToken: String(at + 1) } : {};
    return ok({ RetrievalStatus: 'COMPLETE', TraceFormat: 'OTEL', Traces, ...more });
  }
}

/** A span as the log group `aws/spans` has it: times are numbers with more digits than a double holds. */
export function spanRow(span: FakeSpan): string {
  const { traceId, spanId, parentSpanId, name, service, attributes, start: at, seconds } = span;
  const row = {
    resource: { attributes: { 'service.name': service } },
    scope: { name: 'fake' },
    ...{ traceId, spanId, ...(parentSpanId === undefined ? {} : { parentSpanId }), name, kind: 'CLIENT' },
    ...{ attributes, status: { code: 'UNSET' } },
  };
  const times = `"startTimeUnixNano":${at}000001,"endTimeUnixNano":${at + seconds * 1_000}000001`;
  return `${JSON.stringify(row).slice(0, -1)},${times}}`;
}

const segment = (span: FakeSpan) => ({
  ...{
    id: span.spanId,
    name: span.service,
    start_time: span.start / 1_000,
    end_time: span.start / 1_000 + span.seconds,
  },
  metadata: { default: span.attributes },
});

const ok = (body: unknown): FakeAnswer => ({ status: 200, body });
const refusal = (status: number, name: string): FakeAnswer => ({ status, body: { __type: name, message: 'no' } });
const xrayId = (traceId: string): string => `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`;
const plain = (id: string): string => id.replace(/^1-|-/g, '');
