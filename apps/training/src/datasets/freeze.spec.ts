import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseDataset } from '@signalbox/datasets';
import { JobQueue } from '@signalbox/queue';
import { freshDatabase } from '@signalbox/testkit';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { z } from 'zod';
import { trainingDatabase } from '../index.js';
import { OTHERS, ROUTER } from '../testing/published-rows.js';
import { field, follow, openWorld, started, type World } from '../testing/training-world.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const MINUTES = 60_000;
const KILLS = 6;
const LONGEST_MS = 900;
const LOOK_MS = 2;
/** Printed, so that a failure can be had again: SIGNALBOX_SEED=... npm test -- --selectProjects training -t killed */
const seed = Number(process.env['SIGNALBOX_SEED'] ?? randomInt(2 ** 31));

const frozen = z.object({ status: z.string(), hash: z.string().nullable(), split: z.unknown() });
const BUILD = 'mutation($input: BuildDatasetInput!) { buildDataset(input: $input) { id } }';

let world: World;
beforeAll(async () => {
  world = await openWorld(await freshDatabase([...OTHERS, trainingDatabase]));
}, MINUTES);
afterAll(() => world.close(), MINUTES);

const request = async (split: string, seed = 0) =>
  (await field(world, BUILD, started, { input: { router: ROUTER, split, seed } })).id;
const ended = (id: string) => follow(world, `{ dataset(id: "${id}") { status hash split } }`, frozen);
const built = async (split: string) => ended(await request(split));

/** Stores the rows of a table in another order. */
async function permute(table: string): Promise<void> {
  await world.admin.query(`create temp table turned as select * from ${table} order by random()`);
  await world.admin.query(`truncate ${table}; insert into ${table} select * from turned; drop table turned`);
}

