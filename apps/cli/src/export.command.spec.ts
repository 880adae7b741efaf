import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { json, text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parseOutcomeMatrix } from '@signalbox/datasets';
import { buildASTSchema, graphql, parse } from 'graphql';
import { z } from 'zod';
import { exportCommand } from './export.command.js';

const PROMPTS = 450;
const nodeOf = (n: number) => ({
  ...{ id: String(n).padStart(4, '0'), query: `What is ${n} + 2?`, task: null, group: `g${n}` },
  ...{ part: n % 5 === 0 ? 'TEST' : n % 50 === 1 ? 'EMBARGO' : 'TRAIN', startedAt: '2026-01-02T03:04:05.678Z' },
  inRandomSlice: n % 2 === 0,
  outcomes: [
    outcome('small', 'LOGGED', n % 3 === 0 ? 1 : 0),
    ...(n % 2 === 0 ? [outcome('small', 'REPLAYED', 0.5), outcome('large', 'REPLAYED', 0.75)] : []),
  ],
  vector: Buffer.from(Float32Array.of(n, 0.5).buffer).toString('base64'),
});
const outcome = (candidate: string, source: string, performance: number) => ({
  ...{ candidate, source, performance, labeler: 'exact@1', costUsd: 0.001, responseTimeSeconds: null },
  propensity: source === 'LOGGED' ? 0.5 : null,
});
const NODES = Array.from({ length: PROMPTS }, (_, n) => nodeOf(n));
const DATASET = {
  ...{ id: 'd1', status: 'SUCCEEDED', hash: 'abc', embedding: 'another/space@1/2/unit', split: { method: 'TIME' } },
  candidates: ['small', 'large', 'retired'],
  router: {
    name: 'support-bot',
    candidates: [
      { name: 'small', inputPrice: 0.1, outputPrice: 0.4 },
      { name: 'large', inputPrice: 2, outputPrice: 8 },
    ],
  },
  rows: ({ first, after }: { first: number; after: string | null }) => {
    pages.push(first);
    if (away) throw new Error('gone');
    const from = after === null ? 0 : Number(after) + 1;
    const page = NODES.slice(from, from + first);
    const pageInfo = { hasNextPage: from + first < PROMPTS, endCursor: String(from + page.length - 1) };
    return { edges: page.map((node) => ({ node })), pageInfo };
  },
};
const datasets: Record<string, object> = { d1: DATASET, d2: { ...DATASET, id: 'd2', status: 'RUNNING', hash: null } };
let pages: number[] = [];
let away = false;

