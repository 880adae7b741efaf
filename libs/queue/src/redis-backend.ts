import { SignalboxError } from '@signalbox/contracts';
import { createRedisBackend, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import {
  describeAddress,
  LOCK,
  type BackendOptions,
  type DeliveredJob,
  type QueueBackend,
  type Sender,
  type Worker,
  type WorkerOptions,
} from './backend.js';

const onRedis = withBackend(createRedisBackend);

/** Keys of all queues begin with this; another program may share the server, but not a cluster. */
const PREFIX = 'signalbox';
const RECONNECT_MS = 500;
const ANSWER_TIMEOUT_MS = 5_000;

export class RedisQueueBackend implements QueueBackend {
  /** Of senders: a command fails when Redis is away, rather than keep a request waiting. */
  private readonly sending: Redis;
  /** Of workers, which wait until it is back; each makes a second one to block on. */
  private readonly working: Redis;

  constructor(private readonly options: BackendOptions) {
    const shared = { connectionName: options.applicationName.replaceAll(' ', '-'), retryStrategy: () => RECONNECT_MS };
    this.sending = new Redis(options.url, {
      ...shared,
      maxRetriesPerRequest: 1,
      connectTimeout: ANSWER_TIMEOUT_MS,
      commandTimeout: ANSWER_TIMEOUT_MS,
      lazyConnect: true,
    });
    this.working = new Redis(options.url, { ...shared, maxRetriesPerRequest: null, lazyConnect: true });
    // Senders and workers tell of their own errors; without a listener ioredis prints them.
    for (const client of [this.sending, this.working]) client.on('error', () => undefined);
  }

  sender(queue: string, onError: (error: Error) => void): Sender {
    const sender = new onRedis.Queue<unknown>(queue, { connection: this.sending, prefix: PREFIX });
    sender.on('error', onError);
    return sender;
  }

  worker(queue: string, process: (job: DeliveredJob) => Promise<void>, options: WorkerOptions): Worker {
    const { concurrency, onError, onFailed } = options;
    const worker = new onRedis.Worker<unknown, void>(queue, process, {
      ...{ connection: this.working, prefix: PREFIX, concurrency, runRetryDelay: 1_000 },
      ...LOCK,
    });
    worker.on('error', onError);
    worker.on('failed', onFailed);
    return worker;
  }

  async ping(): Promise<void> {
    let memory: string;
    try {
      memory = await this.sending.info('memory');
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SignalboxError(
        'QUEUE_UNREACHABLE',
        `Redis at ${describeAddress(this.options.url)} does not answer: ${reason}.`,
        undefined,
        { cause },
      );
    }
    const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? 'noeviction';
    if (policy !== 'noeviction') {
      throw new SignalboxError(
        'QUEUE_UNSUITABLE',
        `Redis at ${describeAddress(this.options.url)} drops keys when memory is short (maxmemory-policy ${policy}), and jobs with them.`,
      );
    }
  }

  /** BullMQ makes its keys as it goes. */
  restore(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async clear(): Promise<void> {
    let cursor = '0';
    do {
      const [next, keys] = await this.sending.scan(cursor, 'MATCH', `${PREFIX}:*`, 'COUNT', 1_000);
      if (keys.length > 0) await this.sending.unlink(keys);
      cursor = next;
    } while (cursor !== '0');
  }

  async close(): Promise<void> {
    this.sending.disconnect();
    this.working.disconnect();
  }
}
