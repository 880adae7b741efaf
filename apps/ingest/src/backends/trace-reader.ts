import type { NormalSpan } from '@signalbox/spans';

/** What a backend gives for one search. */
export interface TracePage {
  spans: NormalSpan[];
  /** Traces in the answer, or more: what a full page is told by. */
  traces: number;
  /** Spans that could not be read. */
  malformed: number;
  /** Traces that the backend says it did not give whole: cut for their size, or lost in part. */
  partial: number;
}

/** How far the answers of a backend can be trusted to be whole. */
export interface PageLimits {
  /** Traces asked for at once. */
  traces: number;
  /** Share of `limit` from which on an answer may have been cut. */
  fullShare: number;
  /** Asked for in the last resort, in the narrowest window. */
  mostTraces: number;
  /** Milliseconds of the narrowest window that the backend tells apart. */
  narrowestMs: number;
  /** Milliseconds of the widest window that it answers for. */
  widestMs: number;
}

/** A trace backend. Failures are SignalboxErrors with SOURCE_ codes. */
export interface TraceReader {
  readonly limits: PageLimits;

  /** What is searched one after the other when the source names no service; of a backend that is searched as a whole, `['']`. */
  services(): Promise<string[]>;

  /**
   * Traces of a service with a span that starts between two moments (milliseconds since the epoch), each of them whole,
   * in any order, and any `limit` of them when there are more.
   */
  search(service: string, from: number, to: number, limit: number): Promise<TracePage>;

  /** All spans of one trace; null when the backend does not have it any more. */
  trace(traceId: string): Promise<NormalSpan[] | null>;
}
