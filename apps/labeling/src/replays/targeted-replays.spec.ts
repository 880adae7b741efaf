import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createEmbedder, USE_LITE_SPACE } from '@signalbox/embedders';
import { openObjectStore } from '@signalbox/object-store';
import type { FittedModel } from '@signalbox/routers';
import { writeArtefact, type ManifestCandidate } from '@signalbox/runtime';
import { freshDatabase } from '@signalbox/testkit';
import { FakeModels, type ChatAsked, type FakeReply } from '../testing/fake-models.js';
import { ALL_SERVICES, RunningLabeling } from '../testing/running-labeling.js';

const SUMS = 'How much is the sum of';
const POEMS = 'Write a poem about the moon and the sea, with';
const MIXED = 'Explain';
const CANDIDATES = ['large', 'small'];

let labeling: RunningLabeling;
let models: FakeModels;
let objects: string;

beforeAll(async () => {
  objects = await mkdtemp(join(tmpdir(), 'signalbox-targeted-'));
  models = await FakeModels.start();
  labeling = await RunningLabeling.start(await freshDatabase(ALL_SERVICES));
  await labeling.down();
  labeling.objectStoreUrl = pathToFileURL(objects).href;
  await labeling.up();
  await labeling.addRouter('bot', [
    { name: 'large', aliases: ['large-2026'], price: 10 },
    { name: 'small', price: 1 },
  ]);
}, 60_000);
beforeEach(() => {
  models.asked.length = 0;
  models.reply = answer;
});
afterAll(async () => {
  await labeling.end();
  await models.close();
  await rm(objects, { recursive: true, force: true });
});

/** Small is right on sums, large on everything. */
function answer({ model, messages }: ChatAsked): FakeReply {
  const prompt = messages.at(-1)?.content ?? '';
  const right = model.startsWith('large') || prompt.startsWith(SUMS);
  return { text: right ? 'right' : 'wrong', costUsd: 0.001, seconds: 0.1 };
}

/** Chooses small where a prompt is like a sum, large where it is like a poem; in between it is not sure. */
async function deployRidge(alias: 'champion' | 'challenger', version: number): Promise<void> {
  const embedder = await createEmbedder({ provider: 'use-lite' });
  const [sum = new Float32Array(), poem = new Float32Array()] = await embedder.embedAll([
    `${SUMS} 3 and 4?`,
    `${POEMS} 3 verses.`,
  ]);
  await embedder.close();
  const direction = sum.map((value, i) => 0.5 * (value - (poem[i] ?? 0)));
  const two = (...data: number[]) => ({ shape: [2], data: Float32Array.from(data) });
  const wide = (data: Float32Array) => ({ shape: [sum.length, 2], data });
  const model: FittedModel = {
    ...{
      type: 'ridge',
      candidates: CANDIDATES,
      dim: sum.length,
      bestSingle: 'large',
      tradeoff: { usd: 0, seconds: 0 },
    },
    params: { penalty: 1, familiarity: -1, alwaysBestSingle: 0 },
    tensors: {
      ...{ qualityMean: two(0.6, 0.6), costMean: two(0.01, 0.001), secondsMean: two(1, 1) },
      ...{ centre: { shape: [sum.length], data: new Float32Array(sum.length) } },
      qualityWeights: wide(Float32Array.from([...direction].flatMap((each) => [0, each]))),
      qualityBias: two(0.6, 0.6),
      ...{ costWeights: wide(new Float32Array(2 * sum.length)), costBias: two(0.01, 0.001) },
      ...{ secondsWeights: wide(new Float32Array(2 * sum.length)), secondsBias: two(1, 1) },
      anchors: { shape: [1, sum.length], data: sum },
    },
  };
  const of = (name: string): ManifestCandidate => ({
    ...{ name, inputPrice: 1, outputPrice: 1, cachedInputPrice: null, maxInputTokens: 8_000 },
    ...{ capabilities: [], regions: [], available: true },
  });
  const written = await writeArtefact(openObjectStore(labeling.objectStoreUrl), {
    ...{ router: 'bot', version, model, embedding: USE_LITE_SPACE, datasetHash: null, metrics: {} },
    ...{ candidates: CANDIDATES.map(of), exploration: { epsilon: 0.05 }, codeVersion: 'spec' },
  });
  if (!written.ok) throw new Error(written.error.hint);
  await labeling.deploy('bot', alias, version, written.value.sha256);
}

const prompts = (family: string, tag: string, count: number, model = 'large') =>
  Array.from({ length: count }, (_, i) => ({ query: `${family} ${i} and ${i + 2}? ${tag}`, response: 'right', model }));
const request = (tag: string, more: Record<string, unknown>) => ({
  ...{ candidates: CANDIDATES, endpoint: models.url, budgetUsd: 5, router: 'bot', filter: { text: tag } },
  ...more,
});
const known = (calls: readonly { query: string }[]) => calls.map(({ query }) => ({ query, answer: 'right' }));

