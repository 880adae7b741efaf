import { createPostgresBackend, UnrecoverableError, withBackend, type JobsOptions } from 'bullmq';
import type { JobDefinition } from './jobs.js';

export const QUEUE_SCHEMA = 'queue';

const onPostgres = withBackend(createPostgresBackend);

/**
 * A killed process holds its jobs for one lock and one check, 9 s at the most: a restart must be back at work within 15 s.
 * CPU-heavy work is never on the event loop, so the lock is renewed in time.
 */
const LOCK = { lockDuration: 6_000, stalledInterval: 3_000, maxStalledCount: 5 };

export interface QueueOptions {
  /** `postgres://...` of a role that may use the schema `queue`. */
  url: string;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  log: { error(message: string): void };
}

type Handler<T> = (payload: T, signal: AbortSignal) => Promise<void>;

export interface Route {
  name: string;
  payload: JobDefinition<unknown>['payload'];
  run: (payload: unknown, signal: AbortSignal) => Promise<void>;
  /** Told once when the last attempt failed. */
  giveUp?: (payload: unknown, error: Error) => Promise<void>;
}

/** What is used of BullMQ's Queue and Worker, whose own types carry their backend. */
interface Sender {
  add(name: string, data: unknown, options: JobsOptions): Promise<unknown>;
  close(): Promise<void>;
}
interface Closable {
  close(): Promise<void>;
}

/**
 * Pairs a kind of job with what does it; the payload is parsed at this edge.
 * @param giveUp is told once, when the last attempt has failed.
 */
export function route<T>(
  definition: JobDefinition<T>,
  handler: Handler<T>,
  giveUp?: (payload: T, error: Error) => Promise<void>,
): Route {
  return {
    name: definition.name,
    payload: definition.payload,
    run: (payload, signal) => handler(definition.payload.parse(payload), signal),
    giveUp: giveUp && ((payload, error) => giveUp(definition.payload.parse(payload), error)),
  };
}

/** The queues that one service writes to and the one that it works on. Delivery is at least once: effects need keys. */
export class JobQueue {
  private readonly queues = new Map<string, Sender>();
  private readonly workers: Closable[] = [];
  private readonly stopping = new AbortController();

  constructor(private readonly options: QueueOptions) {}

  /** Adds a job unless one of the same key waits or runs. */
  async add<T>(queue: string, definition: JobDefinition<T>, payload: T): Promise<void> {
    await this.queueOf(queue).add(definition.name, definition.payload.parse(payload), {
      deduplication: { id: definition.keyOf(payload) },
      attempts: 4,
      backoff: { type: 'exponential', delay: 500 },
      removeOnComplete: true,
      removeOnFail: { count: 1_000 }, // enough to read the causes of a bad day
    });
  }

  /** Starts a worker that takes jobs of `queue` to the routes, at most `concurrency` at once. */
  work(queue: string, routes: Route[], concurrency: number): void {
    const byName = new Map(routes.map((entry) => [entry.name, entry]));
    const { signal } = this.stopping;
    const worker = new onPostgres.Worker<unknown, void>(
      queue,
      async (job) => {
        const found = byName.get(job.name);
        if (!found) throw new UnrecoverableError(`no handler for job ${job.name} on ${queue}`);
        const parsed = found.payload.safeParse(job.data);
        if (!parsed.success) throw new UnrecoverableError(`payload of ${job.name}: ${parsed.error.message}`);
        try {
          await found.run(parsed.data, signal);
        } catch (error) {
          const last = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
          // What a stop broke off has not failed: its owner puts it on the queue again.
          if (last && found.giveUp && !signal.aborted)
            await found.giveUp(parsed.data, error instanceof Error ? error : new Error(String(error)));
          throw error;
        }
      },
      { connection: this.connection(), concurrency, ...LOCK },
    );
    worker.on('error', (error) => this.tell(queue, error));
    worker.on('failed', (job, error) => this.options.log.error(`job ${job?.name} ${job?.id} failed: ${error.message}`));
    this.workers.push(worker);
  }

  /** Aborts the signal of running jobs at once, lets them end, then closes. */
  async close(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.workers.map((worker) => worker.close()));
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
  }

  /** A connection that ends while everything closes is no news. */
  private tell(queue: string, error: Error): void {
    if (!this.stopping.signal.aborted) this.options.log.error(`queue ${queue}: ${error.message}`);
  }

  private queueOf(name: string): Sender {
    const known = this.queues.get(name);
    if (known) return known;
    const queue = new onPostgres.Queue<unknown>(name, { connection: this.connection() });
    queue.on('error', (error) => this.tell(name, error));
    this.queues.set(name, queue);
    return queue;
  }

  private connection() {
    return {
      connectionString: this.options.url,
      schema: QUEUE_SCHEMA,
      migrate: false,
      application_name: this.options.applicationName,
      max: 2, // BullMQ's own default of 10 a queue would take over 50 connections for the whole suite
    };
  }
}
