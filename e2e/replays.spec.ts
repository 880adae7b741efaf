import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { boundedInterval } from '@signalbox/routers';
import { truthOf } from '@signalbox/sample-traffic/truth';
import { DEFAULT_LABEL_POLICY } from '@signalbox/scoring';
import { freshDatabase, type FreshDatabase } from '@signalbox/testkit';
import pg from 'pg';
import { z } from 'zod';
import { startStandalone } from '../apps/standalone/src/start-standalone.js';
import { modelsDoor, type ModelsDoor } from './models-door.js';
import { ROUTER, SAMPLE_SEED, SmallLoop, smallTraffic, type SmallTraffic } from './small-loop.js';

const CALLS = 1_000;
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
const PROMPTS = 200;
/** Of which the outcome of every candidate is bought, to compare what that tells. */
const FULL_PROMPTS = 200;
/** Of twenty intervals of 95 % one misses on average. */
const LEAST_COVERED = 18;
const PROMISED_WITHIN = 0.25;
const MINUTE = 60_000;
const LOOK_MS = 50;

const replayShape = z.object({
  id: z.string(),
  status: z.string(),
  prompts: z.number(),
  differentPrompts: z.number().nullable(),
  cellCount: z.number(),
  expectedHalfWidth: z.number().nullable(),
  halfWidth: z.number().nullable(),
  expectedCostUsd: z.number().nullable(),
  spentUsd: z.number(),
  comparisons: z.array(
    z.object({
      policy: z.string(),
      paired: z.number(),
      unscored: z.number(),
      meanDifference: z.number().nullable(),
      meanDifferenceCi95: z.tuple([z.number(), z.number()]).nullable(),
    }),
  ),
  problem: z.object({ code: z.string(), message: z.string() }).nullable(),
});
type Replayed = z.infer<typeof replayShape>;
const FOLLOW = `query($id: ID!) { replay(id: $id) { id status prompts differentPrompts cellCount expectedHalfWidth halfWidth
  expectedCostUsd spentUsd comparisons { policy paired unscored meanDifference meanDifferenceCi95 } problem { code message } } }`;
const CANDIDATES = ['atlas-large', 'atlas-small', 'swift-mini', 'poet-medium', 'coder-medium'];