describe('freezing a dataset', () => {
  it('gives the same hash and split whichever order the rows are stored in', async () => {
    const before = [await built('TIME'), await built('RANDOM')];
    const tables = ['ingest.call_v1_rows', 'labeling.performance_v1_rows', 'labeling.replay_cell_v1_rows'];
    for (const table of tables) await permute(table);
    expect([await built('TIME'), await built('RANDOM')]).toEqual(before);
    expect(before.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(new Set(before.map(({ hash }) => hash)).size).toBe(2);
  });
});

describe('a frozen dataset', () => {
  it('tells its split and its leak report as types', async () => {
    const id = await request('TIME');
    await ended(id);
    const details = await field(
      world,
      `{ dataset(id: "${id}") { prompts eligibleCalls
        splitDetails { method testShare embargoSeconds cut calls { train test spanning embargo } }
        leakDetails { clean sharedGroups sharedTexts nearDuplicateTests sharedConversations groups duplicateRows spanningGroups
          rows { train test spanning embargo } } } }`,
      z.looseObject({
        ...{
          prompts: z.int(),
          eligibleCalls: z.int(),
          splitDetails: z.looseObject({ calls: z.record(z.string(), z.int()) }),
        },
        leakDetails: z.looseObject({ rows: z.record(z.string(), z.int()) }),
      }),
    );
    const sum = (parts: Record<string, number>) => Object.values(parts).reduce((total, count) => total + count, 0);
    expect(details.splitDetails).toMatchObject({ method: 'TIME', testShare: 0.2, embargoSeconds: 86_400 });
    expect(details.splitDetails['cut']).toMatch(/^2025-.*Z$/);
    expect(sum(details.splitDetails.calls)).toBe(details.eligibleCalls);
    expect(sum(details.leakDetails.rows)).toBe(details.prompts);
    expect(details.leakDetails).toMatchObject({
      ...{ clean: true, sharedGroups: 0, sharedTexts: 0, nearDuplicateTests: 0, sharedConversations: 0 },
    });
  });
});

describe(`freezing in a process that is killed with -9 ${KILLS} times at random (seed ${seed})`, () => {
  const random = xoroshiro128plus(seed);
  const worker = () =>
    spawn(process.execPath, [MAIN], {
      env: {
        ...{ TRAINING_DATABASE_URL: world.database.urls.training, QUEUE_URL: world.database.urls.queue },
        ...{ OBJECT_STORE_URL: pathToFileURL(world.objects).href, SIGNALBOX_SECRET_KEY: '0'.repeat(64) },
        ...{ TRAINING_PORT: '0', ROLE: 'worker', LOG_LEVEL: 'error' },
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  /** As `npm start` does, which knows that nobody else works: otherwise each life waits for the locks of the one before. */
  const forgetTheDead = async () => {
    const quiet = { error: () => undefined, warn: () => undefined };
    const queue = new JobQueue({ url: world.database.urls.queue, applicationName: 'spec', log: quiet });
    await queue.clear();
    await queue.close();
    await world.admin.query(`update training.lease set expires_at = '-infinity'`);
  };
  /** With another seed, so that nothing of it is stored yet; a reconciler finds it. */
  const askLike = async (like: string, withSeed: number) => {
    const { rows } = await world.admin.query<{ id: string }>(
      `insert into training.dataset (id, router, request, embedding)
       select gen_random_uuid(), router, request || jsonb_build_object('seed', $2::int), embedding
       from training.dataset where id = $1 returning id`,
      [like, withSeed],
    );
    return rows[0]?.id ?? '';
  };
  const rowOf = async (id: string) => {
    const { rows } = await world.admin.query<{ status: string; hash: string | null }>(
      'select status, hash from training.dataset where id = $1',
      [id],
    );
    return rows[0];
  };
  const statusOf = async (id: string) => (await rowOf(id))?.status;
  const setStatus = (id: string, status: string) =>
    world.admin.query('update training.dataset set status = $2 where id = $1', [id, status]);
  const folder = () => path.join(world.objects, 'datasets');
  const stored = () => (existsSync(folder()) ? readdirSync(folder()) : []);
  /** A dataset that is there is there as a whole. */
  const expectWhole = async (id: string) => {
    for (const hash of stored()) {
      const files = readdirSync(path.join(folder(), hash));
      expect(files.filter((file) => !['dataset.jsonl', 'meta.json'].includes(file))).toEqual([]);
      if (!files.includes('dataset.jsonl')) continue;
      const read = parseDataset(readFileSync(path.join(folder(), hash, 'dataset.jsonl')), hash);
      expect(read).toMatchObject({ ok: true });
    }
    const row = await rowOf(id);
    if (row?.status !== 'SUCCEEDED') return false;
    expect(readdirSync(path.join(folder(), row.hash ?? '')).sort()).toEqual(['dataset.jsonl', 'meta.json']);
    return true;
  };

  it(
    'leaves no dataset or a whole one, no text behind, and ends with the same bytes',
    async () => {
      const like = await request('RANDOM');
      await ended(like);
      await world.stop();
      const datasets: string[] = [];
      let cutOff = 0;
      for (let kill = 0; kill < KILLS; kill += 1) {
        const id = await askLike(like, kill + 1);
        datasets.push(id);
        const child = worker();
        const gone = once(child, 'exit');
        while ((await statusOf(id)) === 'QUEUED') await delay(LOOK_MS);
        await delay(uniformInt(random, 0, LONGEST_MS));
        child.kill('SIGKILL');
        await gone;
        if (!(await expectWhole(id))) {
          cutOff += 1;
          // The next process shall not begin with this one: work that kills three is parked, which is another test's promise.
          await setStatus(id, 'CANCELLED');
        }
        await forgetTheDead();
      }
      process.stderr.write(`${cutOff} of ${KILLS} datasets were cut off\n`);
      expect(cutOff).toBeGreaterThan(0);
      expect(readdirSync(tmpdir()).filter((name) => /^signalbox-[0-9a-f]{8}-/.test(name))).toEqual([]);

      for (const id of datasets) if ((await statusOf(id)) === 'CANCELLED') await setStatus(id, 'QUEUED');
      await world.start();
      for (const [k, id] of datasets.entries()) {
        const { status, hash } = await ended(id);
        const undisturbed = await ended(await request('RANDOM', k + 1));
        expect({ status, hash }).toEqual({ status: 'SUCCEEDED', hash: undisturbed.hash });
        expect(await expectWhole(id)).toBe(true);
      }
    },
    5 * MINUTES,
  );
});
