import { UnrecoverableError, type JobsOptions } from 'bullmq';
import { type BackendOptions, type DeliveredJob, type QueueBackend, type Sender, type Worker } from './backend.js';
import type { JobDefinition } from './jobs.js';
import { PostgresQueueBackend } from './postgres-backend.js';
import { RedisQueueBackend } from './redis-backend.js';

/** Tries of a job before it is given up, with half a second between the first two and twice as much each time after. */
export const ATTEMPTS = 4;

/** Anything that runs a statement: an EntityManager of TypeORM, inside of the transaction that writes. */
export interface Statements {
  query(sql: string, values?: unknown[]): Promise<unknown>;
}

/** What a job may count on while it runs. */
export interface JobContext {
  /** Aborted when the process is about to stop, and when the job no longer has the right to its work. */
  signal: AbortSignal;
  /**
   * First statement of every transaction that writes what the job did: it fails once another process has taken the work over.
   * @throws LeaseLost
   */
  fence: (transaction: Statements) => Promise<void>;
}

/** What a job was given that was handed to `around`. */
export interface JobRun {
  queue: string;
  name: string;
  /** Of the queue; changes when the queue is rebuilt. */
  id: string;
  /** Two jobs of one key are the same work. */
  key: string;
  payload: unknown;
  /** Events are facts that may come often; only work is leased. */
  leased: boolean;
}

/** Runs a job within what surrounds all jobs of a process: the lease on its work, what its log lines carry. */
export interface Around {
  run(job: JobRun, signal: AbortSignal, work: (context: JobContext) => Promise<void>): Promise<void>;
  /** The last attempt has failed. */
  park(job: JobRun, cause: Error): Promise<void>;
}

export interface QueueOptions extends BackendOptions {
  log: { error(message: string): void; warn(message: string): void };
  around?: Around;
}

type NewJob = Parameters<Sender['add']>;
type Handler<T> = (payload: T, context: JobContext) => Promise<void>;

export interface Route {
  name: string;
  /** Parses what a job carries, once for all that is done with it. */
  accept: (payload: unknown) => AcceptedJob | { refused: string };
}

interface AcceptedJob {
  key: string;
  leased: boolean;
  run: (context: JobContext) => Promise<void>;
  /** Told once when the last attempt failed. */
  giveUp: (error: Error) => Promise<void>;
  refused?: undefined;
}

/** The work that one service takes from one queue. */
export interface WorkedQueue {
  queue: string;
  routes: Route[];
  /** Jobs that run at once. */
  concurrency: number;
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
  const { name, leased = true } = definition;
  const accept: Route['accept'] = (given) => {
    const { data, error } = definition.payload.safeParse(given);
    if (error) return { refused: error.message };
    return {
      ...{ key: definition.keyOf(data), leased },
      run: (context) => handler(data, context),
      giveUp: async (cause) => giveUp?.(data, cause),
    };
  };
  return { name, accept };
}

/** @param url postgres://..., postgresql://..., redis://... or rediss://... */
export function openBackend(options: BackendOptions): QueueBackend {
  return /^rediss?:/.test(options.url) ? new RedisQueueBackend(options) : new PostgresQueueBackend(options);
}

/** Nothing surrounds the jobs: for tests, and for what neither leases nor parks. */
const NOTHING_AROUND: Around = {
  run: (_job, signal, work) => work({ signal, fence: () => Promise.resolve() }),
  park: () => Promise.resolve(),
};

/** The queues that one service writes to and the one that it works on. Delivery is at least once: effects need keys. */
export class JobQueue {
  private readonly backend: QueueBackend;
  private readonly around: Around;
  private readonly senders = new Map<string, Sender>();
  private readonly workers: Worker[] = [];
  private readonly stopping = new AbortController();
  private closing: Promise<void> | undefined;

  constructor(private readonly options: QueueOptions) {
    this.backend = openBackend(options);
    this.around = options.around ?? NOTHING_AROUND;
  }

  /** Resolves when the queue can be used. @throws SignalboxError QUEUE_UNREACHABLE or QUEUE_UNSUITABLE */
  ping(): Promise<void> {
    return this.backend.ping();
  }

  /** Forgets every job of every service. Reconcilers put back what PostgreSQL knows to be unfinished. */
  clear(): Promise<void> {
    return this.backend.clear();
  }

