import type { NormalSpan } from '@signalbox/spans';
import type { PageLimits, TraceReader } from '../backends/trace-reader.js';
import type { TimeWindow } from '../extractions/window-walk.js';
import { unlessAborted, withinTime } from './time-limit.js';

/** Half open, newest first: what is set now shows in what came last. */
const FIRST_WINDOW_MS = 60_000;
const WIDER = 8;
/** A person waits for the answer. */
export const LONGEST_MS = 30_000;
export const MOST_SPANS = 100_000;

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
 * Opens a source, reads a sample, and closes it, no longer than a person waits.
 * @param serviceName null for all of them
 * @throws SignalboxError with a SOURCE_ code; when the time is up before anything was searched SOURCE_UNREACHABLE
 */
export function sampleSource(
  open: (signal: AbortSignal) => Promise<TraceReader>,
  { serviceName, range, limit }: { serviceName: string | null; range: TimeWindow; limit: number },
  longestMs = LONGEST_MS,
): Promise<ReadSample> {
  return withinTime(longestMs, async (signal) => {
    const reader = await unlessAborted(open(signal), signal);
    const services = serviceName === null ? (await unlessAborted(reader.services(), signal)).sort() : [serviceName];
    return readSample(reader, { services, range, limit }, signal);
  });
}

/**
 * Some traces of a range, whole, the newest of each service: an answer that holds more than was asked for is cut by
 * whole traces. Reads only. Once something was searched, a signal that is aborted ends the sample rather than refuse it.
 */
export async function readSample(
  reader: TraceReader,
  { services, range, limit }: { services: readonly string[]; range: TimeWindow; limit: number },
  signal: AbortSignal,
): Promise<ReadSample> {
  const asked = services.slice(0, limit);
  const read: ReadSample = {
    ...{ spans: [], traces: 0, malformed: 0, partial: 0, services: asked.filter((name) => name !== '') },
    ...(asked.length < services.length
      ? { reached: range.to, end: SampleEnd.SAMPLE_FULL }
      : { reached: range.from, end: SampleEnd.RANGE_READ }),
  };
  const known = new Set<string>();
  let searched = 0;
  for (const service of asked) {
    let left = Math.ceil(limit / asked.length);
    for (const window of backwards(range, reader.limits)) {
      const search = () => reader.search(service, window.from, window.to, Math.min(left, reader.limits.traces));
      const page = read.spans.length > MOST_SPANS ? null : await inTime(search, signal, searched > 0);
      if (page === null)
        return { ...read, traces: known.size, reached: Math.max(read.reached, window.to), end: SampleEnd.TIME_UP };
      searched += 1;
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

/** Null when the time is up and what there is will do. */
async function inTime<T>(ask: () => Promise<T>, signal: AbortSignal, willDo: boolean): Promise<T | null> {
  try {
    signal.throwIfAborted();
    return await unlessAborted(ask(), signal);
  } catch (error) {
    if (signal.aborted && willDo) return null;
    throw error;
  }
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
