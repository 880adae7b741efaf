import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ServiceEdges } from '@signalbox/platform';
import { JobQueue, type JobDefinition, type QueueOptions, type Route } from '@signalbox/queue';
import { DEFAULT_LABEL_POLICY } from '@signalbox/scoring';
import { freshDatabase, hasRedis, ownRedis, tcpProxy, type FreshDatabase } from '@signalbox/testkit';
import pg from 'pg';
import { z } from 'zod';
import { startStandalone } from '../apps/standalone/src/start-standalone.js';
import { failedCall, hex, sendSpans } from './otlp.js';
import { failingModels, type FailingModels } from './failing-models.js';
import { current, finalState, SmallLoop, smallTraffic } from './small-loop.js';

const A_LOOP = 300_000;
const WIPED_WITHIN_MS = 60_000;
const REDIS_AWAY_MS = 10_000;
const READY_WITHIN_MS = 15_000;
const LOOK_MS = 100;
const A_DAY = 86_400_000;

const problems = z.object({ problems: z.record(z.string(), z.array(z.string())) });

/** Hands every job over five times, at once and in another order: nothing may depend on how often or when a job comes. */
class FivefoldQueue extends JobQueue {
  static readonly added = new Set<string>();
  static readonly worked = new Set<string>();
  private copies = 0;

  override async add<T>(queue: string, definition: JobDefinition<T>, payload: T): Promise<boolean> {
    FivefoldQueue.added.add(definition.name);
    const copies = Array.from({ length: 5 }, () => (this.copies += 1));
    // Of another key each, so that none is taken for the same; the last one first.
    const added = await Promise.all(
      copies
        .reverse()
        .map((n) => super.add(queue, { ...definition, keyOf: (given) => `${definition.keyOf(given)} ${n}` }, payload)),
    );
    return added.every(Boolean);
  }

  override work(queue: string, routes: readonly Route[], concurrency: number): void {
    for (const { name } of routes) FivefoldQueue.worked.add(name);
    super.work(queue, routes, concurrency);
  }
}

