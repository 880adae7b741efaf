import type { NormalSpan } from '../normal-span.js';
import { mostFrequent, shownName, type Place, type Sample, type Seen } from './sample.js';

const MILLI = 1_000_000n;
/** Machines that agree on the time differ by less. */
const SKEW = 5n * MILLI;
/** Spans are sent when they end: what starts later than now has a clock that is ahead. */
const AHEAD = 60_000n * MILLI;
/** What comes later is not read together with the rest of its trace (receiver). */
const LATE = 3_600_000n * MILLI;

const UNREADABLE = ['malformed_span', 'no_start_time', 'no_end_time'] as const;

export function nothingRead({ extraction: { spansRead } }: Sample): Seen {
  return { places: [], count: spansRead === 0 ? 1 : 0, of: 1 };
}

export function callsNone({ extraction: { calls, spansRead, skipped } }: Sample): Seen {
  const reasons = Object.entries(skipped).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const detail = `they were skipped as ${reasons.map(([reason, count]) => `${reason} (${count})`).join(', ')}`;
  return { places: [], count: calls.length === 0 ? spansRead : 0, of: spansRead, detail };
}

export function spansUnreadable({ extraction: { skipped, spansRead } }: Sample): Seen {
  const found = UNREADABLE.map((reason): [string, number] => [reason, skipped[reason] ?? 0]).filter(([, n]) => n > 0);
  const count = found.reduce((sum, [, n]) => sum + n, 0);
  return { places: [], count, of: spansRead, detail: found.map(([reason, n]) => `${reason} ${n}`).join(', ') };
}

export function tracePartial({ partialTraces, spans }: Sample): Seen {
  const traces = new Set(spans.map(({ traceId }) => traceId)).size;
  return { places: [], count: partialTraces, of: Math.max(traces, partialTraces) };
}

export function recordsUnjoined({ records: { read, withoutSpan } }: Sample): Seen {
  return { places: [], count: withoutSpan, of: read };
}

/** Traces with calls in which a span names a parent that is not there. */
export function parentsAbsent({ spans, extraction: { calls } }: Sample): Seen {
  const withCalls = new Set(calls.map(({ traceId }) => traceId));
  const places: Place[] = [];
  for (const [traceId, ofTrace] of tracesOf(spans)) {
    if (!withCalls.has(traceId)) continue;
    const known = new Set(ofTrace.map(({ spanId }) => spanId));
    const orphans = ofTrace.filter(({ parentSpanId }) => parentSpanId !== null && !known.has(parentSpanId));
    if (orphans.length > 0) places.push({ traceId, spanId: smallest(orphans.map(({ spanId }) => spanId)) });
  }
  return { places, of: withCalls.size };
}

/** Traces of which something says that they were drawn from more. */
export function sampled({ spans }: Sample): Seen {
  const traces = tracesOf(spans);
  const signs: string[] = [];
  const places: Place[] = [];
  for (const [traceId, ofTrace] of traces) {
    const found = ofTrace.flatMap((span) => signOf(span) ?? []).sort();
    if (found[0] === undefined) continue;
    signs.push(found[0]);
    places.push({ traceId, spanId: null });
  }
  return {
    places,
    of: traces.size,
    detail: `they carry ${mostFrequent(signs)
      .map(([sign]) => sign)
      .slice(0, 3)
      .join(', ')}`,
  };
}

/** Spans that start before the span of another process that called them. */
export function clockSkew({ spans }: Sample): Seen {
  const places: Place[] = [];
  let of = 0;
  let most = 0n;
  for (const ofTrace of tracesOf(spans).values()) {
    const byId = new Map(ofTrace.map((span) => [span.spanId, span]));
    for (const span of byId.values()) {
      const parent = span.parentSpanId === null ? undefined : byId.get(span.parentSpanId);
      if (parent === undefined || processOf(parent) === processOf(span)) continue;
      of += 1;
      const early = parent.startUnixNano - span.startUnixNano;
      if (early <= SKEW || span.startUnixNano === 0n) continue;
      most = early > most ? early : most;
      places.push({ traceId: span.traceId, spanId: span.spanId });
    }
  }
  return { places, of, detail: `by ${millis(most)} at the most` };
}

export function timeAhead({ spans, now }: Sample): Seen {
  const ahead = spans.filter(({ startUnixNano }) => startUnixNano > now + AHEAD);
  const latest = ahead.reduce((most, { startUnixNano }) => (startUnixNano > most ? startUnixNano : most), now);
  return { places: ahead.map(placeOfSpan), of: spans.length, detail: `by ${millis(latest - now)} at the most` };
}

/** Null where nobody notes when spans come. */
export function receivedLate({ spans, receivedAt }: Sample): Seen | null {
  if (receivedAt === null) return null;
  const late = [...tracesOf(spans)].filter(([traceId, ofTrace]) => {
    const came = receivedAt.get(traceId);
    const ended = ofTrace.reduce((last, { endUnixNano }) => (endUnixNano > last ? endUnixNano : last), 0n);
    return came !== undefined && ended > 0n && came - ended > LATE;
  });
  return { places: late.map(([traceId]) => ({ traceId, spanId: null })), of: receivedAt.size };
}

function tracesOf(spans: readonly NormalSpan[]): Map<string, NormalSpan[]> {
  return Map.groupBy(spans, ({ traceId }) => traceId);
}

/** What records on a span that its trace was drawn: Jaeger's clients, the Collector's tail sampling, AWS's sampling rules. */
function signOf({ attributes, scopeAttributes = {} }: NormalSpan): string | null {
  const type = attributes['sampler.type'];
  if (typeof type === 'string' && type !== 'const') return `sampler.type ${shownName(type)}`;
  const policy = scopeAttributes['tailsampling.policy'] ?? attributes['tailsampling.policy'];
  if (typeof policy === 'string') return `tailsampling.policy ${shownName(policy)}`;
  const rule = attributes['aws.xray.sampling_rule'] ?? attributes['aws.xray.sampling_rule_name'];
  return typeof rule === 'string' ? `X-Ray's sampling rule ${shownName(rule)}` : null;
}

/** Processes of one machine have one clock, but only its name would tell so. */
const processOf = ({ serviceName, resourceAttributes }: NormalSpan): string =>
  JSON.stringify([resourceAttributes['host.name'] ?? serviceName, resourceAttributes['host.id']]);

const placeOfSpan = ({ traceId, spanId }: NormalSpan): Place => ({ traceId, spanId });
const smallest = (names: readonly string[]): string | null => names.toSorted()[0] ?? null;
const millis = (nanos: bigint): string => `${nanos / MILLI} ms`;
