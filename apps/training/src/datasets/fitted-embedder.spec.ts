import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readDataset } from '@signalbox/datasets';
import { readTfidfSvd } from '@signalbox/embedders';
import { freshDatabase } from '@signalbox/testkit';
import { z } from 'zod';
import { trainingDatabase } from '../index.js';
import { OTHERS, ROUTER } from '../testing/published-rows.js';
import { codeOf, field, follow, openWorld, problem, started, type World } from '../testing/training-world.js';
import { fitEmbedder } from './fit-embedder.js';

const MINUTES = 120_000;
const BUILD = 'mutation($input: BuildDatasetInput!) { buildDataset(input: $input) { id } }';
const dataset = z.object({
  ...{ id: z.string(), status: z.string(), problem, embedding: z.string() },
  hash: z.string().nullable(),
});
const run = z.object({ status: z.string(), problem, metrics: z.record(z.string(), z.unknown()) });
const rows = z.object({
  rows: z.object({ edges: z.array(z.object({ node: z.object({ query: z.string(), vector: z.string() }) })) }),
});

const TEXTS = Array.from(
  { length: 80 },
  (_, n) => `question ${n} about the ${['harbour', 'railway'][n % 2]} of ${n % 7}`,
);
const callsOf = (texts: readonly string[]) => ({
  *each() {
    for (const [n, query] of texts.entries()) {
      yield {
        ...{ id: String(n).padStart(4, '0'), startedAtMs: n, query, sessionId: null, candidate: 'a', chosen: null },
        ...{ propensity: null, probabilities: null, costUsd: null, responseTimeSeconds: null, performance: 1 },
        ...{ labeler: 'exact@1', kind: 'METRIC', replayed: [], checked: null },
      };
    }
  },
});

describe('an embedder that is fitted on a dataset', () => {
  const parts = TEXTS.map((_, n) => (n < 60 ? 'train' : n < 65 ? 'embargo' : n < 70 ? 'spanning' : 'test'));

  it('is made of the training part alone', () => {
    const model = fitEmbedder(callsOf(TEXTS), parts, 1);
    const others = TEXTS.map((text, n) => (n < 60 ? text : `another text ${n}`));
    expect(fitEmbedder(callsOf(others), parts, 1)).toEqual(model);
    expect(fitEmbedder(callsOf(TEXTS), parts, 2)).not.toEqual(model);
    expect(fitEmbedder(callsOf(['another text', ...TEXTS.slice(1)]), parts, 1)).not.toEqual(model);
    expect(fitEmbedder(callsOf(TEXTS), [null, ...parts.slice(1)], 1)).not.toEqual(model);
    expect(readTfidfSvd(model).dim).toBe(60);
  });

  it('is refused where all prompts are one', () => {
    const texts = ['the same', 'the same'];
    expect(() => fitEmbedder(callsOf(texts), ['train', 'train'], 1)).toThrow(
      expect.objectContaining({ code: 'TOO_FEW_PROMPTS' }),
    );
  });

  it('is made of a part of more text than a fit takes, the same whichever prompts come first', () => {
    const many = Array.from(
      { length: 900 },
      (_, n) => `${n} w${(n * 7_919).toString(36)} and some words that all of them hold`,
    );
    const [one, other] = [many, [...many].reverse()].map((texts) => {
      const trained = texts.map(() => 'train' as const);
      return fitEmbedder(callsOf(texts), trained, 1, 5_000);
    });
    expect(one).toEqual(other);
    const { dim } = readTfidfSvd(one ?? new Uint8Array());
    expect(dim).toBeGreaterThan(80);
    expect(dim).toBeLessThan(120);
  });
});