interface Told {
  sampling: string;
  routerVersion: string | null;
  differentPrompts: number | null;
  halfWidth: number | null;
  comparisons: Record<string, unknown>[];
}
const told = async (id: string): Promise<Told> => {
  const query = `query ($id: ID!) { replay(id: $id) { sampling routerVersion differentPrompts halfWidth
    comparisons { policy prompts unscored mean meanCi95 paired meanDifference meanDifferenceCi95 } } }`;
  return (await labeling.graph<{ replay: Told }>(query, { id })).data.replay;
};
const drawn = (id: string) =>
  labeling.rows<{ query: string; inclusion: number; slice: boolean; choice: string | null; differs: boolean | null }>(
    `select c.query, p.inclusion_share as inclusion, p.in_random_slice as slice, p.choice, p.differs
     from labeling.replay_prompt p join ingest.call c on c.id = p.call_id where p.replay_id = $1`,
    [id],
  );

describe('a replay that is after some prompts more than others', () => {
  it('draws rare kinds of prompts as well where it is stratified, and weighs them by how often they are drawn', async () => {
    const calls = [...prompts(SUMS, 's1', 390), ...prompts(POEMS, 's1', 10)];
    await labeling.log(calls);
    await labeling.createLabeler({ name: 's1', kind: 'METRIC', metric: 'exact_match', groundTruth: known(calls) });
    const { id, ...replay } = await labeling.replay(request('s1', { sampleSize: 80, sampling: 'STRATIFIED' }));
    expect(replay).toMatchObject({ status: 'SUCCEEDED', failedCells: 0 });
    const found = await drawn(id);
    expect(found.length).toBeGreaterThan(70);
    const inclusionOf = (family: string) =>
      found.flatMap(({ query, inclusion }) => (query.startsWith(family) ? [inclusion] : []));
    // Uniformly each would be drawn with a probability of 0.2.
    expect(Math.min(...inclusionOf(POEMS))).toBeGreaterThan(0.5);
    const ofSums = inclusionOf(SUMS).sort((a, b) => a - b);
    expect(ofSums[Math.floor(ofSums.length / 2)]).toBeLessThan(0.3);
    expect(found.some(({ slice }) => slice)).toBe(false); // a filter chose the prompts
    const { comparisons, sampling, halfWidth } = await told(id);
    expect(sampling).toBe('STRATIFIED');
    const small = comparisons.find(({ policy }) => policy === 'small');
    const [low = 1, high = 0] = small?.['meanCi95'] as number[];
    expect([low <= 0.975, high >= 0.975]).toEqual([true, true]);
    expect(Math.abs(Number(small?.['mean']) - 0.975)).toBeLessThan(0.015);
    expect(replay.expectedHalfWidth).toBeGreaterThan(0);
    expect(halfWidth).toBeGreaterThan(0);
  }, 60_000);

  it('keeps a fifth of it for evaluation, drawn uniformly, where no filter chose the prompts', async () => {
    const { id } = await labeling.replay(
      request('', { filter: null, sampleSize: 50, sampling: 'STRATIFIED', budgetUsd: 0 }),
    );
    expect((await drawn(id)).filter(({ slice }) => slice)).toHaveLength(10);
  }, 60_000);

  it('draws what the champion is unsure of more often', async () => {
    await deployRidge('champion', 1);
    const mixed = Array.from({ length: 100 }, (_, i) => ({
      query: `${MIXED} why ship ${i} sails u1`,
      response: 'x',
      model: 'large',
    }));
    await labeling.log([...prompts(SUMS, 'u1', 100), ...prompts(POEMS, 'u1', 100), ...mixed]);
    const { id } = await labeling.replay(request('u1', { sampleSize: 60, sampling: 'UNCERTAIN', budgetUsd: 0 }));
    const byFamily = Map.groupBy(await drawn(id), ({ query }) => query.split(' ')[0]);
    const most = Math.max(...(byFamily.get('How') ?? []).map(({ inclusion }) => inclusion));
    const least = Math.min(...(byFamily.get('Explain') ?? []).map(({ inclusion }) => inclusion));
    expect(byFamily.get('Explain')?.length).toBeGreaterThan(30);
    expect(least).toBeGreaterThan(most);
    expect((await told(id)).routerVersion).toBe('bot@1');
  }, 60_000);
});

