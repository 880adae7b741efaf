import type { NormalSpan } from '@signalbox/spans';

/** What a backend gives for one search. */
export interface TracePage {
  spans: NormalSpan[];
  /** Traces in the answer, or more: what a full page is told by. */
  traces: number;
  /** Spans that could not be read. */
  malformed: number;
}

/** A trace backend. Failures are SignalboxErrors with SOURCE_ codes. */
export interface TraceReader {
  services(): Promise<string[]>;

  /**
   * Traces of a service with a span that starts between two moments (milliseconds since the epoch), each of them whole,
   * in any order, and any `limit` of them when there are more.
   */
  search(service: string, from: number, to: number, limit: number): Promise<TracePage>;

  /** All spans of one trace; null when the backend does not have it any more. */
  trace(traceId: string): Promise<NormalSpan[] | null>;
}