describe('replays on sample traffic, compared with the hidden truth', () => {
  let traffic: SmallTraffic;
  /** Models that answer a prompt anew for each seed in the path, as they do at a temperature above 0. */
  let door: ModelsDoor;
  let database: FreshDatabase;
  let folder: string;
  let running: Awaited<ReturnType<typeof startStandalone>>;
  let loop: SmallLoop;
  let admin: pg.Client;
  let different: Replayed[];
  /** Of every call that could be drawn: what the challenger chooses, and what is true of it. */
  let population: { id: string; query: string; choice: string; differs: boolean; logged: number }[];

  const replay = async (seed: number, input: Record<string, unknown>): Promise<Replayed> => {
    const { made } = await loop.ask(
      'mutation($input: ReplayCallsInput!) { made: replayCalls(input: $input) { id } }',
      {
        input: {
          ...{ endpoint: `${door.url}/${seed}/v1`, budgetUsd: 5, router: ROUTER, candidates: CANDIDATES },
          ...{ seed, ...input },
        },
      },
      z.object({ made: z.object({ id: z.string() }) }),
    );
    for (;;) {
      const { replay } = await loop.ask(FOLLOW, { id: made.id }, z.object({ replay: replayShape }));
      if (!['QUEUED', 'RUNNING'].includes(replay.status)) return replay;
      await delay(LOOK_MS);
    }
  };

  beforeAll(async () => {
    traffic = await smallTraffic(CALLS);
    door = await modelsDoor(traffic.servers.openaiUrl, (asked, path) => {
      const [, seed, ...rest] = path.split('/');
      return { asked: { ...asked, seed: Number(seed) }, path: `/${rest.join('/')}` };
    });
    database = await freshDatabase();
    folder = await mkdtemp(join(tmpdir(), 'signalbox-replays-'));
    running = await startStandalone({
      ...{
        port: 0,
        host: '127.0.0.1',
        dataFolder: folder,
        outboundAllow: 'loopback',
        traceFiles: '',
        awsRoleAllow: '',
        embedder: { provider: 'use-lite' },
      },
      ...{ labelPolicy: DEFAULT_LABEL_POLICY, logLevel: 'error', databaseUrl: database.adminUrl },
    });
    loop = new SmallLoop(running.url, traffic);
    await loop.prepare();
    await loop.follow(await loop.trigger());
    await loop.ask(
      'mutation($router: String!) { promote(router: $router, version: 2, alias: "challenger", override: "to be compared") { id } }',
      { router: ROUTER },
      z.unknown(),
    );
    admin = new pg.Client(database.adminUrl);
    await admin.connect();
    const { id } = await replay(0, { sampleSize: 100_000, onlyWhereDifferent: true, budgetUsd: 0 });
    const { rows } = await admin.query<(typeof population)[number]>(
      `select p.call_id as id, c.query, p.choice, p.differs, l.score as logged from labeling.replay_prompt p
       join ingest.llm_call c on c.id = p.call_id join labeling.label l on l.call_id = p.call_id and l.kind = 'METRIC'
       where p.replay_id = $1 order by p.call_id`,
      [id],
    );
    population = rows;
    different = await Promise.all(SEEDS.map((seed) => replay(seed, { sampleSize: PROMPTS, onlyWhereDifferent: true })));
  }, 10 * MINUTE);
  afterAll(async () => {
    await admin.end();
    await running.close();
    await door.close();
    await traffic.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const challengerOf = ({ comparisons }: Replayed) => {
    const [challenger] = comparisons;
    if (!challenger?.meanDifferenceCi95) throw new Error('the replay compares nothing');
    return { ...challenger, interval: challenger.meanDifferenceCi95 };
  };

  it('asks only where the challenger chooses otherwise, and scores every pair', () => {
    for (const each of different) {
      expect(each).toMatchObject({ status: 'SUCCEEDED', problem: null, prompts: PROMPTS });
      const asked = each.differentPrompts ?? 0;
      expect(asked).toBeGreaterThan(20);
      expect(asked).toBeLessThan(PROMPTS);
      expect(each.cellCount).toBeLessThanOrEqual(asked + Math.ceil(0.05 * PROMPTS));
      expect(challengerOf(each)).toMatchObject({ policy: `${ROUTER}@2`, paired: asked, unscored: 0 });
    }
  });

  it('reaches a half width within a quarter of the one that was told before anything was paid, with each of 20 seeds', () => {
    const off = different.map(({ halfWidth, expectedHalfWidth }) => (halfWidth ?? 0) / (expectedHalfWidth ?? 1) - 1);
    expect(off.filter((each) => Math.abs(each) > PROMISED_WITHIN)).toEqual([]);
  });

  it('costs what was told before, within a quarter, with each of 20 seeds', () => {
    const off = different.map(({ spentUsd, expectedCostUsd }) => spentUsd / (expectedCostUsd ?? 1) - 1);
    expect(off.filter((each) => Math.abs(each) > PROMISED_WITHIN)).toEqual([]);
  });

  it('covers what is true of the generator with at least 18 of 20 seeds', () => {
    const hidden = truthOf(SAMPLE_SEED, 'default');
    const differences = population.map(({ query, choice, differs, logged }) =>
      differs ? (hidden.expected(choice, query)?.quality ?? NaN) - logged : 0,
    );
    const truth = differences.reduce((sum, each) => sum + each, 0) / differences.length;
    const missed = different.flatMap((each, i) => {
      const { interval } = challengerOf(each);
      return interval[0] <= truth && truth <= interval[1] ? [] : [{ seed: SEEDS[i], interval, truth }];
    });
    expect(missed.length > SEEDS.length - LEAST_COVERED ? missed : []).toEqual([]);
  });

  it(
    'has an interval at most half as wide as a full replay of as many calls of models',
    async () => {
      const { id } = await replay(0, { sampleSize: FULL_PROMPTS, filter: { labelled: true } });
      const { rows } = await admin.query<{ id: string; candidate: string; performance: number }>(
        `select call_id as id, candidate, performance from labeling.replay_cell
         where replay_id = $1 and kind = 'METRIC' and not asked_again`,
        [id],
      );
      const scores = new Map(rows.map(({ id: call, candidate, performance }) => [`${call} ${candidate}`, performance]));
      const pairs = population.flatMap(({ id: call, choice, differs, logged }) => {
        const score = scores.get(`${call} ${choice}`);
        return score === undefined ? [] : [differs ? score - logged : 0];
      });
      const ratios = different.map((each, i) => {
        const n = Math.floor(each.cellCount / CANDIDATES.length);
        const start = (i * n) % (pairs.length - n);
        const values = pairs.slice(start, start + n);
        const full = boundedInterval(
          values,
          values.map((_, k) => String(k)),
          [-1, 1],
        );
        const { interval } = challengerOf(each);
        return (interval[1] - interval[0]) / ((full?.[1] ?? 0) - (full?.[0] ?? 0));
      });
      expect(ratios.filter((ratio) => !(ratio <= 0.5))).toEqual([]);
    },
    5 * MINUTE,
  );
});
