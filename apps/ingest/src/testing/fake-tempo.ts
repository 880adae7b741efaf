import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { otlpResourceSpans, type FakeSpan } from './fake-jaeger.js';
import { FakeServer, type FakeAnswer } from './fake-server.js';

export interface FakeTempoOptions {
  spans: FakeSpan[];
  /** Knows `most_recent`, `/api/v2/traces` and its PARTIAL. */
  age: 'new' | 'old';
  /** Traces that come back cut for their size. */
  partial?: readonly string[];
  /** Tenant without which nothing is answered. */
  tenant?: string;
  seed?: number;
}

/** Speaks as much of Tempo's HTTP API as the reader uses, with its habits: the first matches found, ids without leading zeros. */
export class FakeTempo {
  readonly searches: URLSearchParams[] = [];
  private readonly random = xoroshiro128plus(11);

  private constructor(private readonly options: FakeTempoOptions) {}

  static async start(options: FakeTempoOptions): Promise<{ fake: FakeTempo; server: FakeServer }> {
    const fake = new FakeTempo(options);
    const server = await FakeServer.start(async (url, request) => {
      if (options.tenant !== undefined && request.headers['x-scope-orgid'] !== options.tenant)
        return { status: 401, body: 'no org id' };
      return url.pathname === '/api/search' ? fake.search(url.searchParams) : fake.trace(url.pathname);
    }, options.seed);
    return { fake, server };
  }

  private search(parameters: URLSearchParams): FakeAnswer {
    this.searches.push(parameters);
    const query = parameters.get('q') ?? '';
    const [start, end] = [Number(parameters.get('start')), Number(parameters.get('end'))];
    if (this.options.age === 'old' && query.includes('most_recent'))
      return { status: 400, body: 'parse error at line 1, col 5: syntax error: unexpected with' };
    if (end <= start) return { status: 400, body: 'http parameter start must be before end' };
    if (end - start > 168 * 3600) return { status: 400, body: 'range specified by start and end exceeds 168h0m0s' };
    const service = /resource\.service\.name = "([^"]*)"/.exec(query)?.[1];
    const model = /span\.gen_ai\.request\.model = "([^"]*)"/.exec(query)?.[1];
    const matching = this.options.spans.filter(
      (span) =>
        span.start >= start * 1_000 &&
        span.start < end * 1_000 &&
        (service === undefined || span.service === service) &&
        (model === undefined || span.attributes['gen_ai.request.model'] === model),
    );
    const left = [...new Set(matching.map(({ traceId }) => traceId))];
    const traces: object[] = [];
    const limit = Number(parameters.get('limit')) || 20;
    while (traces.length < limit && left.length > 0) {
      const [traceId = ''] = left.splice(uniformInt(this.random, 0, left.length - 1), 1);
      const first = matching.find((span) => span.traceId === traceId);
      traces.push({ traceID: traceId.replace(/^0+/, ''), startTimeUnixNano: `${first?.start ?? 0}000000` });
    }
    const metrics = { inspectedBytes: '1', completedJobs: 4, totalJobs: 4 };
    return { status: 200, body: traces.length === 0 ? { metrics } : { traces, metrics } };
  }

  private trace(path: string): FakeAnswer {
    const { spans, age, partial = [] } = this.options;
    const [, version, id = ''] = /^\/api\/(v2\/)?traces\/([0-9a-f]+)$/.exec(path) ?? [];
    if (version !== undefined && age === 'old') return { status: 404, body: '404 page not found' };
    const traceId = id.padStart(32, '0');
    const found = spans.filter((span) => span.traceId === traceId);
    if (found.length === 0) return { status: 404, body: 'trace not found' };
    const cut = partial.includes(traceId);
    const resourceSpans = otlpResourceSpans(cut ? found.slice(0, 1) : found);
    if (version === undefined) return { status: 200, body: { batches: resourceSpans } };
    const status = cut ? { status: 'PARTIAL', message: 'trace exceeds the maximum size' } : {};
    return { status: 200, body: { trace: { resourceSpans }, metrics: {}, ...status } };
  }
}