describe('a dataset with an embedder of its own', () => {
  let world: World;
  let fitted: z.infer<typeof dataset>;
  beforeAll(async () => {
    world = await openWorld(await freshDatabase([...OTHERS, trainingDatabase]));
  }, MINUTES);
  afterAll(() => world.close(), MINUTES);

  const build = async (of: World, input: Record<string, unknown> = {}) => {
    const { id } = await field(of, BUILD, started, { input: { router: ROUTER, embedding: 'tfidf-svd', ...input } });
    const query = `{ dataset(id: "${id}") { id status hash embedding problem { code message } } }`;
    return follow(of, query, dataset);
  };
  const train = async (datasetId: string) => {
    const query = 'mutation($input: TrainRouterInput!) { trainRouter(input: $input) { id } }';
    const { id } = await field(world, query, started, { input: { datasetId, routerType: 'ridge' } });
    return follow(world, `{ trainingRun(id: "${id}") { status metrics problem { code message } } }`, run);
  };
  const fileOf = (embedding: string) => {
    const revision = /@([0-9a-f]{16})\//.exec(embedding)?.[1] ?? '';
    return path.join(world.objects, 'embedders', revision, 'embedder.safetensors');
  };

  it(
    'has the same hash and the same embedder when it is built again in another database',
    async () => {
      const other = await openWorld(await freshDatabase([...OTHERS, trainingDatabase]));
      try {
        const [here, there] = [await build(world), await build(other)];
        fitted = here;
        expect(here).toMatchObject({ status: 'SUCCEEDED', problem: null });
        expect(here.embedding).toMatch(/^tfidf-svd\/hashed-tfidf-svd@[0-9a-f]{16}\/256\/unit$/);
        expect({ ...there, id: here.id }).toEqual(here);
        const stored = await build(world, { embedding: 'use-lite' });
        expect(stored.embedding).toMatch(/^use-lite/);
        expect(stored.hash).not.toBe(here.hash);
      } finally {
        await other.close();
      }
    },
    MINUTES,
  );

  it(
    'is asked for once with one key, and not with another embedding',
    async () => {
      const filter = { from: '2100-01-01T00:00:00Z' }; // nothing, so that it ends at once
      const input = { router: ROUTER, embedding: 'tfidf-svd', idempotencyKey: 'fitted', filter };
      expect(await codeOf(world, BUILD, { input })).toBeUndefined();
      expect(await codeOf(world, BUILD, { input })).toBeUndefined();
      expect(await codeOf(world, BUILD, { input: { ...input, embedding: 'use-lite' } })).toBe('IDEMPOTENCY_CONFLICT');
      expect(await codeOf(world, BUILD, { input: { router: ROUTER, embedding: 'word2vec' } })).toBe('INVALID_INPUT');
    },
    MINUTES,
  );

  it(
    'shows the vectors that its embedder makes, and is trained on them, though nothing else has vectors',
    async () => {
      const { id, hash, embedding } = await build(world, { seed: 5 });
      expect(embedding).not.toBe(fitted.embedding);
      expect(hash).not.toBe(fitted.hash);
      await world.admin.query('delete from embedding.vector_v1_rows');
      const { embed, dim } = readTfidfSvd(readFileSync(fileOf(embedding)));
      const shown = `{ dataset(id: "${id}") { rows(first: 20) { edges { node { query vector } } } } }`;
      const { edges } = (await field(world, shown, rows)).rows;
      expect(edges).toHaveLength(20);
      for (const { query, vector } of edges.map(({ node }) => node)) {
        const bytes = Buffer.from(vector, 'base64');
        expect(Float32Array.from({ length: dim }, (_, k) => bytes.readFloatLE(4 * k))).toEqual(embed(query));
      }
      const file = readFileSync(path.join(world.objects, 'datasets', hash ?? '', 'dataset.jsonl'));
      expect(readDataset(file, hash ?? '', () => undefined)).toMatchObject({ ok: true, value: { embedding } });
      expect(await train(id)).toMatchObject({ status: 'SUCCEEDED', problem: null, metrics: { rowsWithoutVector: 0 } });
    },
    MINUTES,
  );

  it(
    'is refused with ARTIFACT_CORRUPT where its embedder was changed, and trained on once it is restored',
    async () => {
      const { id, embedding } = fitted;
      const whole = readFileSync(fileOf(embedding));
      writeFileSync(fileOf(embedding), whole.subarray(0, whole.length - 4));
      expect(await train(id)).toMatchObject({ status: 'FAILED', problem: { code: 'ARTIFACT_CORRUPT' } });
      writeFileSync(fileOf(embedding), whole);
      expect(await train(id)).toMatchObject({ status: 'SUCCEEDED', problem: null });
    },
    MINUTES,
  );
});