describe('a replay of what a challenger would change', () => {
  it('tells for nothing what it would cost, asks only where the choices differ, and takes the rest as equal', async () => {
    await deployRidge('challenger', 2);
    const calls = [
      ...prompts(SUMS, 'd1', 50),
      ...prompts(POEMS, 'd1', 100, 'large-2026'),
      ...prompts(POEMS, 'd1 b', 10, 'small'),
    ];
    await labeling.log(calls);
    await labeling.log([
      ...prompts(SUMS, 'd1 c', 20, 'somebody else'),
      { query: `${SUMS} d1 unlabelled`, response: 'x', model: 'large' },
    ]);
    await labeling.createLabeler({ name: 'd1', kind: 'METRIC', metric: 'exact_match', groundTruth: known(calls) });
    await labeling.label({ labelers: ['d1'], filter: { text: 'd1' } });
    const wanted = request('d1', { sampleSize: 1_000, onlyWhereDifferent: true, candidates: ['large-2026', 'small'] });
    const before = await labeling.replay({ ...wanted, budgetUsd: 0 });
    expect(before).toMatchObject({ prompts: 160, cellCount: 0, spentUsd: 0, problem: { code: 'BUDGET_EXHAUSTED' } });
    expect(before.expectedHalfWidth).toBeGreaterThan(0);
    expect(models.asked).toEqual([]);

    const replay = await labeling.replay(wanted);
    // Sums go to small instead of large, the poems of small to large; 8 logged models are asked again.
    expect(replay).toMatchObject({ status: 'SUCCEEDED', prompts: 160, cellCount: 68, problem: null });
    expect(new Set(models.asked.map(({ model }) => model))).toEqual(new Set(['small', 'large-2026', 'large']));
    expect(await told(replay.id)).toMatchObject({
      ...{ routerVersion: 'bot@2', differentPrompts: 60 },
      comparisons: [{ policy: 'bot@2', prompts: 160, paired: 60, unscored: 0, mean: null, meanDifference: 0 }],
    });
    expect((await drawn(replay.id)).some(({ slice }) => slice)).toBe(false);
  }, 60_000);

  it('leaves out prompts that no candidate takes, and says how many', async () => {
    const calls = prompts(SUMS, 'd4', 12);
    const [first = '', second = ''] = await labeling.log(calls);
    await labeling.rows('update ingest.call set input_tokens = 100000 where id = any($1::uuid[])', [[first, second]]);
    await labeling.createLabeler({ name: 'd4', kind: 'METRIC', metric: 'exact_match', groundTruth: known(calls) });
    await labeling.label({ labelers: ['d4'], filter: { text: 'd4' } });
    const replay = await labeling.replay(request('d4', { sampleSize: 12, onlyWhereDifferent: true }));
    expect(replay).toMatchObject({
      prompts: 10,
      notes: [expect.stringMatching(/^2 prompts were left out, since bot@2/)],
    });
  }, 60_000);

  it('lets the pairs that it could pay stand for those that it could not', async () => {
    const calls = [
      ...prompts(SUMS, 'd2', 40),
      ...prompts(POEMS, 'd2', 40, 'small').map((call) => ({ ...call, response: 'wrong' })),
    ];
    await labeling.log(calls);
    await labeling.createLabeler({ name: 'd2', kind: 'METRIC', metric: 'exact_match', groundTruth: known(calls) });
    await labeling.label({ labelers: ['d2'], filter: { text: 'd2' } });
    const replay = await labeling.replay(request('d2', { sampleSize: 80, onlyWhereDifferent: true, budgetUsd: 0.045 }));
    expect(replay.problem?.code).toBe('BUDGET_EXHAUSTED');
    const [challenger] = (await told(replay.id)).comparisons;
    const [low = 1, high = 0] = challenger?.['meanDifferenceCi95'] as number[];
    expect(Number(challenger?.['unscored'])).toBeGreaterThan(20);
    expect([low <= 0.5, high >= 0.5]).toEqual([true, true]);
  }, 60_000);

  it.each([
    [{ onlyWhereDifferent: true, router: null }, 'INVALID_INPUT', /router: onlyWhereDifferent needs the router/],
    [{ sampling: 'UNCERTAIN', router: null }, 'INVALID_INPUT', /router: sampling: UNCERTAIN needs the router/],
    [{ sampling: 'UNCERTAIN', onlyWhereDifferent: true }, 'INVALID_INPUT', /give one/],
    [{ onlyWhereDifferent: true, router: 'plain', candidates: ['a'] }, 'NOT_FOUND', /has no challenger/],
    [{ sampling: 'UNCERTAIN', router: 'plain', candidates: ['a'] }, 'NOT_FOUND', /has no champion/],
  ])('refuses %j with %s', async (more, code, message) => {
    await labeling.addRouter('plain', [{ name: 'a' }]);
    const query = 'mutation ($input: ReplayCallsInput!) { replayCalls(input: $input) { id } }';
    const { errors } = await labeling.graph(query, { input: request('', { sampleSize: 5, filter: null, ...more }) });
    expect(errors?.[0]).toMatchObject({ message: expect.stringMatching(message), extensions: { code } });
  });

  it('ends with what is wrong: no label to compare with, or an artefact that is not there', async () => {
    await labeling.log(prompts(SUMS, 'd3', 5));
    const bare = await labeling.replay(request('d3', { sampleSize: 5, onlyWhereDifferent: true }));
    expect(bare).toMatchObject({
      status: 'FAILED',
      problem: { code: 'NO_CALLS', nextStep: expect.stringContaining('labelCalls') },
    });
    await labeling.deploy('bot', 'challenger', 9, 'f'.repeat(64));
    const gone = await labeling.replay(request('d1', { sampleSize: 5, onlyWhereDifferent: true }));
    expect(gone).toMatchObject({ status: 'FAILED', problem: { code: 'NOT_FOUND' } });
  });
});
