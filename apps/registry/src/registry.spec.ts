import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { commandQueue, EVENTS_QUEUE, type RetrainEvent, type StageName } from '@signalbox/contracts';
import { fitTfidfSvd, tfidfSvdSpace } from '@signalbox/embedders';
import { openObjectStore, type ObjectStore } from '@signalbox/object-store';
import { commandStage, JobQueue, retrainEventJob, route, workJob } from '@signalbox/queue';
import { fittedEmbedderKey, loadAlias } from '@signalbox/runtime';
import { freshDatabase, type FreshDatabase } from '@signalbox/testkit';
import { v7 as uuidv7 } from 'uuid';
import { registryDatabase } from './registry.database.js';
import {
  failCommitsOf,
  gateInput,
  letCommitsOf,
  OTHERS,
  Registry,
  retrainWith,
  sql,
  trainedModel,
} from './registry.harness.js';

// Stages go through the real queue and a commit is on disk when it is answered: slow on a busy machine.
jest.setTimeout(60_000);

const CANDIDATES = [
  {
    name: 'large',
    aliases: ['Large-2024-08-06'],
    inputPrice: 2.5,
    outputPrice: 10,
    maxInputTokens: 8_000,
    capabilities: ['tools'],
  },
  { name: 'small', aliases: ['small-v2'], inputPrice: 0.1, outputPrice: 0.4, maxInputTokens: 1_000 },
];
const CREATE = `mutation($input: CreateRouterInput!) { createRouter(input: $input) { name champion { id version routerType status aliases
  artifact { uri sha256 bytes signed manifest } gate { passed } trainingRun { id } } candidates { name aliases available } filter gate } }`;
const DECIDE = `query($router: String!, $query: String!, $alias: String, $candidates: [String!], $inputTokens: Int, $requires: [String!],
  $sessionId: String, $tradeoff: TradeoffInput) { decide(router: $router, query: $query, alias: $alias, candidates: $candidates,
  inputTokens: $inputTokens, requires: $requires, sessionId: $sessionId, tradeoff: $tradeoff) { id candidate propensity explored
  fellBack masked routerVersion decidedInMicroseconds scores { candidate expectedQuality expectedCostUsd probability } } }`;
const PROMOTE = `mutation($router: String!, $version: Int!, $override: String, $alias: String) {
  promote(router: $router, version: $version, override: $override, alias: $alias) { id deployedAt deployedBy uri alias
    version { version aliases gate { passed overriddenBy overrideReason checks { name passed } } } replaced { version } router { name } } }`;
const ROLLBACK = `mutation($router: String!, $from: Int) { rollback(router: $router, from: $from) { version { version } replaced { version } } }`;
const STATE = `query($name: String!) { router(name: $name) { champion { version } challenger { version }
  versions(first: 10) { edges { cursor node { id version status aliases createdBy trainingRun { id }
    gate { passed power promptsNeeded checks { name passed measured required } } } } pageInfo { hasNextPage } } } }`;
const AS_GOOD = (prompt: number): number => (prompt % 10 < 8 ? 1 : 0);
const WORSE = (prompt: number): number => (prompt % 10 < 5 ? 1 : 0);

let database: FreshDatabase;
let folder: string;
let storeUrl: string;
let store: ObjectStore;
let registry: Registry;
let queue: JobQueue;
const events: RetrainEvent[] = [];
const resolved: string[] = [];
let count = 0;
let name: string;
const admin = <T = Record<string, unknown>>(statement: string, values?: unknown[]) =>
  sql<T>(database.adminUrl, statement, values);

