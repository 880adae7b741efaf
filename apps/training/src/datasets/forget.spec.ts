import 'reflect-metadata';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dataSourceFor } from '@signalbox/database';
import { freshDatabase } from '@signalbox/testkit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { trainingDatabase } from '../index.js';
import { idOf, OTHERS, ROUTER } from '../testing/published-rows.js';
import { field, follow, openWorld, started, type World } from '../testing/training-world.js';
import { DatasetsRepository } from './datasets.repository.js';
import { ForgottenRepository } from './forgotten.repository.js';

const dataset = z.object({
  id: z.string(),
  status: z.string(),
  hash: z
    .string()
    .nullable()
    .transform((hash) => hash ?? ''),
  prompts: z.number(),
  forgottenPrompts: z.number(),
});
const run = z.object({ status: z.string(), problem: z.object({ code: z.string() }).nullable() });

let world: World;
let url: string;
beforeAll(async () => {
  const database = await freshDatabase([...OTHERS, trainingDatabase]);
  url = database.urls.training;
  world = await openWorld(database);
}, 60_000);
afterAll(() => world.close(), 60_000);

const shown = (id: string) => `{ dataset(id: "${id}") { id status hash prompts forgottenPrompts } }`;
const build = async (seed: number) => {
  const query = 'mutation($input: BuildDatasetInput!) { buildDataset(input: $input) { id } }';
  const { id } = await field(world, query, started, { input: { router: ROUTER, seed } });
  return follow(world, shown(id), dataset);
};
const train = async (datasetId: string) => {
  const query = 'mutation($input: TrainRouterInput!) { trainRouter(input: $input) { id } }';
  const { id } = await field(world, query, started, { input: { datasetId, routerType: 'ridge' } });
  return follow(world, `{ trainingRun(id: "${id}") { status problem { code } } }`, run);
};
/** Says that calls are gone; datasets may be looked through again at once. */
const forget = async (ids: readonly string[]) => {
  await world.admin.query(
    `insert into ingest.forgotten_call_v1_rows select n + (select count(*) from ingest.forgotten_call_v1_rows), id
     from unnest($1::uuid[]) with ordinality as gone(id, n)`,
    [ids],
  );
  await world.admin.query('update training.dataset set looked_at = null');
};
const removeCalls = (ids: readonly string[]) =>
  world.admin.query('delete from ingest.call_v1_rows where id = any($1::uuid[])', [ids]);
/** A look that was under way when more was forgotten has seen less, and the next one is due minutes later. */
const lookedThrough = async (but = '') => {
  const again = `update training.dataset set looked_at = null where files <> '{}' and id::text <> $1 and forgotten_to <
    (select max(ordinal) from ingest.forgotten_call_v1)`;
  while ((await world.admin.query(again, [but])).rowCount) await delay(50);
};
const folder = () => path.join(world.objects, 'datasets');
const linesOf = (hash: string) =>
  readFileSync(path.join(folder(), hash, 'dataset.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
const storedHash = async (id: string) => {
  const { rows } = await world.admin.query<{ hash: string }>(
    'select stored_hash as hash from training.dataset where id = $1',
    [id],
  );
  return rows[0]?.hash ?? '';
};
const rowOf = z.object({ id: z.string(), query: z.string() });

describe('a dataset of calls that were forgotten', () => {
  it('loses their rows and no other, keeps its hash, and can be trained on', async () => {
    const [one, same] = [await build(3), await build(3)];
    expect(same.hash).toBe(one.hash);
    const gone = [1, 5, 8, 250, 590].map(idOf);
    const before = linesOf(one.hash);
    const [goneLines, kept] = [true, false].map((isGone) =>
      before.slice(1).filter((line) => gone.includes(rowOf.parse(JSON.parse(line)).id) === isGone),
    );
    const words = (goneLines ?? []).map((line) => rowOf.parse(JSON.parse(line)).query);
    expect(words).toHaveLength(5);

    await removeCalls(gone);
    await forget(gone);
    await lookedThrough();
    for (const { id, hash, prompts } of [one, same]) {
      const now = await field(world, shown(id), dataset);
      expect(now).toEqual({ id, status: 'SUCCEEDED', hash, prompts, forgottenPrompts: 5 });
    }
    expect(readdirSync(folder())).toEqual([await storedHash(one.id)]);
    expect(linesOf(await storedHash(one.id)).slice(1)).toEqual(kept);
    const files = readdirSync(folder(), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = files.map(({ parentPath, name }) => readFileSync(path.join(parentPath, name), 'utf8'));
    expect(texts.length).toBe(2);
    expect(texts.filter((text) => words.some((query) => text.includes(query)))).toEqual([]);
    expect(await train(one.id)).toEqual({ status: 'SUCCEEDED', problem: null });
  }, 60_000);

  it('that was being frozen loses them as soon as it is, and a file that a killed process left goes', async () => {
    const gone = [idOf(12)];
    await forget(gone); // read before they went: they are in the data of the next dataset
    const fresh = await build(4);
    const left = 'a'.repeat(64);
    cpSync(path.join(folder(), await storedHash(fresh.id)), path.join(folder(), left), { recursive: true });
    await world.admin.query('update training.dataset set files = files || $2::text where id = $1', [fresh.id, left]);
    await forget([idOf(700_000)]);
    await lookedThrough();
    expect((await field(world, shown(fresh.id), dataset)).forgottenPrompts).toBe(1);
    expect(existsSync(path.join(folder(), left))).toBe(false);
    await removeCalls(gone);
  }, 60_000);

  it('whose file is damaged keeps no other waiting, is refused with ARTIFACT_CORRUPT, and loses them once it is restored', async () => {
    const [damaged, whole] = [await build(5), await build(6)];
    const file = path.join(folder(), await storedHash(damaged.id), 'dataset.jsonl');
    const bytes = readFileSync(file, 'utf8');
    writeFileSync(file, bytes.replace('small', 'smell'));
    await removeCalls([idOf(20)]);
    await forget([idOf(20)]);
    const forgotten = async (id: string) => (await field(world, shown(id), dataset)).forgottenPrompts;
    await lookedThrough(damaged.id);
    expect(await forgotten(whole.id)).toBe(1);
    expect(await forgotten(damaged.id)).toBe(0);
    expect(await train(damaged.id)).toMatchObject({ status: 'FAILED', problem: { code: 'ARTIFACT_CORRUPT' } });
    writeFileSync(file, bytes);
    await world.admin.query('update training.dataset set looked_at = null');
    await lookedThrough();
    expect(await forgotten(damaged.id)).toBe(1);
  }, 60_000);

  it('of which one wants a file that is just being removed waits until it is gone, and then has it to itself', async () => {
    const { id } = await build(7);
    await world.admin.query(`update training.dataset set status = 'RUNNING' where id = $1`, [id]);
    const dataSource = await new DataSource(dataSourceFor('training', url, [])).initialize();
    const hash = 'b'.repeat(64);
    const happened: string[] = [];
    let wanted: Promise<unknown> = Promise.resolve();
    const forgotten = new ForgottenRepository(dataSource);
    await forgotten.removeUnused([hash], async () => {
      wanted = new DatasetsRepository(dataSource).willStore(id, hash).then(() => happened.push('wanted'));
      const waiting = `select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`;
      while ((await world.admin.query(waiting)).rowCount === 0) await delay(20);
      happened.push('removed');
    });
    await wanted;
    await forgotten.removeUnused([hash], () => Promise.reject(new Error('a file that is wanted was removed')));
    expect(happened).toEqual(['removed', 'wanted']);
    await dataSource.destroy();
  }, 60_000);
});
