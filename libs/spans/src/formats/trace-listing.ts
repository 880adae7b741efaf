import type { RejectedSpan } from './span-reading.js';

/** A trace as a backend's search names it; its spans are read by its id. */
export interface ListedTrace {
  /** 32 lower-case hex digits. */
  traceId: string;
  /** Nanoseconds since the epoch, UTC; null where the answer leaves it out. */
  startUnixNano: bigint | null;
  durationNanos: bigint | null;
  serviceName: string | null;
  /** More spans matched than the answer shows, or the backend calls what it has of the trace partial. */
  cut: boolean;
}

export interface TraceListing {
  traces: ListedTrace[];
  rejected: RejectedSpan[];
  /** False when the backend says that it has not looked everywhere. True is no promise: most backends never say. */
  complete: boolean;
}