/** A session that ends even when what is done in it fails: one left open outlives its database, and fails whatever runs then. */
async function asAdmin<T>(adminUrl: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client(adminUrl);
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

const DEADLOCK = '40P01';

/** Of two that wait for each other's locks PostgreSQL ends one. When that is this one it asks again, as a person would. */
const dropSchema = ({ adminUrl }: FreshDatabase): Promise<void> =>
  asAdmin(adminUrl, async (admin) => {
    for (;;) {
      try {
        await admin.query('drop schema queue cascade');
        return;
      } catch (error) {
        if (!(error instanceof pg.DatabaseError && error.code === DEADLOCK)) throw error;
      }
    }
  });

const RESUME = 'mutation($id: ID!) { resumeRetrain(id: $id) { id } }';
type FailWith = FailingModels['failWith'];
const judge =
  (status: () => number | null): FailWith =>
  (model) =>
    model === 'sample-judge' ? status() : null;
const candidates =
  (status: () => number | null): FailWith =>
  (model) =>
    model === 'sample-judge' ? null : status();

interface Walked {
  state: Record<string, unknown>;
  paid: number;
}

describe('the loop, on any queue and whatever happens to it', () => {
  let traffic: FailingModels;
  let reference: Walked;

  const walk = async (
    {
      queueUrl,
      edges,
    }: {
      queueUrl?: string;
      edges?: ServiceEdges;
    },
    disturb: (loop: SmallLoop, retrain: string, database: FreshDatabase) => Promise<void> = async () => undefined,
    afterwards: (loop: SmallLoop, ingestUrl: string, database: FreshDatabase) => Promise<void> = async () => undefined,
  ): Promise<Walked> => {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-queue-'));
    const database = await freshDatabase();
    const before = traffic.paid();
    const environment = {
      port: 0,
      host: '127.0.0.1',
      dataFolder: folder,
      outboundAllow: 'loopback',
      traceFiles: '',
      labelPolicy: DEFAULT_LABEL_POLICY,
      awsRoleAllow: '',
      embedder: { provider: 'use-lite' as const },
      logLevel: 'error' as const,
    };
    const running = await startStandalone(
      { ...environment, databaseUrl: database.adminUrl, ...(queueUrl !== undefined && { queueUrl }) },
      edges,
    );
    try {
      const loop = new SmallLoop(running.url, traffic);
      await loop.prepare();
      const id = await loop.trigger();
      await disturb(loop, id, database);
      expect(await loop.follow(id)).toMatchObject({ status: 'SUCCEEDED', problem: null });
      await loop.byHand();
      await afterwards(loop, running.services['ingest']?.url ?? '', database);
      return { state: await finalState(database.adminUrl), paid: traffic.paid() - before };
    } finally {
      await running.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    }
  };

  /** In the middle of a stage that costs money, then in one that does not. */
  const wipedTwice =
    (wipe: (database: FreshDatabase) => Promise<void>) =>
    async (loop: SmallLoop, id: string, database: FreshDatabase) => {
      await loop.follow(id, (state) =>
        state.stages.some(({ stage, progress }) => stage === 'replay' && progress !== null),
      );
      await wipe(database);
      await loop.follow(id, (state) => current(state) === 'embed');
      const wipedAt = Date.now();
      await wipe(database);
      await loop.follow(id);
      expect(Date.now() - wipedAt).toBeLessThan(WIPED_WITHIN_MS);
    };

  /** A call comes by OTLP, and then its source keeps no calls that are as old. */
  const receivesAndForgets = async (loop: SmallLoop, ingestUrl: string, database: FreshDatabase) => {
    const create = 'mutation($input: CreateTraceSourceInput!) { createTraceSource(input: $input) { id } }';
    await loop.ask(create, { input: { name: 'collector', kind: 'OTLP' } }, z.unknown());
    const sent = await sendSpans(ingestUrl, [failedCall(hex('old', 32), Date.now() - 10 * A_DAY)]);
    expect(sent.status).toBe(200);
    await asAdmin(database.adminUrl, async (admin) => {
      await admin.query(`update ingest.received_part set received_at = received_at - interval '1 minute'`);
      const state = async () =>
        (
          await admin.query<{ read: number; left: number }>(`select
          (select coalesce(sum(calls_stored), 0)::int from ingest.extraction where received) as read,
          (select count(*)::int from ingest.llm_call where trace_id = '${hex('old', 32)}') as left`)
        ).rows[0];
      const becomes = async (read: number, left: number) => {
        for (let now = await state(); now?.read !== read || now.left !== left; now = await state())
          await delay(LOOK_MS);
      };
      await becomes(1, 1);
      await admin.query(`update ingest.trace_source set retention_days = 1 where name = 'collector'`);
      await becomes(1, 0);
    });
  };

  /** As if another label policy had held until now. */
  const changesPolicy = ({ adminUrl }: FreshDatabase) =>
    asAdmin(adminUrl, async (admin) => {
      await admin.query(`insert into labeling.label_policy (policy) values ('{}')`);
      const held = `select from labeling.label_policy where policy = '{}'`;
      while ((await admin.query(held)).rowCount) await delay(LOOK_MS);
    });

  beforeAll(async () => {
    traffic = await failingModels(await smallTraffic());
    reference = await walk({});
  }, A_LOOP);
  afterAll(() => traffic.close());

  it('ends with one version, deployed or refused, and every cell answered', () => {
    expect(reference.state).toMatchObject({ retrains: ['SUCCEEDED'], leases: 0, cells: { n: 406, open: 0 } });
    expect(reference.state['versions']).toHaveLength(2);
  });

  it(
    'ends in the same state, and nothing is paid twice, when judge and candidates fail in the middle and it is resumed',
    async () => {
      let verdicts = 0;
      const failures = [
        { stage: 'label', code: 'JUDGE_UNREACHABLE', failWith: judge(() => ((verdicts += 1) > 20 ? 401 : null)) },
        { stage: 'label', code: 'JUDGE_UNREACHABLE', failWith: judge(() => 500) },
        { stage: 'replay', code: 'CANDIDATE_FAILED', failWith: candidates(() => 401) },
        { stage: 'replay', code: 'REPLAY_UNREACHABLE', failWith: candidates(() => 500) },
        { stage: 'replay', code: 'JUDGE_UNREACHABLE', failWith: judge(() => 401) },
      ];
      traffic.failWith = failures[0]?.failWith ?? traffic.failWith;
      const failThenMend = async (loop: SmallLoop, id: string) => {
        for (const [n, { stage, code }] of failures.entries()) {
          const failed = await loop.follow(id);
          expect(failed).toMatchObject({ status: 'FAILED', attempt: n + 1, problem: { code } });
          expect(failed.stages.find(({ status }) => status === 'FAILED')).toMatchObject({ stage, problem: { code } });
          traffic.failWith = failures[n + 1]?.failWith ?? (() => null);
          await loop.ask(RESUME, { id }, z.unknown());
        }
        expect(await loop.follow(id)).toMatchObject({ status: 'SUCCEEDED', attempt: failures.length + 1 });
      };
      expect(await walk({}, failThenMend)).toEqual(reference);
    },
    A_LOOP,
  );

  it(
    'ends in the same state when every job is delivered five times, concurrently and out of order',
    async () => {
      const openQueue = (options: QueueOptions) => new FivefoldQueue(options);
      const fivefold = await walk({ edges: { openQueue } }, undefined, async (loop, ingestUrl, database) => {
        await receivesAndForgets(loop, ingestUrl, database);
        await changesPolicy(database);
      });
      expect(fivefold).toEqual(reference);
      // Every kind of job that any service works on was among them.
      expect(FivefoldQueue.added).toEqual(FivefoldQueue.worked);
    },
    A_LOOP,
  );

  it(
    'is done within a minute of the queue schema being dropped in the middle of a retrain, and nothing is paid twice',
    async () => {
      expect(await walk({}, wipedTwice(dropSchema))).toEqual(reference);
    },
    A_LOOP,
  );

  (hasRedis ? it : it.skip)(
    'ends in the same state on Redis, also when that is emptied in the middle, and nothing is paid twice',
    async () => {
      const redis = await ownRedis();
      const flush = async () => {
        await redis.command('FLUSHALL');
      };
      try {
        expect(await walk({ queueUrl: redis.url })).toEqual(reference);
        expect(await walk({ queueUrl: redis.url }, wipedTwice(flush))).toEqual(reference);
      } finally {
        await redis.stop();
      }
    },
    2 * A_LOOP,
  );

  (hasRedis ? it : it.skip)(
    'ends in the same state when Redis is away in the middle and comes back empty: it is said so, and what is asked for meanwhile is done',
    async () => {
      const redis = await ownRedis();
      const proxy = await tcpProxy(redis.url);
      const readiness = async (loop: SmallLoop) => {
        const answer = await fetch(new URL('/readyz', loop.url));
        return { status: answer.status, problems: problems.parse(await answer.json()).problems };
      };
      const is = async (loop: SmallLoop, status: number) => {
        while ((await readiness(loop)).status !== status) await delay(LOOK_MS);
      };
      const away = async (loop: SmallLoop, id: string) => {
        await loop.follow(id, ({ stages }) => stages.some(({ stage, progress }) => stage === 'replay' && progress));
        proxy.cut();
        await is(loop, 503);
        const extraction = await loop.extract('while Redis is away');
        const cutUntil = Date.now() + REDIS_AWAY_MS;
        while (Date.now() < cutUntil) {
          const { status, problems } = await readiness(loop);
          expect([status, ...new Set(Object.values(problems).flat())]).toEqual([503, 'QUEUE_UNREACHABLE']);
          await delay(LOOK_MS);
        }
        await redis.command('FLUSHALL');
        proxy.mend();
        const mendedAt = Date.now();
        await is(loop, 200);
        expect(Date.now() - mendedAt).toBeLessThan(READY_WITHIN_MS);
        await loop.until('extraction', extraction);
      };
      try {
        expect(await walk({ queueUrl: proxy.url }, away)).toEqual(reference);
      } finally {
        await proxy.close();
        await redis.stop();
      }
    },
    A_LOOP,
  );
});