beforeAll(async () => {
  database = await freshDatabase([registryDatabase]);
  folder = await mkdtemp(join(tmpdir(), 'signalbox-registry-'));
  storeUrl = pathToFileURL(folder).href;
  store = openObjectStore(storeUrl);
  registry = await Registry.start(database.urls, storeUrl, 'all');
  queue = new JobQueue({
    url: database.urls.queue,
    applicationName: 'spec',
    log: { error: () => undefined, warn: () => undefined },
  });
  queue.work(EVENTS_QUEUE, [route(retrainEventJob, async (event) => void events.push(event))], 1);
  queue.work(commandQueue('ingest'), [route(workJob('resolve-models'), async ({ id }) => void resolved.push(id))], 1);
});
afterAll(async () => {
  await queue.close();
  await registry.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  count += 1;
  name = `bot-${count}`;
});

const create = (input: Record<string, unknown> = {}) =>
  registry.ask(CREATE, { input: { name, candidates: CANDIDATES, ...input } });
const decide = (variables: Record<string, unknown> = {}, by = registry) =>
  by.ask(DECIDE, { router: name, query: 'Why is the sky blue?', ...variables });
const state = async () => {
  const { router } = (await registry.ask(STATE, { name })).data;
  if (!router) throw new Error(`there is no router ${name}`);
  return router;
};
const newest = async () => (await state()).versions.edges[0]?.node;

async function until<T>(find: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** As the reconciler of training does: the job of the stage before may not have left the queue yet. */
const ASK_AGAIN_MS = 300;

/** Runs a stage through the queue, as training does, and enters its output. */
async function stage(retrainId: string, which: StageName): Promise<Record<string, unknown>> {
  events.length = 0;
  const ask = () => void commandStage(queue, 'registry', retrainId, which);
  ask();
  const again = setInterval(ask, ASK_AGAIN_MS);
  const event = await until(() =>
    events.find((each) => each.retrainId === retrainId && each.stage === which && each.status !== 'RUNNING'),
  ).finally(() => clearInterval(again));
  if (event.output === null) return { failed: event.problem };
  await admin(
    `update training.retrain set outputs = outputs || jsonb_build_object($2::text, $3::jsonb) where id = $1`,
    [retrainId, which, JSON.stringify(event.output)],
  );
  return event.output;
}

async function label(
  model: string,
  performances: number[],
  row: { kind?: string; labeler?: string } = {},
): Promise<void> {
  const ids = performances.map(() => uuidv7());
  await admin(`insert into ingest.call select id, $2, null, null, null, 0.01, 1.5 from unnest($1::uuid[]) id`, [
    ids,
    model,
  ]);
  await admin(
    `insert into labeling.performance select id, performance, $3, $4 from unnest($1::uuid[], $2::float8[]) as t(id, performance)`,
    [ids, performances, row.kind ?? 'METRIC', row.labeler ?? 'exact@1'],
  );
}

describe('before labels can be read', () => {
  it('a new router decides from the first minute: always the candidate named first, and it says that nothing is known', async () => {
    const { data, message } = await create();
    expect(message).toBeUndefined();
    expect(data.createRouter.champion).toMatchObject({
      version: 1,
      status: 'VALIDATED',
      aliases: ['champion'],
      gate: null,
      trainingRun: null,
      artifact: { signed: false, manifest: { routerType: 'constant', metrics: { labels: null, knownCandidates: 0 } } },
    });
    const { decide: decision } = (await decide()).data;
    expect(decision).toMatchObject({
      candidate: 'large',
      propensity: 1,
      explored: false,
      fellBack: false,
      masked: [],
      routerVersion: `${name}@1`,
      scores: [],
    });
    expect(decision.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(decision.decidedInMicroseconds).toBeGreaterThan(0);
  });

  it('masks what cannot answer, and refuses clearly when nothing is left or known', async () => {
    await create();
    expect((await decide({ candidates: ['small'] })).data.decide).toMatchObject({
      candidate: 'small',
      masked: ['large'],
    });
    expect((await decide({ inputTokens: 5_000 })).data.decide.masked).toEqual(['small']);
    expect(await decide({ requires: ['tools', 'region:eu'] })).toMatchObject({
      code: 'NO_CANDIDATE_ALLOWED',
      message: expect.stringContaining('requires "region:eu": large, small; requires "tools": small'),
    });
    expect(await decide({ candidates: ['huge'] })).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await decide({ query: ' \n' })).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await decide({ tradeoff: { usd: -1 } })).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await decide({ alias: 'challenger' })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await decide({ router: 'nobody' })).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('nobody'),
    });
  });
});

