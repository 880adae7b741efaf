import { JobQueue, QUEUE_SCHEMA, route, workJob } from '@signalbox/queue';
import { createPostgresBackend, createRedisBackend, withBackend } from 'bullmq';
import { Redis } from 'ioredis';

export const APPLICATION = 'signalbox bench';
export const WORKERS = 32;

const item = workJob('item');

/**
 * A side adds one job by its id, takes jobs to `handle`, and closes what it opened. Both sides tell `fail` of what a measurement
 * must not contain: a job that was not taken or that failed, a connection that was lost.
 */
export function ours({ url, name, fail }) {
  const log = { error: fail, warn: fail };
  const queue = new JobQueue({ url, applicationName: APPLICATION, log });
  return {
    add: (id) => queue.add(name, item, { id }),
    work: (handle) => queue.work(name, [route(item, handle)], WORKERS),
    close: () => queue.close(),
  };
}

/** BullMQ as somebody would use it who wants the same of it: `assertAlike` holds every option to ours. */
export function bare({ url, name, fail }) {
  const settings = /^redis:/.test(url) ? onRedis(url) : onPostgres(url);
  const queue = new settings.bull.Queue(name, settings.sender);
  queue.on('error', (error) => fail(error.message));
  let worker;
  return {
    queue,
    add: (id) =>
      queue.add(
        'item',
        { id },
        {
          deduplication: { id: `item.${id}` },
          attempts: 4,
          backoff: { type: 'exponential', delay: 500 },
          removeOnComplete: true,
          removeOnFail: { count: 1_000 },
        },
      ),
    work(handle) {
      worker = new settings.bull.Worker(name, (job) => handle(job.data), {
        ...settings.worker,
        concurrency: WORKERS,
        runRetryDelay: 1_000,
        lockDuration: 6_000,
        stalledInterval: 3_000,
        maxStalledCount: 10,
      });
      worker.on('error', (error) => fail(error.message));
      worker.on('failed', (_job, error) => fail(error.message));
      return worker;
    },
    async close() {
      await worker?.close();
      await queue.close();
      settings.disconnect();
    },
  };
}

function onPostgres(url) {
  const connection = {
    connectionString: url,
    schema: QUEUE_SCHEMA,
    migrate: false,
    application_name: APPLICATION,
    connectionTimeoutMillis: 5_000,
    max: 2,
  };
  const bull = withBackend(createPostgresBackend);
  return { bull, sender: { connection }, worker: { connection }, disconnect: () => undefined };
}

function onRedis(url) {
  const shared = { connectionName: APPLICATION.replaceAll(' ', '-'), retryStrategy: () => 500, lazyConnect: true };
  const patience = { maxRetriesPerRequest: 1, connectTimeout: 5_000, commandTimeout: 5_000 };
  const sending = new Redis(url, { ...shared, ...patience });
  const working = new Redis(url, { ...shared, maxRetriesPerRequest: null });
  const prefix = 'signalbox';
  return {
    bull: withBackend(createRedisBackend),
    sender: { connection: sending, prefix },
    worker: { connection: working, prefix },
    disconnect() {
      sending.disconnect();
      working.disconnect();
    },
  };
}
