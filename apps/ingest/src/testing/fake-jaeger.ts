import type { IncomingMessage } from 'node:http';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { FakeServer, type FakeAnswer } from './fake-server.js';

/** One span as a test states it; times in milliseconds since the epoch. */
export interface FakeSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  service: string;
  name: string;
  start: number;
  seconds: number;
  attributes: Record<string, string | number>;
}

export interface FakeJaegerOptions {
  /** Which API is there; `html` answers every path with a page, as a UI does, and `other` with JSON that is not Jaeger's. */
  api: 'v3' | 'v1' | 'html' | 'other';
  spans: FakeSpan[];
  /** Gives only the spans in the window instead of whole traces. */
  inParts?: boolean;
  /** Refuses searches deeper than this, as Jaeger's memory storage does. */
  maxDepth?: number;
  /** Fails now and then. */
  seed?: number;
  /** Called before a search is answered. */
  beforeSearch?: () => Promise<void>;
}

/** Speaks as much of Jaeger's query API as the reader uses; of more matches than asked for it gives an arbitrary subset. */
export class FakeJaeger {
  readonly searches: URLSearchParams[] = [];
  private server: FakeServer | undefined;
  private readonly random = xoroshiro128plus(7);

  private constructor(private options: FakeJaegerOptions) {}

  static async start(options: FakeJaegerOptions): Promise<FakeJaeger> {
    const fake = new FakeJaeger(options);
    fake.server = await FakeServer.start((url) => fake.answer(url), options.seed);
    return fake;
  }

  get url(): string {
    return this.server?.url ?? '';
  }

  get headers(): readonly IncomingMessage['headers'][] {
    return this.server?.headers ?? [];
  }

  get faults(): number {
    return this.server?.faults ?? 0;
  }

  set(change: Partial<FakeJaegerOptions>): void {
    this.options = { ...this.options, ...change };
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  private async answer({ pathname, searchParams }: URL): Promise<FakeAnswer> {
    const { api } = this.options;
    const ofV3 = pathname.startsWith('/api/v3');
    if (api === 'html' || (api === 'v1' && ofV3) || (api === 'v3' && !ofV3)) {
      return { status: 200, body: '<!doctype html><title>Jaeger UI</title>', type: 'text/html' };
    }
    if (api === 'other') return { status: 200, body: { ok: true } };
    return this.find(pathname, searchParams);
  }

  private async find(path: string, parameters: URLSearchParams): Promise<{ status: number; body: unknown }> {
    const { spans, api, maxDepth, inParts } = this.options;
    const services = [...new Set(spans.map((span) => span.service))];
    if (path === '/api/v3/services') return { status: 200, body: { services } };
    if (path === '/api/services') return { status: 200, body: { data: services } };
    const id = /^\/api\/(?:v3\/)?traces\/(.+)$/.exec(path)?.[1];
    if (id !== undefined) return this.traces(spans.filter((span) => span.traceId === id));

    this.searches.push(parameters);
    await this.options.beforeSearch?.();
    const v3 = api === 'v3';
    const limit = Number(parameters.get(v3 ? 'query.searchDepth' : 'limit'));
    if (maxDepth !== undefined && limit > maxDepth)
      return { status: 500, body: { error: { httpCode: 500, message: 'depth' } } };
    const service = parameters.get(v3 ? 'query.serviceName' : 'service');
    const from = v3 ? Date.parse(parameters.get('query.startTimeMin') ?? '') : Number(parameters.get('start')) / 1000;
    const to = v3 ? Date.parse(parameters.get('query.startTimeMax') ?? '') : Number(parameters.get('end')) / 1000;
    const wanted: unknown = JSON.parse(parameters.get(v3 ? 'query.attributes' : 'tags') ?? '{}');
    const tagged = ({ attributes }: FakeSpan) =>
      Object.entries(wanted ?? {}).every(([key, value]) => String(attributes[key]) === value);
    const matching = spans.filter(
      (span) => span.service === service && span.start >= from && span.start <= to && tagged(span),
    );
    const ids = new Set(this.some([...new Set(matching.map((span) => span.traceId))], limit));
    const given = inParts ? matching : spans;
    return this.traces(given.filter((span) => ids.has(span.traceId)));
  }

  private traces(spans: FakeSpan[]): { status: number; body: unknown } {
    if (this.options.api === 'v1') return { status: 200, body: { data: v1(spans), total: 0 } };
    if (spans.length === 0) return { status: 404, body: { error: { httpCode: 404, message: 'No traces found' } } };
    return { status: 200, body: { result: { resourceSpans: otlpResourceSpans(spans) } } };
  }

  private some(ids: string[], count: number): string[] {
    const left = [...ids];
    const taken: string[] = [];
    while (taken.length < count && left.length > 0)
      taken.push(...left.splice(uniformInt(this.random, 0, left.length - 1), 1));
    return taken;
  }
}

const otlpValue = (value: string | number) =>
  typeof value === 'string' ? { stringValue: value } : { intValue: String(value) };

export const otlpResourceSpans = (spans: FakeSpan[]) =>
  spans.map((span) => ({
    resource: { attributes: [{ key: 'service.name', value: { stringValue: span.service } }] },
    scopeSpans: [
      {
        spans: [
          {
            traceId: span.traceId,
            spanId: span.spanId,
            parentSpanId: span.parentSpanId,
            name: span.name,
            kind: 3,
            startTimeUnixNano: `${span.start}000000`,
            endTimeUnixNano: `${span.start + span.seconds * 1000}000000`,
            attributes: Object.entries(span.attributes).map(([key, value]) => ({ key, value: otlpValue(value) })),
          },
        ],
      },
    ],
  }));

const v1 = (spans: FakeSpan[]) =>
  [...new Set(spans.map((span) => span.traceId))].map((traceID) => ({
    traceID,
    processes: Object.fromEntries(spans.map(({ service }) => [service, { serviceName: service, tags: [] }])),
    spans: spans
      .filter((span) => span.traceId === traceID)
      .map((span) => ({
        traceID,
        spanID: span.spanId,
        operationName: span.name,
        references: span.parentSpanId ? [{ refType: 'CHILD_OF', traceID, spanID: span.parentSpanId }] : [],
        startTime: span.start * 1000,
        duration: span.seconds * 1_000_000,
        processID: span.service,
        tags: Object.entries(span.attributes).map(([key, value]) => ({
          key,
          type: typeof value === 'string' ? 'string' : 'int64',
          value,
        })),
      })),
  }));