describe('a prompt to decide on', () => {
  it('is refused beyond the length of which the embedder reads a part, with what to give instead', async () => {
    await create();
    expect((await decide({ query: 'word '.repeat(6_553) })).code).toBeUndefined();
    expect(await decide({ query: 'a'.repeat(1_000_000) })).toMatchObject({
      code: 'INVALID_INPUT',
      message:
        'query: expected 1 to 32768 characters; of a longer prompt give the first and the last 16384, since the embedder reads 2048 tokens of either end',
    });
  });
});

describe('a new router', () => {
  beforeAll(() => admin(OTHERS));

  it('is asked of ingest, which resolves models by its candidates', async () => {
    await create();
    const [row] = await admin<{ id: string }>('select id from registry.router where name = $1', [name]);
    await until(() => resolved.find((id) => id === row?.id));
  });

  it('is the same router for the same settings, and a conflict for others', async () => {
    const all = await Promise.all(Array.from({ length: 30 }, () => create({ idempotencyKey: `key ${name}` })));
    expect(all.map(({ data }) => data.createRouter.champion.version)).toEqual(all.map(() => 1));
    expect(await admin(`select count(*)::int as n from registry.version_v1 where router = $1`, [name])).toEqual([
      { n: 1 },
    ]);
    expect((await create({ gate: { maxQualityLoss: 0.01 }, filter: {} })).code).toBeUndefined();
    expect(await create({ gate: { maxQualityLoss: 0.02 } })).toMatchObject({ code: 'CONFLICT' });
    expect(await create({ name: `${name}-other`, idempotencyKey: `key ${name}` })).toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
    });
    expect((await registry.ask(STATE, { name: `${name}-other` })).data.router).toBeNull();
  });

  it.each<[string, Record<string, unknown>]>([
    ['a name that could climb', { name: '../x' }],
    ['one candidate', { candidates: CANDIDATES.slice(0, 1) }],
    ['an alias of two candidates', { candidates: [CANDIDATES[0], { name: 'small', aliases: ['LARGE-2024-08-06'] }] }],
    ['a candidate named twice', { candidates: [{ name: 'a' }, { name: 'A' }] }],
    ['a candidate that no object could hold', { candidates: [CANDIDATES[0], { name: '__proto__' }] }],
    ['a filter, which nothing keeps to yet', { filter: { modelName: ['large'] } }],
    ['a negative price', { candidates: [CANDIDATES[1], { name: 'x', inputPrice: -1 }] }],
  ])('is refused with %s', async (_what, input) => {
    expect(await create(input)).toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('always answers with the best single candidate by the labels there are', async () => {
    await label(
      'SMALL-V2',
      Array.from({ length: 30 }, (_, i) => (i % 10 < 9 ? 1 : 0)),
    );
    await label(
      'large',
      Array.from({ length: 30 }, (_, i) => (i % 10 < 4 ? 1 : 0)),
    );
    await label(
      'large',
      Array.from({ length: 30 }, () => 1),
      { kind: 'FEEDBACK', labeler: 'feedback@1' },
    );
    const { data } = await create();
    expect(data.createRouter.champion.artifact.manifest).toMatchObject({
      bestSingle: 'small',
      metrics: { labels: 60, 'labels.METRIC': 60, knownCandidates: 2 },
    });
    const { decide: decision } = (await decide()).data;
    expect(decision).toMatchObject({ candidate: 'small', propensity: 1 });
    expect(decision.scores).toMatchObject([
      { candidate: 'large', expectedQuality: expect.closeTo(0.43, 1), probability: 0 },
      {
        candidate: 'small',
        expectedQuality: expect.closeTo(0.87, 1),
        expectedCostUsd: expect.closeTo(0.01),
        probability: 1,
      },
    ]);
  });

  it('is whole or not there when its creator is killed before the commit', async () => {
    await admin(failCommitsOf('version'));
    expect((await create()).code).toBe('INTERNAL');
    await admin(letCommitsOf('version'));
    expect((await store.exists(`routers/${name}/1/manifest.json`)).ok).toBe(true);
    expect((await registry.ask(STATE, { name })).data.router).toBeNull();
    expect(await decide()).toMatchObject({ code: 'NOT_FOUND' });
    await label('large', [0]); // other evidence, and so another artefact than the orphan
    const { data } = await create();
    // The orphan has number 1 for good: what lies in the object store never changes.
    expect(data.createRouter.champion).toMatchObject({ version: 2, routerType: 'constant', aliases: ['champion'] });
    expect((await decide()).data.decide).toMatchObject({ candidate: 'small', routerVersion: `${name}@2` });
  });
});

