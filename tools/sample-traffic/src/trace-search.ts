import { SAMPLE_NOTICE, SERVICE_NAME, attributesOf, spansOfCall, spansOfOther, type OtlpSpan } from './spans.js';
import type { SampleCall, Traffic } from './traffic.js';

interface Indexed {
  traceId: string;
  startUs: number;
  scope: string;
  spans(): OtlpSpan[];
}

/** The spans of one trace, all from one instrumentation scope. */
export interface ScopedTrace {
  scope: string;
  spans: readonly OtlpSpan[];
}

export interface TraceSearch {
  /** Both ends included, in nanoseconds since the epoch. */
  fromNano: bigint;
  toNano: bigint;
  depth: number;
  operationName: string | null;
}

/** No span of a trace starts later than this after its first one. */
const SPREAD_US = 60_000;

const RESOURCE = {
  attributes: attributesOf({
    'service.name': SERVICE_NAME,
    'deployment.environment': 'sample',
    'signalbox.sample': SAMPLE_NOTICE,
  }),
};

/** The gateway of the first weeks was instrumented from outside. */
const scopeOf = ({ dialect }: SampleCall): string => (dialect === 'seed' ? 'traceloop.tracer' : 'litellm');

/** The traces by start. Spans are made when asked for: the index alone stays in memory. */
export class TraceStore {
  private readonly byStart: readonly Indexed[];
  private readonly byId: ReadonlyMap<string, Indexed>;

  constructor(traffic: Traffic) {
    this.byStart = [
      ...traffic.calls.map((call) => ({
        traceId: call.traceId,
        startUs: call.startUs,
        scope: scopeOf(call),
        spans: () => spansOfCall(call),
      })),
      ...traffic.others.map((other) => ({
        traceId: other.traceId,
        startUs: other.startUs,
        scope: 'litellm',
        spans: () => spansOfOther(other),
      })),
    ].sort((a, b) => a.startUs - b.startUs);
    this.byId = new Map(this.byStart.map((trace) => [trace.traceId, trace]));
  }

  /**
   * At most `depth` traces with a span that starts in the window. Which of them, and in which order, has nothing to do
   * with time: stores promise neither.
   */
  find({ fromNano, toNano, depth, operationName }: TraceSearch): ScopedTrace[] {
    const inside = (span: OtlpSpan): boolean =>
      BigInt(span.startTimeUnixNano) >= fromNano && BigInt(span.startTimeUnixNano) <= toNano;
    const found: Indexed[] = [];
    for (let at = this.firstFrom(Number(fromNano / 1000n) - SPREAD_US); at < this.byStart.length; at += 1) {
      const trace = this.byStart[at];
      if (trace === undefined || BigInt(trace.startUs) * 1000n > toNano) break;
      const startsInside = BigInt(trace.startUs) * 1000n >= fromNano;
      if (
        operationName === null
          ? startsInside || trace.spans().some(inside)
          : trace.spans().some((span) => span.name === operationName && inside(span))
      ) {
        found.push(trace);
      }
    }
    return found
      .sort((a, b) => (a.traceId < b.traceId ? -1 : 1))
      .slice(0, depth)
      .map(({ scope, spans }) => ({ scope, spans: spans() }));
  }

  get(traceId: string): ScopedTrace | null {
    const trace = this.byId.get(traceId);
    return trace === undefined ? null : { scope: trace.scope, spans: trace.spans() };
  }

  /** Names of the spans with their kinds. */
  operations(): { name: string; spanKind: string }[] {
    const kinds = ['', 'internal', 'server', 'client'];
    const names = new Map<string, string>();
    for (const trace of this.byStart) {
      for (const span of trace.spans()) names.set(span.name, kinds[span.kind] ?? '');
    }
    return [...names].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, spanKind]) => ({ name, spanKind }));
  }

  private firstFrom(startUs: number): number {
    let low = 0;
    let high = this.byStart.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.byStart[middle]?.startUs ?? Infinity) < startUs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** All traces merged into one body, as Jaeger's API answers a search. */
export function tracesBody(traces: readonly ScopedTrace[]) {
  const scopes = [...new Set(traces.map(({ scope }) => scope))];
  const scopeSpans = scopes.map((name) => ({
    scope: { name },
    spans: traces.filter(({ scope }) => scope === name).flatMap(({ spans }) => spans),
  }));
  return { result: { resourceSpans: [{ resource: RESOURCE, scopeSpans }] } };
}
