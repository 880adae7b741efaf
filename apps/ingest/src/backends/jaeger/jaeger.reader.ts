import { SignalboxError } from '@signalbox/contracts';
import { JsonClient, shownAddress, type Outbound } from '@signalbox/outbound';
import { parseJaegerV1, parseJaegerV3, type NormalSpan } from '@signalbox/spans';
import { z } from 'zod';
import type { PageLimits, TracePage, TraceReader } from '../trace-reader.js';

/** A page of a few hundred traces with their prompts; a window whose answer is larger is read in parts. */
const LIMITS = { timeoutMs: 60_000, maxBytes: 64 * 1024 * 1024 };
const CODES = { unreachable: 'SOURCE_UNREACHABLE', notJson: 'SOURCE_NOT_JSON', refused: 'SOURCE_REFUSED' } as const;

type Parsed = ReturnType<typeof parseJaegerV3>;

/** What the two HTTP APIs of Jaeger differ in. */
interface JaegerApi {
  servicesPath: string;
  /** Undefined when the answer is not of this API. */
  readServices(body: unknown): string[] | undefined;
  tracesPath: string;
  /** Name of the parameter that takes attributes as a JSON object. */
  filter: string;
  searchParameters(service: string, from: number, to: number, limit: number): Record<string, string>;
  parse(body: unknown): Parsed;
}

// Without a service the answer is empty, as protobuf's JSON leaves empty lists out; with anything else in it, it is not Jaeger's.
const v3Services = z.union([
  z.object({ services: z.array(z.string()).nullable() }),
  z.strictObject({}).transform(() => ({ services: null })),
]);
const v1Services = z.object({ data: z.array(z.string()).nullable() });

const V3: JaegerApi = {
  servicesPath: '/api/v3/services',
  readServices: (body) => {
    const parsed = v3Services.safeParse(body);
    return parsed.success ? (parsed.data.services ?? []) : undefined;
  },
  tracesPath: '/api/v3/traces',
  filter: 'query.attributes',
  searchParameters: (service, from, to, limit) => ({
    'query.serviceName': service,
    'query.startTimeMin': new Date(from).toISOString(),
    'query.startTimeMax': new Date(to).toISOString(),
    'query.searchDepth': String(limit),
  }),
  parse: parseJaegerV3,
};

const V1: JaegerApi = {
  servicesPath: '/api/services',
  readServices: (body) => {
    const parsed = v1Services.safeParse(body);
    return parsed.success ? (parsed.data.data ?? []) : undefined;
  },
  tracesPath: '/api/traces',
  filter: 'tags',
  searchParameters: (service, from, to, limit) => ({
    service,
    start: `${from}000`,
    end: `${to}000`,
    limit: String(limit),
  }),
  parse: parseJaegerV1,
};

/**
 * 450 traces keep a page of long prompts within a few megabytes. Cassandra reads three index rows for each trace that it returns,
 * so that a third of a page may already be cut. 10,000 is ClickHouse's own maximum.
 */
const PAGE: PageLimits = {
  traces: 450,
  fullShare: 1 / 3,
  mostTraces: 10_000,
  narrowestMs: 1,
  widestMs: Infinity,
};

const attributes = z.record(z.string(), z.string());

/** What a new source is refused for. @throws SignalboxError INVALID_INPUT */
export function checkJaeger({ filter }: { filter: string | null }): void {
  if (filter !== null && !attributes.safeParse(jsonOf(filter)).success)
    throw new SignalboxError(
      'INVALID_INPUT',
      'filter: expected attributes of one span as a JSON object of strings, e.g. {"gen_ai.operation.name":"chat"}',
    );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads Jaeger's query API, version 3 where it is there, else version 1, which newer servers have dropped. */
export class JaegerReader implements TraceReader {
  readonly limits = PAGE;

  private constructor(
    private readonly client: JsonClient,
    private readonly endpoint: string,
    private readonly api: JaegerApi,
    private readonly names: string[],
    private readonly filter: string | null,
  ) {}

  /** @throws SignalboxError SOURCE_UNREACHABLE, SOURCE_NOT_JSON, SOURCE_REFUSED or ADDRESS_REFUSED */
  static async open(
    outbound: Outbound,
    endpoint: string,
    { headers, filter }: { headers: Record<string, string>; filter: string | null },
    signal?: AbortSignal,
  ): Promise<JaegerReader> {
    const client = new JsonClient(outbound, { ...LIMITS, signal }, CODES, headers);
    // Version 3 ignores attributes in servers before 2.19; those that dropped version 1 know them.
    const [first, second] = filter === null ? [V3, V1] : [V1, V3];
    const names = await servicesOf(client, endpoint, first).catch((error: unknown) => {
      // The path of an API that a server does not have belongs to the UI, which answers any path with its page.
      if (error instanceof SignalboxError && error.code === 'SOURCE_NOT_JSON') return undefined;
      throw error;
    });
    if (names) return new JaegerReader(client, endpoint, first, names, filter);
    const others = await servicesOf(client, endpoint, second);
    if (others) return new JaegerReader(client, endpoint, second, others, filter);
    throw new SignalboxError('SOURCE_REFUSED', `${endpoint} answers in JSON, but not as Jaeger's query API does.`);
  }

  services(): Promise<string[]> {
    return Promise.resolve(this.names);
  }

  async search(service: string, from: number, to: number, limit: number): Promise<TracePage> {
    const url = new URL(this.endpoint + this.api.tracesPath);
    for (const [name, value] of Object.entries(this.api.searchParameters(service, from, to, limit))) {
      url.searchParams.set(name, value);
    }
    if (this.filter !== null) url.searchParams.set(this.api.filter, this.filter);
    const { spans, rejected } = this.read(url, (await this.client.get(url, [404])).body);
    const traces = new Set(spans.map((span) => span.traceId)).size;
    // A trace may be known by its malformed spans alone, so that each of them could be one.
    return { spans, traces: traces + rejected.length, malformed: rejected.length, partial: 0 };
  }

  async trace(traceId: string): Promise<NormalSpan[] | null> {
    const url = new URL(`${this.endpoint}${this.api.tracesPath}/${encodeURIComponent(traceId)}`);
    const { status, body } = await this.client.get(url, [404]);
    if (status === 404) return null;
    const { spans } = this.read(url, body);
    return spans.length > 0 ? spans : null;
  }

  private read(url: URL, body: unknown): { spans: NormalSpan[]; rejected: unknown[] } {
    const parsed = this.api.parse(body);
    if (parsed.ok) return parsed.value;
    throw new SignalboxError('SOURCE_REFUSED', `${shownAddress(url)}: ${parsed.error.hint}`);
  }
}

async function servicesOf(client: JsonClient, endpoint: string, api: JaegerApi): Promise<string[] | undefined> {
  const { status, body } = await client.get(new URL(endpoint + api.servicesPath), [404]);
  return status === 404 ? undefined : api.readServices(body);
}
