import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { freshDatabase, hasRedis, ownRedis, tcpProxy, type TcpProxy } from '@signalbox/testkit';
import { UnrecoverableError } from 'bullmq';
import pg from 'pg';
import { z } from 'zod';
import { ATTEMPTS, JobQueue, route, type Around, type JobRun } from './job-queue.js';
import type { JobDefinition } from './jobs.js';

jest.setTimeout(300_000); // ten thousand jobs, on a machine that is busy with other specs

interface Backend {
  url: string;
  /** Everything that the queue kept is gone, as after FLUSHALL or a dropped schema. */
  wipe(): Promise<void>;
  stop(): Promise<void>;
}

async function onPostgres(): Promise<Backend> {
  const database = await freshDatabase([]);
  const wipe = async () => {
    const admin = new pg.Client(database.adminUrl);
    await admin.connect();
    await admin.query('drop schema queue cascade');
    await admin.end();
  };
  return { url: database.urls.queue, wipe, stop: () => database.drop() };
}

async function onRedis(): Promise<Backend> {
  const redis = await ownRedis();
  const wipe = async () => {
    await redis.command('FLUSHALL');
  };
  return { url: redis.url, wipe, stop: () => redis.stop() };
}

const item: JobDefinition<{ n: number }> = {
  name: 'item',
  payload: z.object({ n: z.number() }),
  keyOf: ({ n }) => `item.${n}`,
};
const QUEUE = 'spec.items';

/** Remembers what was parked. */
class Parked implements Around {
  readonly parked: { job: JobRun; cause: Error }[] = [];
  run: Around['run'] = (_job, signal, work) => work({ signal, fence: () => Promise.resolve() });
  park: Around['park'] = async (job, cause, giveUp) => {
    this.parked.push({ job, cause });
    await giveUp();
  };
}

/** What a test waits for: resolves when `count` things were told. */
class Told<T> {
  readonly things: T[] = [];
  private waiting: { count: number; done: () => void }[] = [];

  tell(thing: T): void {
    this.things.push(thing);
    this.waiting = this.waiting.filter(({ count, done }) => {
      if (this.things.length < count) return true;
      done();
      return false;
    });
  }

  until(count: number): Promise<void> {
    if (this.things.length >= count) return Promise.resolve();
    return new Promise((done) => this.waiting.push({ count, done }));
  }
}