describe('a retrain', () => {
  it('makes one version, one gate and one deployment, however often its stages run', async () => {
    await create();
    const retrainId = await retrainWith(database.adminUrl, store, name, {
      gateInput: gateInput(AS_GOOD, `champion ${name}@1`),
    });
    const registered = await stage(retrainId, 'register');
    expect(registered).toMatchObject({ version: 2, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await stage(retrainId, 'register')).toEqual(registered);
    expect((await decide()).data.decide.routerVersion).toBe(`${name}@1`);

    const gated = await stage(retrainId, 'gate');
    expect(gated).toMatchObject({ passed: true, failed: [], promptsNeeded: expect.any(Number) });
    expect(await stage(retrainId, 'gate')).toEqual(gated);

    const deployed = await stage(retrainId, 'deploy');
    expect(deployed).toMatchObject({ deployed: true, champion: `${name}@2` });
    expect(await stage(retrainId, 'deploy')).toEqual(deployed);

    const router = await state();
    expect(router.champion).toEqual({ version: 2 });
    expect(router.versions.edges.map(({ node }) => [node.version, node.status, node.aliases])).toEqual([
      [2, 'VALIDATED', ['champion']],
      [1, 'VALIDATED', []],
    ]);
    expect(router.versions.edges[0]?.node).toMatchObject({
      createdBy: `retrain ${retrainId}`,
      trainingRun: { id: expect.any(String) },
    });
    const moves = await admin(
      `select 1 from registry.deployment d join registry.router r on r.id = d.router_id where r.name = $1`,
      [name],
    );
    expect(moves).toHaveLength(2);
    expect(await loadAlias(store, name, 'champion')).toMatchObject({
      value: { name: `${name}@2`, exploration: { epsilon: 0.02 } },
    });
  });

  it('decides by the prompt once its version is deployed, in the very next decision', async () => {
    await create();
    expect((await decide()).data.decide.candidate).toBe('small');
    const retrainId = await retrainWith(database.adminUrl, store, name, { gateInput: gateInput(AS_GOOD, 'champion') });
    for (const each of ['register', 'gate', 'deploy'] as const) await stage(retrainId, each);
    const turns = await Promise.all(Array.from({ length: 5 }, () => decide({ sessionId: 'conversation 3' })));
    const first = turns[0]?.data.decide;
    expect(first).toMatchObject({ routerVersion: `${name}@2`, fellBack: false });
    expect(new Set(turns.map(({ data }) => data.decide.candidate)).size).toBe(1);
    expect(first?.scores).toMatchObject([
      { candidate: 'large', expectedQuality: expect.closeTo(0.6), probability: expect.closeTo(0.01) },
      { candidate: 'small', expectedQuality: expect.closeTo(0.8), probability: expect.closeTo(0.99) },
    ]);
    expect(first?.propensity).toBe(first?.scores.find((score) => score.candidate === first.candidate)?.probability);
  });

  it('whose gate refuses leaves the champion; an override is named and audited; a rollback takes it back', async () => {
    await create();
    const before = new Date();
    const retrainId = await retrainWith(database.adminUrl, store, name, {
      gateInput: gateInput(WORSE, `champion ${name}@1`),
    });
    await stage(retrainId, 'register');
    const gated = await stage(retrainId, 'gate');
    expect(gated).toMatchObject({
      passed: false,
      failed: expect.arrayContaining([`quality against champion ${name}@1`]),
    });
    const refusal = { deployed: false, champion: `${name}@1`, reason: expect.stringContaining('quality against') };
    expect(await stage(retrainId, 'deploy')).toMatchObject(refusal);
    expect(await state()).toMatchObject({ champion: { version: 1 } });

    expect(await registry.ask(PROMOTE, { router: name, version: 2 })).toMatchObject({
      code: 'GATE_REFUSED',
      message: expect.stringContaining('quality against'),
    });
    expect(await registry.ask(PROMOTE, { router: name, version: 2, override: ' ' })).toMatchObject({
      code: 'INVALID_INPUT',
    });
    expect(await registry.ask(PROMOTE, { router: name, version: 3 })).toMatchObject({ code: 'NOT_FOUND' });
    const overridden = await registry.ask(PROMOTE, { router: name, version: 2, override: 'the judge was wrong' });
    expect(overridden.data.promote).toMatchObject({
      alias: 'champion',
      replaced: { version: 1 },
      router: { name },
      version: {
        version: 2,
        aliases: ['champion'],
        gate: { passed: false, overriddenBy: 'anonymous', overrideReason: 'the judge was wrong' },
      },
    });
    const audited = await admin(
      `select action, actor, before, after, reason from registry.audit_event where router = $1 order by id desc`,
      [name],
    );
    expect(audited[0]).toEqual({
      action: 'promote against the gate',
      actor: 'anonymous',
      before: { version: 1 },
      after: { version: 2, gatePassed: false },
      reason: 'the judge was wrong',
    });
    await expect(sql(database.urls.registry, 'delete from registry.audit_event')).rejects.toThrow('append-only');
    expect((await decide()).data.decide.routerVersion).toBe(`${name}@2`);

    expect(await registry.ask(ROLLBACK, { router: name, from: 1 })).toMatchObject({ code: 'CONFLICT' });
    const rolledBack = await registry.ask(ROLLBACK, { router: name, from: 2 });
    expect(rolledBack.data.rollback).toEqual({ version: { version: 1 }, replaced: { version: 2 } });
    expect(await registry.ask(ROLLBACK, { router: name, from: 2 })).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('points to version 1'),
    });
    expect((await decide()).data.decide.routerVersion).toBe(`${name}@1`);
    expect(await registry.ask(ROLLBACK, { router: name })).toMatchObject({ code: 'CONFLICT' });

    const at = async (moment: Date | string) =>
      (
        await registry.ask(
          `query($router: String!, $at: DateTime!) { deployedAt(router: $router, at: $at) { version { version } } }`,
          { router: name, at: moment },
        )
      ).data.deployedAt;
    expect(await at(overridden.data.promote.deployedAt)).toEqual({ version: { version: 2 } });
    expect(await at(new Date(Date.parse(overridden.data.promote.deployedAt) - 1))).toEqual({ version: { version: 1 } });
    expect(await at(new Date())).toEqual({ version: { version: 1 } });
    expect(await at(new Date(before.getTime() - 60_000))).toBeNull();
  });

  it('without an evaluation is refused with what is missing, and spends no error of the next gate', async () => {
    await create();
    const first = await retrainWith(database.adminUrl, store, name);
    await stage(first, 'register');
    expect(await stage(first, 'gate')).toMatchObject({ passed: false, checks: 1, failed: ['evaluation'] });
    expect(await newest()).toMatchObject({
      status: 'REJECTED',
      gate: { power: null, checks: [{ name: 'evaluation', measured: expect.stringContaining('no paired outcomes') }] },
    });
    for (const sure of ['97.5%', '99.2%']) {
      const next = await retrainWith(database.adminUrl, store, name, { gateInput: gateInput(WORSE, 'champion') });
      await stage(next, 'register');
      await stage(next, 'gate');
      const { checks } = (await newest())?.gate ?? { checks: [] };
      expect(checks.find((check) => check.name === 'quality against champion')?.measured).toContain(sure);
    }
  });

  it('of a fitted embedder carries it, and decides by it whatever embeds here', async () => {
    await create();
    const texts = Array.from({ length: 12 }, (_, n) => `Why is the sky ${n} times as blue as the sea?`);
    const embedder = fitTfidfSvd(texts, { dim: 8, seed: 1 });
    const embedding = tfidfSvdSpace(embedder);
    const [key, model] = [fittedEmbedderKey(embedding), trainedModel(embedding.dim)];
    const lost = await retrainWith(database.adminUrl, store, name, { model, embedding });
    expect(await stage(lost, 'register')).toMatchObject({ failed: { code: 'NOT_FOUND' } });
    await store.put(key, embedder.subarray(0, embedder.length - 4));
    const cut = await retrainWith(database.adminUrl, store, name, { model, embedding });
    expect(await stage(cut, 'register')).toMatchObject({ failed: { code: 'ARTIFACT_CORRUPT' } });
    await store.remove(key);
    await store.put(key, embedder);
    const whole = await retrainWith(database.adminUrl, store, name, { model, embedding });
    expect(await stage(whole, 'register')).toMatchObject({ version: 2 });
    const [row] = await admin('select manifest from registry.version where id = $1', [(await newest())?.id]);
    expect(row?.manifest).toMatchObject({
      embedding,
      files: [{ path: 'model.onnx' }, { path: 'embedder/embedder.safetensors', bytes: embedder.length }],
    });
    await registry.ask(PROMOTE, { router: name, version: 2, override: 'the spec' });
    expect((await decide({ query: texts[3] })).data.decide).toMatchObject({
      candidate: 'small',
      routerVersion: `${name}@2`,
      fellBack: false,
    });
  });

  it('does not go live against another champion than it was compared with, nor when it was asked not to', async () => {
    await create();
    const silent = await retrainWith(database.adminUrl, store, name, {
      gateInput: gateInput(AS_GOOD, 'champion'),
      promote: false,
    });
    for (const each of ['register', 'gate'] as const) await stage(silent, each);
    expect(await stage(silent, 'deploy')).toMatchObject({
      deployed: false,
      reason: expect.stringContaining('not to promote'),
    });
    const late = await retrainWith(database.adminUrl, store, name, { gateInput: gateInput(AS_GOOD, 'champion') });
    for (const each of ['register', 'gate'] as const) await stage(late, each);
    expect((await registry.ask(PROMOTE, { router: name, version: 2 })).data.promote.version.version).toBe(2);
    expect(await stage(late, 'deploy')).toMatchObject({
      deployed: false,
      champion: `${name}@2`,
      reason: expect.stringContaining('champion changed'),
    });
    const refused = await registry.ask(PROMOTE, { router: name, version: 3 });
    expect(refused).toMatchObject({ code: 'GATE_REFUSED', message: expect.stringContaining(`${name}@2`) });
    expect((await registry.ask(PROMOTE, { router: name, version: 1 })).data.promote.version.version).toBe(1);
    expect((await registry.ask(PROMOTE, { router: name, version: 2 })).data.promote.version.version).toBe(2);
    expect((await registry.ask(PROMOTE, { router: name, version: 3, alias: 'challenger' })).code).toBeUndefined();
    const overridden = await registry.ask(PROMOTE, { router: name, version: 3, override: 'looked at by hand' });
    expect(overridden.data.promote.version.version).toBe(3);
    const [audited] = await admin(`select action from registry.audit_event where router = $1 order by id desc`, [name]);
    expect(audited).toEqual({ action: 'promote against the gate' });
    expect((await registry.ask(ROLLBACK, { router: name, from: 3 })).code).toBeUndefined();
    const stale = await retrainWith(database.adminUrl, store, name, {
      gateInput: gateInput(AS_GOOD, `champion ${name}@1`),
    });
    await stage(stale, 'register');
    expect(await stage(stale, 'gate')).toMatchObject({ passed: false, failed: ['champion of now'] });
  });

  it('gives a version that any alias may name; promotions at once end with one truth in row, file and decision', async () => {
    await create();
    const retrainId = await retrainWith(database.adminUrl, store, name, { gateInput: gateInput(AS_GOOD, 'champion') });
    for (const each of ['register', 'gate'] as const) await stage(retrainId, each);
    expect(await registry.ask(PROMOTE, { router: name, version: 2, alias: '../x' })).toMatchObject({
      code: 'INVALID_INPUT',
      message: 'alias: expected 1 to 63 of a-z 0-9 -, beginning with a letter',
    });
    await registry.ask(PROMOTE, { router: name, version: 2, alias: 'challenger' });
    expect(await state()).toMatchObject({ champion: { version: 1 }, challenger: { version: 2 } });
    expect((await decide({ alias: 'challenger' })).data.decide.routerVersion).toBe(`${name}@2`);

    const versions = [2, 1, 2, 1, 2, 1];
    const answers = await Promise.all(versions.map((version) => registry.ask(PROMOTE, { router: name, version })));
    for (const { code } of answers) expect([undefined, 'CONFLICT']).toContain(code);
    const { champion } = await state();
    expect(await loadAlias(store, name, 'champion')).toMatchObject({ value: { version: champion.version } });
    expect((await decide()).data.decide.routerVersion).toBe(`${name}@${champion.version}`);
  });

  it('whose model file was changed is refused', async () => {
    await create();
    const retrainId = await retrainWith(database.adminUrl, store, name);
    await admin(`update training.run set model_sha256 = repeat('0', 64)`);
    expect(await stage(retrainId, 'register')).toMatchObject({ failed: { code: 'ARTIFACT_CORRUPT' } });
  });

  it('whose earlier stages named no training run fails with the stage that owes it', async () => {
    await create();
    const retrainId = await retrainWith(database.adminUrl, store, name);
    await admin(`update training.retrain set outputs = '{}' where id = $1`, [retrainId]);
    expect(await stage(retrainId, 'register')).toMatchObject({
      failed: { code: 'STAGE_FAILED', message: expect.stringContaining('trainingRunId from the stage') },
    });
    expect((await state()).versions.edges).toHaveLength(1);
  });

  it('killed before a commit leaves no half version, and is done when it runs again', async () => {
    await create();
    const retrainId = await retrainWith(database.adminUrl, store, name, { gateInput: gateInput(AS_GOOD, 'champion') });
    await admin(failCommitsOf('version'));
    await commandStage(queue, 'registry', retrainId, 'register');
    await until(async () => {
      const written = await store.exists(`routers/${name}/2/manifest.json`);
      return (written.ok && written.value) || undefined;
    });
    expect((await state()).versions.edges).toHaveLength(1);
    await admin(letCommitsOf('version'));
    expect(await stage(retrainId, 'register')).toMatchObject({ version: 2 });
    await stage(retrainId, 'gate');

    await admin(failCommitsOf('deployment'));
    expect((await registry.ask(PROMOTE, { router: name, version: 2 })).code).toBe('INTERNAL');
    await admin(letCommitsOf('deployment'));
    expect(await state()).toMatchObject({ champion: { version: 1 } });
    await until(async () => {
      const pointer = await loadAlias(store, name, 'champion');
      return (pointer.ok && pointer.value.version === 1) || undefined;
    });
    expect(await stage(retrainId, 'deploy')).toMatchObject({ deployed: true, champion: `${name}@2` });
  });
});

