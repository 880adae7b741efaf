import { GetTraceSummariesCommand, XRayClient } from '@aws-sdk/client-xray';
import { SignalboxError } from '@signalbox/contracts';
import type { Outbound } from '@signalbox/outbound';
import { parseXraySummaries, type NormalSpan } from '@signalbox/spans';
import { pMapIterable } from 'p-map';
import type { PageLimits, TracePage, TraceReader } from '../trace-reader.js';
import { awsClientSettings } from '../aws/aws-client.js';
import { notAws } from '../aws/aws-failure.js';
import { pagesOf } from '../aws/aws-pages.js';
import { addTraces, type FetchedTraces } from './fetched-traces.js';
import { fetchBatch, TRACES_IN_BATCH } from './segment-batches.js';
import { TraceRetrieval } from './trace-retrieval.js';
import type { AwsAccess } from '../aws/aws-access.js';
import type { XrayQuery } from './xray-settings.js';

const OPERATION = 'xray:GetTraceSummaries';
/** Times are whole seconds; how long a range may be is not documented, and an hour is well within what is used. */
const PAGE: PageLimits = { traces: 200, fullShare: 1, mostTraces: 20_000, narrowestMs: 1_000, widestMs: 3_600_000 };
/** Batches that are fetched at once. */
const FETCHES = 4;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

interface Listing {
  ids: Set<string>;
  /** Of which X-Ray says that segments are still to come. */
  unfinished: Set<string>;
  rejected: number;
}

/** Reads AWS X-Ray: summaries name traces, which are then fetched by five. */
export class XrayReader implements TraceReader {
  readonly limits = PAGE;
  private readonly retrieval: TraceRetrieval;
  /** Where there is no Transaction Search its API refuses, and need not be asked again. */
  private retrieves = true;

  private constructor(
    private readonly client: XRayClient,
    private readonly query: XrayQuery,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.retrieval = new TraceRetrieval(client, signal);
  }

  /** @throws SignalboxError SOURCE_UNREACHABLE, SOURCE_NOT_JSON, SOURCE_REFUSED or ADDRESS_REFUSED */
  static async open(
    outbound: Outbound,
    access: AwsAccess,
    query: XrayQuery,
    signal?: AbortSignal,
  ): Promise<XrayReader> {
    const reader = new XrayReader(new XRayClient(awsClientSettings(outbound, access, signal)), query, signal);
    const now = Date.now();
    await reader.list(query.serviceName ?? '', now - MINUTE, now, 1);
    return reader;
  }

  services(): Promise<string[]> {
    return Promise.resolve(['']);
  }

  async search(service: string, from: number, to: number, limit: number): Promise<TracePage> {
    const { ids, unfinished, rejected } = await this.list(service, from, to, limit);
    const page: TracePage = { spans: [], traces: ids.size, malformed: 0, partial: rejected };
    const batches: string[][] = [];
    const wanted = [...ids];
    for (let at = 0; at < wanted.length; at += TRACES_IN_BATCH) batches.push(wanted.slice(at, at + TRACES_IN_BATCH));
    const fetch = async (batch: string[]) => ({ batch, fetched: await this.fetch(batch, from - DAY, to + DAY) });
    for await (const { batch, fetched } of pMapIterable(batches, fetch, { concurrency: FETCHES })) {
      const { spans, malformed, found, partial } = fetched;
      page.malformed += malformed;
      page.partial += batch.filter((id) => !found.has(id) || partial.has(id) || unfinished.has(id)).length;
      for (const span of spans) page.spans.push(span);
    }
    return page;
  }

  async trace(traceId: string): Promise<NormalSpan[] | null> {
    const { spans, found } = await fetchBatch(this.client, [traceId], this.signal);
    return found.has(traceId) ? spans : null;
  }

  /** What is not among the segments may be in Transaction Search alone. */
  private async fetch(ids: readonly string[], from: number, to: number): Promise<FetchedTraces> {
    const fetched = await fetchBatch(this.client, ids, this.signal);
    const missing = ids.filter((id) => !fetched.found.has(id) && !fetched.partial.has(id));
    if (missing.length === 0 || !this.retrieves) return fetched;
    try {
      addTraces(fetched, await this.retrieval.fetch(missing, from, to));
    } catch (error) {
      if (!(error instanceof SignalboxError) || error.code !== 'SOURCE_REFUSED') throw error;
      this.retrieves = false;
    }
    return fetched;
  }

  /** All that the window has, or `limit` and a page more. */
  private async list(service: string, from: number, to: number, limit: number): Promise<Listing> {
    const listing: Listing = { ids: new Set(), unfinished: new Set(), rejected: 0 };
    const expression = expressionOf(service, this.query.filter);
    const ask = (token: string | undefined) =>
      this.client.send(
        new GetTraceSummariesCommand({
          StartTime: new Date(Math.floor(from / 1_000) * 1_000),
          EndTime: new Date(Math.ceil(to / 1_000) * 1_000),
          TimeRangeType: 'Event',
          Sampling: false,
          ...(expression === null ? {} : { FilterExpression: expression }),
          NextToken: token,
        }),
      );
    for await (const page of pagesOf(OPERATION, ask, ({ NextToken }) => NextToken)) {
      if (!page.TraceSummaries) throw notAws(OPERATION, 'TraceSummaries');
      const parsed = parseXraySummaries(page);
      if (!parsed.ok) throw new SignalboxError('SOURCE_REFUSED', `${OPERATION}: ${parsed.error.hint}`);
      listing.rejected += parsed.value.rejected.length;
      for (const { traceId, cut } of parsed.value.traces) {
        listing.ids.add(traceId);
        if (cut) listing.unfinished.add(traceId);
      }
      if (listing.ids.size >= limit) break;
    }
    return listing;
  }
}

function expressionOf(service: string, filter: string | null): string | null {
  const parts = [
    ...(service === '' ? [] : [`service(${JSON.stringify(service)})`]),
    ...(filter === null ? [] : [filter]),
  ];
  return parts.length === 0
    ? null
    : parts.length === 1
      ? (parts[0] ?? null)
      : parts.map((part) => `(${part})`).join(' AND ');
}