/** The promises of a queue, whatever keeps its jobs. */
describe.each([
  { name: 'PostgreSQL', open: onPostgres, here: true },
  { name: 'Redis', open: onRedis, here: hasRedis },
])('a queue on $name', ({ open, here }) => {
  const test = here ? it : it.skip;
  let backend: Backend;
  let proxy: TcpProxy;
  let queue: JobQueue;
  let around: Parked;

  const openQueue = (given: Around = around) =>
    new JobQueue({
      url: proxy.url,
      applicationName: 'signalbox spec',
      log: { error: () => undefined, warn: () => undefined },
      around: given,
    });

  beforeAll(async () => {
    if (!here) return;
    backend = await open();
    proxy = await tcpProxy(backend.url);
  });
  afterAll(async () => {
    if (!here) return;
    await proxy.close();
    await backend.stop();
  });
  beforeEach(async () => {
    if (!here) return;
    around = new Parked();
    queue = openQueue();
    await queue.clear();
  });
  afterEach(() => (here ? queue.close() : undefined));

  test('runs two jobs of one key as one while the first waits or runs, and again afterwards', async () => {
    const begun = new Told<number>();
    let release: () => void = () => undefined;
    let held = new Promise<void>((resolve) => (release = resolve));
    const hear = route(item, async ({ n }) => {
      begun.tell(n);
      if (n === 1) await held;
    });
    await queue.add(QUEUE, item, { n: 1 });
    await queue.add(QUEUE, item, { n: 1 });
    queue.work(QUEUE, [hear], 4);
    await begun.until(1);
    await queue.add(QUEUE, item, { n: 1 });
    await queue.add(QUEUE, item, { n: 2 });
    await begun.until(2);
    expect(begun.things).toEqual([1, 2]);
    release();
    held = Promise.resolve();
    const again = setInterval(() => void queue.add(QUEUE, item, { n: 1 }), 50);
    await begun.until(3);
    clearInterval(again);
    expect(begun.things[2]).toBe(1);
  });

  test('parks a poison job among 10,000 with its cause, after its attempts, and does all others once', async () => {
    const done = new Map<number, number>();
    const ended = new Told<number>();
    let tries = 0;
    const poison = 5_000;
    const work = route(
      item,
      async ({ n }) => {
        if (n === poison) {
          tries += 1;
          throw new Error('the cause');
        }
        done.set(n, (done.get(n) ?? 0) + 1);
        ended.tell(n);
      },
      async ({ n }) => ended.tell(n),
    );
    queue.work(QUEUE, [work], 32);
    for (let start = 0; start < 10_000; start += 100)
      await Promise.all(Array.from({ length: 100 }, (_, k) => queue.add(QUEUE, item, { n: start + k })));
    await ended.until(10_000);
    expect(done.size).toBe(9_999);
    expect([...done.values()].every((times) => times === 1)).toBe(true);
    expect(tries).toBe(ATTEMPTS);
    expect(around.parked).toHaveLength(1);
    expect(around.parked[0]).toMatchObject({
      job: { name: 'item', key: `item.${poison}`, payload: { n: poison } },
      cause: { message: 'the cause' },
    });
  });

  test('parks a job that nobody handles, and one whose payload is none, without another try', async () => {
    const heard = new Told<number>();
    const parked = new Told<JobRun>();
    const telling = new Parked();
    telling.park = async (job) => parked.tell(job);
    const worker = openQueue(telling);
    worker.work(QUEUE, [route(item, async ({ n }) => heard.tell(n))], 1);
    await queue.add(QUEUE, { ...item, name: 'stranger' }, { n: 1 });
    const loose: JobDefinition<unknown> = { name: 'item', payload: z.unknown(), keyOf: () => 'loose' };
    await queue.add(QUEUE, loose, { n: 'text' });
    await queue.add(QUEUE, item, { n: 3 });
    await parked.until(2);
    await heard.until(1);
    expect(parked.things.map(({ name }) => name).sort()).toEqual(['item', 'stranger']);
    expect(heard.things).toEqual([3]);
    await worker.close();
  });

  test('parses a payload once where a job is added and once where it is worked, even when it fails', async () => {
    let parses = 0;
    const counted: JobDefinition<{ n: number }> = { ...item, payload: item.payload.refine(() => (parses += 1) > 0) };
    const givenUp = new Told<number>();
    const fails = route(
      counted,
      async () => {
        throw new UnrecoverableError('the cause');
      },
      async ({ n }) => givenUp.tell(n),
    );
    queue.work(QUEUE, [fails], 1);
    await queue.add(QUEUE, counted, { n: 1 });
    await givenUp.until(1);
    expect(parses).toBe(2);
  });

  test('tells a running job that the process stops, and counts that as no failed attempt', async () => {
    const begun = new Told<number>();
    const process = openQueue();
    process.work(
      QUEUE,
      [
        route(item, async ({ n }, { signal }) => {
          begun.tell(n);
          await new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('stopped')));
          });
        }),
      ],
      1,
    );
    await queue.add(QUEUE, item, { n: 1 });
    await begun.until(1);
    await process.close();
    expect(around.parked).toEqual([]);
  });

  test('that was wiped under its workers takes jobs again, without a restart', async () => {
    const heard = new Told<number>();
    queue.work(QUEUE, [route(item, async ({ n }) => heard.tell(n))], 2);
    await queue.add(QUEUE, item, { n: 1 });
    await heard.until(1);
    await backend.wipe();
    // As a reconciler does, until the work is done.
    const again = setInterval(() => void queue.add(QUEUE, item, { n: 2 }), 200);
    await heard.until(2);
    clearInterval(again);
    expect(heard.things[1]).toBe(2);
  });

  test('that is away refuses a job in seconds and takes it when it is back, without a restart', async () => {
    const heard = new Told<number>();
    queue.work(QUEUE, [route(item, async ({ n }) => heard.tell(n))], 2);
    await queue.add(QUEUE, item, { n: 1 });
    await heard.until(1);
    proxy.cut();
    expect(await queue.add(QUEUE, item, { n: 2 })).toBe(false);
    await expect(queue.ping()).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' });
    proxy.mend();
    const again = setInterval(() => void queue.add(QUEUE, item, { n: 2 }), 200);
    await heard.until(2);
    clearInterval(again);
    await queue.ping();
  });

  test('names what does not answer, and never its password', async () => {
    const url = new URL(backend.url);
    url.port = '9';
    url.password = 'secret-word';
    const nowhere = new JobQueue({
      url: url.toString(),
      applicationName: 'spec',
      log: { error: () => undefined, warn: () => undefined },
    });
    const failure = await nowhere.ping().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'QUEUE_UNREACHABLE', message: expect.stringContaining('127.0.0.1:9') });
    expect(String(failure)).not.toContain('secret-word');
    await nowhere.close();
  });
});

describe('a queue on a PostgreSQL that ends each session in the breath in which it opens it', () => {
  const message = (type: string, body: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length + 4);
    return Buffer.concat([Buffer.from(type), length, body]);
  };
  /** AuthenticationOk, ReadyForQuery and FATAL 57P01, as of a server that is being stopped. */
  const breath = Buffer.concat([
    message('R', Buffer.alloc(4)),
    message('Z', Buffer.from('I')),
    message('E', Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0')),
  ]);

  it('asks it now and then, and works as soon as it lets it', async () => {
    const database = await onPostgres();
    const proxy = await tcpProxy(database.url);
    proxy.answer(breath);
    const said = new Told<string>();
    const log = { error: (line: string) => said.tell(line), warn: (line: string) => said.tell(line) };
    const queue = new JobQueue({ url: proxy.url, applicationName: 'spec', log });
    const done = new Told<number>();
    const hear = route(item, ({ n }) => {
      done.tell(n);
      return Promise.resolve();
    });
    queue.work(QUEUE, [hear], 1);
    const from = Date.now();
    await said.until(3);
    expect(proxy.connections()).toBeLessThan(10 + (5 * (Date.now() - from)) / 1_000);
    proxy.mend();
    await queue.add(QUEUE, item, { n: 1 });
    await done.until(1);
    await queue.close();
    await proxy.close();
    await database.stop();
  });
});

(hasRedis ? it : it.skip)('a queue on a Redis that drops keys when memory is short is refused', async () => {
  const redis = await ownRedis('--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru');
  const queue = new JobQueue({
    url: redis.url,
    applicationName: 'spec',
    log: { error: () => undefined, warn: () => undefined },
  });
  await expect(queue.ping()).rejects.toMatchObject({ code: 'QUEUE_UNSUITABLE' });
  await queue.close();
  await redis.stop();
});