describe('a champion whose file is changed on the disk', () => {
  it('keeps deciding where it is loaded, and is refused by a process that starts', async () => {
    await create();
    await decide();
    const path = fileURLToPath(store.urlOf(`routers/${name}/1/model.onnx`));
    const bytes = await readFile(path);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    await writeFile(path, bytes);
    const started = await Registry.start(database.urls, storeUrl);
    expect(await decide({}, started)).toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    await started.stop();
    expect((await decide()).data.decide).toMatchObject({ routerVersion: `${name}@1` });
  });
});

describe('the versions of a router', () => {
  const VERSIONS = `query($name: String!, $first: Int, $after: String) { router(name: $name) {
    versions(first: $first, after: $after) { edges { cursor node { version } } pageInfo { hasNextPage endCursor } } } }`;
  const cursorOf = (text: string) => Buffer.from(text, 'utf8').toString('base64url');

  it('are paged by the cursors that the pages give out', async () => {
    await create();
    const retrainId = await retrainWith(database.adminUrl, store, name);
    await stage(retrainId, 'register');
    const first = (await registry.ask(VERSIONS, { name, first: 1 })).data.router?.versions;
    expect(first?.edges.map(({ node }) => node.version)).toEqual([2]);
    const second = await registry.ask(VERSIONS, { name, first: 1, after: first?.edges[0]?.cursor });
    expect(second.data.router?.versions.edges.map(({ node }) => node.version)).toEqual([1]);
  });

  it.each([
    ['nothing', ''],
    ['no base64', 'x'],
    ['a word', cursorOf('x')],
    ['zero', cursorOf('0')],
    ['a negative number', cursorOf('-5')],
    ['a fraction', cursorOf('1.5')],
    ['an exponent', cursorOf('1e9')],
    ['more digits than a version has', cursorOf('1'.repeat(30))],
    ['a number beyond the integers of PostgreSQL', cursorOf('2147483648')],
    ['a number with a space', cursorOf(' 2')],
    ['a cursor with a tail', `${cursorOf('22')}=!`],
  ])('refuse a cursor that they never gave out: %s', async (_, after) => {
    await create();
    expect(await registry.ask(VERSIONS, { name, after })).toMatchObject({
      code: 'INVALID_INPUT',
      message: 'after: this is not a cursor of this list',
    });
  });
});

