import type { JobsOptions } from 'bullmq';

/** A job as a worker is given it. */
export interface DeliveredJob {
  id?: string | undefined;
  name: string;
  data: unknown;
  attemptsMade: number;
  opts: JobsOptions;
}

export interface Sender {
  add(name: string, data: unknown, options: JobsOptions): Promise<unknown>;
  close(): Promise<void>;
}

export interface Worker {
  close(): Promise<void>;
}

export interface WorkerOptions {
  concurrency: number;
  /** What BullMQ says of its own connection and of jobs that were lost. */
  onError(error: Error): void;
  onFailed(job: DeliveredJob | undefined, error: Error): void;
}

/** Where BullMQ keeps its jobs: PostgreSQL or Redis. `describeBackend` is what both must pass. */
export interface QueueBackend {
  sender(queue: string, onError: (error: Error) => void): Sender;
  worker(queue: string, process: (job: DeliveredJob) => Promise<void>, options: WorkerOptions): Worker;
  /** Resolves when the backend answers. @throws SignalboxError QUEUE_UNREACHABLE or QUEUE_UNSUITABLE */
  ping(): Promise<void>;
  /** Makes again what an emptied backend lacks. True when there was something to make. */
  restore(error: unknown): Promise<boolean>;
  /** Forgets every job: PostgreSQL knows what is unfinished. */
  clear(): Promise<void>;
  /** After senders and workers are closed. */
  close(): Promise<void>;
}

export interface BackendOptions {
  /** `postgres://...` of a role that may use the schema `queue`, or `redis://...` (`rediss://...`). */
  url: string;
  /** Shown in pg_stat_activity and in Redis's client list. */
  applicationName: string;
}

/**
 * A killed process holds its jobs for one lock and one check, 9 s at the most: a restart must be back at work within 15 s.
 * CPU-heavy work is never on the event loop, so the lock is renewed in time. A job that keeps killing its process is parked by
 * its lease long before the last stall.
 */
export const LOCK = { lockDuration: 6_000, stalledInterval: 3_000, maxStalledCount: 10 };

/** `host:port` of an address: what an error may say about it. Never its password. */
export function describeAddress(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an address that is not a URL';
}