let server: Server;
let url: string;
let folder: string;
/** Answers by the schema that the gateway publishes, so that a query which it would refuse is refused here. */
beforeAll(async () => {
  const sdl = await readFile(new URL('../../../supergraph.graphql', import.meta.url), 'utf8');
  const schema = buildASTSchema(parse(sdl), { assumeValid: true, assumeValidSDL: true });
  const rootValue = {
    dataset: ({ id }: { id: string }) => datasets[id] ?? null,
    // A page holds one, so that the newest that is frozen is on the second.
    datasets: ({ router, after }: { router: string | null; after: string | null }) => {
      const all = router === 'other' ? [] : Object.values(datasets).reverse();
      const at = Number(after ?? 0);
      const edges = all.slice(at, at + 1).map((node) => ({ node }));
      return { edges, pageInfo: { endCursor: String(at + 1), hasNextPage: at + 1 < all.length } };
    },
  };
  const request = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()) });
  server = createServer((message, response) => {
    void json(message)
      .then((body) => request.parse(body))
      .then(({ query, variables }) => graphql({ schema, source: query, variableValues: variables, rootValue }))
      .then((answer) => response.setHeader('content-type', 'application/json').end(JSON.stringify(answer)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/graphql`;
  folder = await mkdtemp(join(tmpdir(), 'export-'));
});
beforeEach(() => {
  pages = [];
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

async function run(...options: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  await exportCommand({ initCwd: folder, url, stdout, stderr }).parseAsync(options, { from: 'user' });
  stdout.end();
  stderr.end();
  return { printed: await text(stdout), notes: await text(stderr) };
}
const inFolder = async (name: string) => (await readdir(join(folder, name))).sort();
const about = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(join(folder, name, 'dataset.json'), 'utf8'));

describe('signalbox export', () => {
  it('writes the newest frozen dataset as outcome matrices that evaluate takes, the replayed outcome before the logged', async () => {
    const { printed } = await run('--format', 'jsonl', '--out', 'matrix');
    expect(pages).toEqual([200, 200, 200]);
    expect(await inFolder('matrix')).toEqual(['dataset.json', 'embargo.jsonl', 'test.jsonl', 'train.jsonl']);
    expect(printed).toContain('Dataset d1 is in');
    expect(printed).toContain('test.jsonl: 90 rows');
    const test = parseOutcomeMatrix(await readFile(join(folder, 'matrix', 'test.jsonl'), 'utf8'));
    expect(test.ok && test.value[0]).toEqual({
      ...{ query: 'What is 0 + 2?', group: 'g0' },
      outcomes: { small: { performance: 0.5, costUsd: 0.001 }, large: { performance: 0.75, costUsd: 0.001 } },
    });
    expect(await about('matrix')).toMatchObject({ dataset: { id: 'd1', hash: 'abc', router: 'support-bot' } });
  });

  it('writes a row for each outcome with --rows seed', async () => {
    await run('--format', 'jsonl', '--rows', 'seed', '--out', 'seed');
    expect(await inFolder('seed')).toEqual([
      ...['dataset.json', 'routing_embargo_data.jsonl', 'routing_test_data.jsonl', 'routing_train_data.jsonl'],
    ]);
  });

  it('writes a training folder of LLMRouter, and says what LLMRouter would take wrong and what is left out', async () => {
    const { printed, notes } = await run('--format', 'llmrouter', '--out', 'router', '--dataset', 'd1');
    expect(await inFolder('router')).toEqual([
      ...['configs', 'dataset.json', 'llm_data.json', 'query_data_test.jsonl', 'query_data_train.jsonl'],
      ...['query_embeddings.pt', 'routing_data_test.jsonl', 'routing_data_train.jsonl'],
    ]);
    expect(printed).toContain('query_embeddings.pt: 441 rows');
    expect(notes).toContain('Left out: 9 prompts between train and test');
    expect(notes).toContain('of one model alone. LLMRouter takes that model for the best');
    expect(notes).toContain('llm_embeddings.json is not there');
    expect(JSON.parse(await readFile(join(folder, 'router', 'llm_data.json'), 'utf8'))).toMatchObject({
      ...{ small: { input_price: 0.1 }, large: { output_price: 8 }, retired: { input_price: null } },
    });
    expect(await about('router')).toMatchObject({ leftOut: { otherParts: 9 } });
  });

  it('writes Parquet with its vectors', async () => {
    const { printed } = await run('--format', 'parquet', '--out', 'deep/er/parquet');
    expect(await inFolder('deep/er/parquet')).toEqual(['dataset.json', 'outcomes.parquet', 'vectors.npz']);
    expect(printed).toContain('outcomes.parquet: 900 rows');
  });

  it('overwrites nothing, and leaves nothing behind when it fails', async () => {
    await mkdir(join(folder, 'taken'));
    await mkdir(join(folder, 'empty'));
    await writeFile(join(folder, 'taken', 'notes.txt'), 'mine');
    await writeFile(join(folder, 'file'), 'mine');
    for (const out of ['taken', 'file'])
      await expect(run('--format', 'jsonl', '--out', out)).rejects.toMatchObject({ code: 'CONFLICT' });
    await run('--format', 'jsonl', '--out', 'empty');
    away = true;
    await expect(run('--format', 'jsonl', '--out', 'failed')).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    away = false;
    expect((await readdir(folder)).filter((name) => /failed|unfinished/.test(name))).toEqual([]);
    expect(await readFile(join(folder, 'taken', 'notes.txt'), 'utf8')).toBe('mine');
  });

  it.each([
    ['NOT_FOUND', ['--dataset', 'd3']],
    ['NOT_FOUND', ['--router', 'other']],
    ['CONFLICT', ['--dataset', 'd2']],
    ['INVALID_INPUT', ['--only-compared']],
    ['INVALID_INPUT', ['--dataset', 'd1', '--router', 'support-bot']],
  ])('is refused with %s: %j', async (code, options) => {
    await expect(run('--format', 'jsonl', '--out', 'refused', ...options)).rejects.toMatchObject({ code });
  });
});
