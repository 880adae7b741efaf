import { SignalboxError } from '@signalbox/contracts';
import { JsonClient, shownAddress, type Outbound } from '@signalbox/outbound';
import { parseTempoSearch, parseTempoTrace, type NormalSpan, type TraceListing } from '@signalbox/spans';
import { pMapIterable } from 'p-map';
import type { PageLimits, TracePage, TraceReader } from '../trace-reader.js';

/** One trace may be five megabytes, Tempo's own default limit; as JSON it is several times as long. */
const LIMITS = { timeoutMs: 60_000, maxBytes: 128 * 1024 * 1024 };
const CODES = { unreachable: 'SOURCE_UNREACHABLE', notJson: 'SOURCE_NOT_JSON', refused: 'SOURCE_REFUSED' } as const;

/**
 * Tempo gives any traces that match until there are enough, so that only an answer that is not full holds them all. Its times are
 * whole seconds. An hour keeps within the range that every version answers for.
 */
const PAGE: PageLimits = { traces: 200, fullShare: 1, mostTraces: 20_000, narrowestMs: 1_000, widestMs: 3_600_000 };
/** A search whose jobs were not all done is asked again; a Tempo that is this busy will not do better. */
const SEARCHES = 3;
/** Traces that are fetched at once. */
const FETCHES = 8;
/** Sorts by time instead of taking what is found first; since Tempo 2.8, an error before. */
const MOST_RECENT = ' with (most_recent=true)';

export interface TempoQuery {
  serviceName: string | null;
  /** TraceQL, e.g. `{ span.gen_ai.operation.name = "chat" }`. */
  filter: string | null;
}

interface FetchedTrace {
  spans: NormalSpan[];
  malformed: number;
  partial: boolean;
}

/** Reads Grafana Tempo: a search names traces, each of which is then fetched whole. */
export class TempoReader implements TraceReader {
  readonly limits = PAGE;
  private v2: 'unknown' | 'there' | 'absent' = 'unknown';

  private constructor(
    private readonly client: JsonClient,
    private readonly endpoint: string,
    private readonly query: TempoQuery,
    private readonly hint: string,
  ) {}

  /** @throws SignalboxError SOURCE_UNREACHABLE, SOURCE_NOT_JSON, SOURCE_REFUSED or ADDRESS_REFUSED */
  static async open(
    outbound: Outbound,
    endpoint: string,
    query: TempoQuery,
    headers: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<TempoReader> {
    const client = new JsonClient(outbound, { ...LIMITS, signal }, CODES, headers);
    for (const hint of [MOST_RECENT, '']) {
      const reader = new TempoReader(client, endpoint, query, hint);
      const { status, listing } = await reader.list(1, 2, query.serviceName ?? '', 1);
      if (listing) return reader;
      if (status !== 400) break;
    }
    throw new SignalboxError('SOURCE_REFUSED', `${endpoint} does not understand the query as Grafana Tempo does.`);
  }

  services(): Promise<string[]> {
    return Promise.resolve(['']);
  }

  async search(service: string, from: number, to: number, limit: number): Promise<TracePage> {
    const [start, end] = [Math.floor(from / 1_000), Math.ceil(to / 1_000)];
    const listing = await this.wholeListing(service, start, end, limit);
    const ids = [...new Set(listing.traces.map(({ traceId }) => traceId))];
    const page: TracePage = { spans: [], traces: ids.length, malformed: 0, partial: listing.complete ? 0 : 1 };
    // A line that cannot be read may name a trace, which is then not read.
    page.partial += listing.rejected.length;
    // The page counts as full by what the search named, even where it named one twice.
    page.traces = Math.max(page.traces, listing.traces.length);
    for await (const fetched of pMapIterable(ids, (id) => this.fetch(id), { concurrency: FETCHES })) {
      if (fetched === null || fetched.partial) page.partial += 1;
      if (fetched === null) continue;
      page.malformed += fetched.malformed;
      for (const span of fetched.spans) page.spans.push(span);
    }
    return page;
  }

  async trace(traceId: string): Promise<NormalSpan[] | null> {
    return (await this.fetch(traceId))?.spans ?? null;
  }

  private async wholeListing(service: string, start: number, end: number, limit: number): Promise<TraceListing> {
    for (let attempt = 1; ; attempt += 1) {
      const { status, listing, message } = await this.list(start, end, service, limit);
      if (!listing) throw new SignalboxError('SOURCE_REFUSED', `${this.endpoint} answered ${status}: ${message}`);
      if (listing.complete || attempt === SEARCHES) return listing;
    }
  }

  private async list(
    start: number,
    end: number,
    service: string,
    limit: number,
  ): Promise<{ status: number; listing: TraceListing | null; message: string }> {
    const url = new URL(`${this.endpoint}/api/search`);
    const parts = [...(service === '' ? [] : [serviceIs(service)]), ...(this.query.filter ? [this.query.filter] : [])];
    url.searchParams.set('q', (parts.join(' && ') || '{ }') + this.hint);
    url.searchParams.set('start', String(start));
    url.searchParams.set('end', String(Math.max(end, start + 1)));
    url.searchParams.set('limit', String(limit));
    const { status, body } = await this.client.get(url, [400]);
    if (status === 400) return { status, listing: null, message: String(body).slice(0, 300) };
    const parsed = parseTempoSearch(body);
    if (parsed.ok) return { status, listing: parsed.value, message: '' };
    throw new SignalboxError('SOURCE_REFUSED', `${shownAddress(url)}: ${parsed.error.hint}`);
  }

  /** Null when Tempo does not have the trace, or not any more. A Tempo without the newer path and one without the trace answer alike. */
  private async fetch(traceId: string): Promise<FetchedTrace | null> {
    const newer = this.v2 === 'absent' ? null : await this.get('api/v2/traces', traceId);
    if (newer !== null) this.v2 = 'there';
    const fetched = newer ?? (await this.get('api/traces', traceId));
    if (newer === null && fetched !== null && this.v2 === 'unknown') this.v2 = 'absent';
    return fetched;
  }

  private async get(path: string, traceId: string): Promise<FetchedTrace | null> {
    const url = new URL(`${this.endpoint}/${path}/${traceId}`);
    const { status, body } = await this.client.get(url, [404]);
    if (status === 404) return null;
    const parsed = parseTempoTrace(body);
    if (!parsed.ok) throw new SignalboxError('SOURCE_REFUSED', `${shownAddress(url)}: ${parsed.error.hint}`);
    const { spans, rejected, gaps = [] } = parsed.value;
    return { spans, malformed: rejected.length, partial: gaps.length > 0 };
  }
}

/** A string of TraceQL is quoted as one of Go's. */
const serviceIs = (service: string): string => `{ resource.service.name = ${JSON.stringify(service)} }`;
