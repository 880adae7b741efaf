import type { NormalSpan } from '@signalbox/spans';
import type { PageLimits, TraceReader } from '../backends/trace-reader.js';
import type { TimeWindow } from '../extractions/window-walk.js';

/** Half open, newest first: what is set now shows in what came last. */
const FIRST_WINDOW_MS = 60_000;
const WIDER = 8;
/** Nothing more is asked then: a person waits for the answer. */
const LONGEST_MS = 30_000;
const MOST_SPANS = 100_000;

/** Why a sample ends where it does. */
export enum SampleEnd {
  RANGE_READ = 'RANGE_READ',
  SAMPLE_FULL = 'SAMPLE_FULL',
  TIME_UP = 'TIME_UP',
}

export interface ReadSample {
  spans: NormalSpan[];
  traces: number;
  malformed: number;
  partial: number;
  services: string[];
  /** The earliest moment that was searched for every service, milliseconds since the epoch. */
  reached: number;
  end: SampleEnd;
}

/**
 * Some traces of a range, whole, the newest of each service: an answer that holds more than was asked for is cut by
 * whole traces. Reads only, and no longer than a person waits.
 */
export async function readSample(
  reader: TraceReader,
  { services, range, limit }: { services: readonly string[]; range: TimeWindow; limit: number },
  clock: () => Date,
): Promise<ReadSample> {
  const asked = services.slice(0, limit);
  const read: ReadSample = {
    ...{ spans: [], traces: 0, malformed: 0, partial: 0, services: asked.filter((name) => name !== '') },
    ...(asked.length < services.length
      ? { reached: range.to, end: SampleEnd.SAMPLE_FULL }
      : { reached: range.from, end: SampleEnd.RANGE_READ }),
  };
  const known = new Set<string>();
  const started = clock().getTime();
  for (const service of asked) {
    let left = Math.ceil(limit / asked.length);
    for (const window of backwards(range, reader.limits)) {
      if (clock().getTime() - started > LONGEST_MS || read.spans.length > MOST_SPANS) {
        return { ...read, traces: known.size, reached: Math.max(read.reached, window.to), end: SampleEnd.TIME_UP };
      }
      const page = await reader.search(service, window.from, window.to, Math.min(left, reader.limits.traces));
      read.malformed += page.malformed;
      read.partial += page.partial;
      const fresh = newestFirst(page.spans).filter(([traceId]) => !known.has(traceId));
      for (const [traceId, spans] of fresh.slice(0, left)) {
        known.add(traceId);
        for (const span of spans) read.spans.push(span);
      }
      left -= fresh.length;
      if (left > 0) continue;
      read.reached = Math.max(read.reached, window.from);
      read.end = SampleEnd.SAMPLE_FULL;
      break;
    }
  }
  return { ...read, traces: known.size };
}

/** Windows from the end of a range to its start, each wider than the one after it; one where all is there at once. */
function* backwards({ from, to }: TimeWindow, { widestMs, traces }: PageLimits): Generator<TimeWindow> {
  let width = traces === Infinity ? to - from : Math.min(FIRST_WINDOW_MS, widestMs);
  for (let end = to; end > from; end -= width, width = Math.min(width * WIDER, widestMs)) {
    yield { from: Math.max(from, end - width), to: end };
  }
}

/** Traces by the start of their last span; which of two at one moment comes first is always the same. */
function newestFirst(spans: readonly NormalSpan[]): [traceId: string, spans: NormalSpan[]][] {
  const lastOf = (ofTrace: readonly NormalSpan[]) =>
    ofTrace.reduce((last, { startUnixNano }) => (startUnixNano > last ? startUnixNano : last), 0n);
  return [...Map.groupBy(spans, ({ traceId }) => traceId)]
    .map(([traceId, ofTrace]) => ({ traceId, ofTrace, last: lastOf(ofTrace) }))
    .sort((a, b) => (a.last === b.last ? (a.traceId < b.traceId ? -1 : 1) : a.last > b.last ? -1 : 1))
    .map(({ traceId, ofTrace }) => [traceId, ofTrace]);
}