describe("the registry's schema", () => {
  it('shows others its views and nothing else', async () => {
    await create();
    const [candidate] = await sql(
      database.urls.ingest,
      `select * from registry.candidate_v1 where router = '${name}' and position = 1`,
    );
    expect(candidate).toMatchObject({ name: 'small', aliases: ['small-v2'], input_price: 0.1, available: true });
    const [alias] = await sql(database.urls.training, `select * from registry.alias_v1 where router = '${name}'`);
    expect(alias).toMatchObject({
      alias: 'champion',
      version: expect.any(Number),
      artifact_uri: expect.stringContaining('manifest.json'),
    });
    await expect(sql(database.urls.training, 'select * from registry.version')).rejects.toMatchObject({
      code: '42501',
    });
    await expect(sql(database.urls.embedding, 'select * from registry.alias_v1')).rejects.toMatchObject({
      code: '42501',
    });
  });

  it('answers the gateway by the keys of its entities', async () => {
    const { data } = await create();
    const representations = [
      { __typename: 'Router', name },
      { __typename: 'RouterVersion', id: data.createRouter.champion.id },
      { __typename: 'RouterVersion', id: 'nothing' },
    ];
    const query = `query($representations: [_Any!]!) { _entities(representations: $representations) {
      ... on Router { champion { version } } ... on RouterVersion { version router { name } } } }`;
    const { data: answered } = await registry.ask(query, { representations });
    expect(answered._entities).toEqual([{ champion: { version: 1 } }, { version: 1, router: { name } }, null]);
  });
});
