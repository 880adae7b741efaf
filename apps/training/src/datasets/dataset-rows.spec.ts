import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseDataset } from '@signalbox/datasets';
import { freshDatabase } from '@signalbox/testkit';
import { z } from 'zod';
import { trainingDatabase } from '../index.js';
import { DIM, OTHERS, ROUTER } from '../testing/published-rows.js';
import { codeOf, field, follow, openWorld, started, type World } from '../testing/training-world.js';

const row = z.object({
  id: z.string(),
  query: z.string(),
  part: z.string(),
  group: z.string(),
  outcomes: z.array(
    z.object({
      ...{ candidate: z.string(), source: z.string(), performance: z.number(), labeler: z.string() },
      ...{ costUsd: z.number().nullable(), propensity: z.number().nullable() },
    }),
  ),
  vector: z.string().nullable(),
});
const rowsPage = z.object({
  router: z.object({ name: z.string() }),
  rows: z.object({
    edges: z.array(z.object({ node: row })),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});
const frozen = z.object({ status: z.string(), hash: z.string().nullable(), prompts: z.number() });

const ROWS = `query ($id: ID!, $first: Int, $after: String) { dataset(id: $id) { router { name } rows(first: $first, after: $after) {
  edges { node { id query part group outcomes { candidate source performance labeler costUsd propensity } vector } }
  pageInfo { hasNextPage endCursor } } } }`;

let world: World;
let [id, prompts, file] = ['', 0, ''];
beforeAll(async () => {
  world = await openWorld(await freshDatabase([...OTHERS, trainingDatabase]));
  const query = 'mutation($input: BuildDatasetInput!) { buildDataset(input: $input) { id } }';
  ({ id } = await field(world, query, started, { input: { router: ROUTER } }));
  const shown = await follow(world, `{ dataset(id: "${id}") { status hash prompts } }`, frozen);
  ({ prompts } = shown);
  file = path.join(world.objects, 'datasets', shown.hash ?? '', 'dataset.jsonl');
}, 60_000);
afterAll(() => world.close(), 60_000);

async function allRows(first: number) {
  const seen: z.infer<typeof row>[] = [];
  for (let after: string | null = null, more = true; more;) {
    const { rows }: z.infer<typeof rowsPage> = await field(world, ROWS, rowsPage, { id, first, after });
    seen.push(...rows.edges.map(({ node }) => node));
    ({ endCursor: after, hasNextPage: more } = rows.pageInfo);
  }
  return seen;
}

describe('the rows of a dataset', () => {
  it('are those of its file, each once, in pages of any size, with their vectors', async () => {
    const stored = parseDataset(readFileSync(file));
    if (!stored.ok) throw new Error(stored.error.hint);
    const seen = await allRows(200);
    expect(await allRows(37)).toEqual(seen);
    expect(seen).toHaveLength(prompts);
    expect(seen.map(({ id, query, group }) => ({ id, query, group }))).toEqual(
      stored.value.rows.map(({ id, query, group }) => ({ id, query, group })),
    );
    const cells = stored.value.rows.map(({ logged, replayed }) => (logged ? 1 : 0) + Object.keys(replayed).length);
    expect(seen.map(({ outcomes }) => outcomes.length)).toEqual(cells);
    expect(new Set(seen.map(({ part }) => part))).toEqual(
      new Set(stored.value.rows.map(({ part }) => part.toUpperCase())),
    );
    for (const { vector } of seen) expect(Buffer.from(vector ?? '', 'base64')).toHaveLength(4 * DIM);
    expect((await field(world, ROWS, rowsPage, { id })).router).toEqual({ name: ROUTER });
  }, 60_000);

  it('have no vector where none is stored', async () => {
    await world.admin.query(
      'delete from embedding.vector_v1_rows where text_hash = (select min(text_hash) from embedding.vector_v1_rows)',
    );
    expect((await allRows(200)).filter(({ vector }) => vector === null).length).toBeGreaterThan(0);
  }, 60_000);

  it('are refused with ARTIFACT_CORRUPT when the file is damaged, and cursors that it did not make with INVALID_INPUT', async () => {
    expect(await codeOf(world, ROWS, { id, after: 'x' })).toBe('INVALID_INPUT');
    expect(await codeOf(world, ROWS, { id, first: 201 })).toBe('INVALID_INPUT');
    const whole = readFileSync(file);
    writeFileSync(file, whole.toString('utf8').replace('"query":"', '"query":"other '));
    expect(await codeOf(world, ROWS, { id })).toBe('ARTIFACT_CORRUPT');
    writeFileSync(file, whole);
    expect(await allRows(200)).not.toEqual([]);
  }, 60_000);
});