  /**
   * Adds a job unless one of the same key waits or runs. A queue that is away loses nothing: whatever a job is about stands in
   * PostgreSQL, and the reconciler of its owner adds it again.
   * @returns whether the queue took it
   */
  async add<T>(queue: string, definition: JobDefinition<T>, payload: T): Promise<boolean> {
    const parsed = definition.payload.parse(payload);
    const job: NewJob = [definition.name, parsed, optionsOf(definition.keyOf(parsed))];
    try {
      await this.senderOf(queue).add(...job);
      return true;
    } catch (error) {
      return this.addAgain(queue, job, error);
    }
  }

  /** Starts a worker that takes jobs of `queue` to the routes, at most `concurrency` at once. */
  work(queue: string, routes: readonly Route[], concurrency: number): void {
    const byName = new Map(routes.map((entry) => [entry.name, entry]));
    const worker = this.backend.worker(queue, (job) => this.run(queue, byName.get(job.name), job), {
      concurrency,
      onError: (error) => this.mend(queue, error),
      onFailed: (job, error) => this.options.log.error(`job ${job?.name} ${job?.id} failed: ${error.message}`),
    });
    this.workers.push(worker);
  }

  /** Aborts the signal of running jobs at once, lets them end, then closes. */
  close(): Promise<void> {
    return (this.closing ??= this.closeAll());
  }

  private async closeAll(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.workers.map((worker) => worker.close()));
    await Promise.all([...this.senders.values()].map((sender) => sender.close()));
    await this.backend.close();
  }

  private async run(queue: string, found: Route | undefined, job: DeliveredJob): Promise<void> {
    const { signal } = this.stopping;
    const { name, id = '', data: payload } = job;
    const unknown: JobRun = { queue, name, id, key: `${queue}.${id}`, payload, leased: false };
    const accepted = found?.accept(payload);
    if (!accepted || accepted.refused !== undefined) {
      const cause = new UnrecoverableError(
        accepted ? `payload of ${name}: ${accepted.refused}` : `no handler for job ${name} on ${queue}`,
      );
      await this.around.park(unknown, cause);
      throw cause;
    }
    const run = { ...unknown, key: accepted.key, leased: accepted.leased };
    try {
      await this.around.run(run, signal, accepted.run);
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      const last = error instanceof UnrecoverableError || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
      // What a stop broke off has not failed: its owner puts it on the queue again.
      if (last && !signal.aborted) {
        await this.around.park(run, cause);
        await accepted.giveUp(cause);
      }
      throw error;
    }
  }

  private async addAgain(queue: string, job: NewJob, reason: unknown): Promise<boolean> {
    this.forgetSender(queue);
    try {
      if (!(await this.backend.restore(reason))) throw reason;
      await this.senderOf(queue).add(...job);
      return true;
    } catch (error) {
      if (!this.stopping.signal.aborted)
        this.options.log.warn(`queue ${queue} did not take ${job[0]}, which will be added again: ${text(error)}`);
      return false;
    }
  }

  /** BullMQ remembers for good that a first connection failed. */
  private forgetSender(queue: string): void {
    const sender = this.senders.get(queue);
    this.senders.delete(queue);
    sender?.close().catch(() => undefined); // it is of no use in any case
  }

  /** A connection that ends while everything closes is no news. */
  private mend(queue: string, error: Error): void {
    if (this.stopping.signal.aborted) return;
    this.options.log.error(`queue ${queue}: ${error.message}`);
    this.backend.restore(error).then(
      (restored) => restored && this.options.log.warn(`queue ${queue}: its tables were gone and were made again`),
      (failure: unknown) => this.options.log.error(`queue ${queue} cannot be made again: ${text(failure)}`),
    );
  }

  private senderOf(queue: string): Sender {
    const known = this.senders.get(queue);
    if (known) return known;
    const sender = this.backend.sender(queue, (error) => this.mend(queue, error));
    this.senders.set(queue, sender);
    return sender;
  }
}

function optionsOf(key: string): JobsOptions {
  return {
    deduplication: { id: key },
    attempts: ATTEMPTS,
    backoff: { type: 'exponential', delay: 500 },
    removeOnComplete: true,
    removeOnFail: { count: 1_000 }, // the cause is in the dead letters; these are for BullMQ's own tools
  };
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error));
