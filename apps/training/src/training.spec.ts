import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  commandQueue,
  EVENTS_QUEUE,
  STAGES,
  type RetrainEvent,
  type ServiceName,
  type StageName,
} from '@signalbox/contracts';
import { connect, type ServiceDatabase } from '@signalbox/database';
import { textHash } from '@signalbox/datasets';
import { spaceId, USE_LITE_SPACE } from '@signalbox/embedders';
import { openObjectStore } from '@signalbox/object-store';
import { startService, type RunningService } from '@signalbox/platform';
import { JobQueue, retrainEventJob, retrainStageJob, route } from '@signalbox/queue';
import { writeArtefact } from '@signalbox/runtime';
import { freshDatabase, type FreshDatabase } from '@signalbox/testkit';
import { z } from 'zod';
import { trainingDatabase, trainingService } from './index.js';

const ROUTER = 'support-bot';
const CANDIDATES = ['small', 'medium', 'large'];
const COSTS = [0.0002, 0.001, 0.004];
/** Chance of a right answer by family and candidate. */
const SKILL = [
  [0.95, 0.9, 0.9],
  [0.1, 0.5, 0.92],
];
const CALLS = 600;
const { dim: DIM } = USE_LITE_SPACE;

function published(
  service: ServiceName,
  views: Record<string, string>,
  to: ServiceName[] = ['training'],
): ServiceDatabase {
  class Views1700000000001 {
    async up(runner: { query(statement: string): Promise<unknown> }): Promise<void> {
      for (const [view, columns] of Object.entries(views)) {
        await runner.query(`create table ${view}_rows (${columns}); create view ${view} as select * from ${view}_rows`);
      }
    }
    async down(): Promise<void> {}
  }
  return { service, migrations: [Views1700000000001], publishes: Object.keys(views).map((view) => ({ view, to })) };
}

const OTHERS: ServiceDatabase[] = [
  published('ingest', {
    call_v1: `id uuid, source_id uuid, started_at timestamptz, response_time_seconds float8, query text, response text,
      request_model text, response_model text, model_name text, cost_usd float8, session_id text, user_id text, status text,
      chosen_candidate text, propensity float8, probabilities jsonb, has_tools bool, truncated bool`,
  }),
  published('labeling', {
    performance_v1: 'call_id uuid, performance float8, kind text, labeler text',
    replay_cell_v1: `replay_id uuid, retrain_id uuid, call_id uuid, candidate text, performance float8, kind text, labeler text,
      cost_usd float8, response_time_seconds float8, in_random_slice bool`,
  }),
  published('embedding', { vector_v1: 'text_hash text, space text, dim int, vector bytea' }),
  published('registry', {
    candidate_v1: 'router text, position int, name text, aliases text[], available bool',
    alias_v1: 'router text, alias text, version int',
  }),
];

/** A small generator of its own: the fixture must be the same in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const idOf = (n: number): string => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const HOUR = 3_600_000;
const START = Date.UTC(2025, 0, 1);

interface World {
  database: FreshDatabase;
  admin: Awaited<ReturnType<typeof connect>>;
  objects: string;
  service: RunningService;
  start(): Promise<void>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

async function openWorld(labelled = CALLS): Promise<World> {
  const database = await freshDatabase([...OTHERS, trainingDatabase]);
  const admin = await connect(database.adminUrl, 'spec');
  const objects = mkdtempSync(path.join(tmpdir(), 'signalbox-training-'));
  const start = () =>
    startService(trainingService, {
      ...{
        databaseUrl: database.urls.training,
        queueUrl: database.urls.queue,
        objectStoreUrl: pathToFileURL(objects).href,
      },
      ...{ outboundAllow: 'loopback', traceFiles: '', secretKey: '0'.repeat(64), host: '127.0.0.1', port: 0, role: 'all', logLevel: 'error' },
    });
  await fill(admin, labelled);
  await deployConstant(admin, objects);
  let running: RunningService | null = await start();
  const world: World = {
    ...{ database, admin, objects, service: running },
    async start() {
      running = await start();
      world.service = running;
    },
    async stop() {
      await running?.close();
      running = null;
    },
    async close() {
      await world.stop();
      await admin.end();
      await database.drop();
      await rm(objects, { recursive: true, force: true });
    },
  };
  return world;
}

async function fill(admin: World['admin'], labelled: number): Promise<void> {
  const random = randomOf(7);
  const words = Array.from({ length: 500 }, (_, k) => `w${(k * 7_919).toString(36)}`);
  const rows = { calls: [] as unknown[], labels: [] as unknown[], cells: [] as unknown[] };
  const vectors: { text_hash: string; vector: string }[] = [];
  for (let n = 0; n < CALLS; n += 1) {
    const family = n % 2;
    const query = Array.from({ length: 14 }, () => words[Math.floor(random() * words.length)]).join(' ');
    const chosen = Math.floor(random() * 3);
    const right = CANDIDATES.map((_, c) => (random() < (SKILL[family]?.[c] ?? 0) ? 1 : 0));
    const vector = Float32Array.from({ length: DIM }, (_, k) => (k === family ? 4 : 0) + random() - 0.5);
    const norm = Math.hypot(...vector);
    vectors.push({
      text_hash: textHash(query),
      vector: Buffer.from(vector.map((value) => value / norm).buffer).toString('hex'),
    });
    rows.calls.push({
      ...{
        id: idOf(n),
        started_at: new Date(START + n * HOUR),
        response_time_seconds: 1 + chosen,
        query,
        response: 'answer',
      },
      // Traces name models in many ways.
      ...[
        { model_name: CANDIDATES[chosen], response_model: 'x', request_model: 'auto' },
        { model_name: 'unknown', response_model: `${CANDIDATES[chosen] ?? ''}-2025-01-01`, request_model: 'auto' },
        { model_name: null, response_model: null, request_model: CANDIDATES[chosen]?.toUpperCase() },
      ][n % 3],
      ...{ cost_usd: COSTS[chosen], session_id: n % 10 === 0 ? `s${n}` : null, status: 'OK' },
      ...{ chosen_candidate: CANDIDATES[chosen], propensity: 1 / 3, has_tools: false, truncated: false },
      probabilities: Object.fromEntries(CANDIDATES.map((name) => [name, 1 / 3])),
    });
    if (n < labelled)
      rows.labels.push({ call_id: idOf(n), performance: right[chosen], kind: 'METRIC', labeler: 'exact@1' });
    if (n % 2 === 1 || n % 4 === 0) continue;
    for (const [c, candidate] of CANDIDATES.entries()) {
      rows.cells.push({
        ...{
          replay_id: idOf(900_000),
          call_id: idOf(n),
          candidate,
          performance: right[c],
          kind: 'METRIC',
          labeler: 'exact@1',
        },
        // A time that nobody will measure again.
        ...{ cost_usd: COSTS[c], response_time_seconds: Math.random(), in_random_slice: true },
      });
    }
  }
  // Cells of the other family too, so that both are in the comparison.
  for (const call of rows.calls.filter((_, n) => n % 4 === 1)) {
    const { id } = call as { id: string };
    const n = Number(id.slice(-6));
    for (const [c, candidate] of CANDIDATES.entries()) {
      const performance = randomOf(n * 31 + c)() < (SKILL[1]?.[c] ?? 0) ? 1 : 0;
      rows.cells.push({
        ...{ replay_id: idOf(900_000), call_id: id, candidate, performance, kind: 'METRIC', labeler: 'exact@1' },
        ...{ cost_usd: COSTS[c], response_time_seconds: Math.random(), in_random_slice: true },
      });
    }
  }
  const insert = (table: string, values: unknown[]) =>
    admin.query(`insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1)`, [
      JSON.stringify(values),
    ]);
  await insert('ingest.call_v1_rows', rows.calls);
  await insert('labeling.performance_v1_rows', rows.labels);
  await insert('labeling.replay_cell_v1_rows', rows.cells);
  await admin.query(
    `insert into embedding.vector_v1_rows select text_hash, $2, $3, decode(vector, 'hex')
     from jsonb_to_recordset($1) as given(text_hash text, vector text)`,
    [JSON.stringify(vectors), spaceId(USE_LITE_SPACE), DIM],
  );
  await insert(
    'registry.candidate_v1_rows',
    CANDIDATES.map((name, position) => ({
      router: ROUTER,
      position,
      name,
      aliases: [`${name}-2025-01-01`],
      available: true,
    })),
  );
}

/** Version 1 of a router: the constant best single candidate. */
async function deployConstant(admin: World['admin'], objects: string): Promise<void> {
  const tensor = (values: number[]) => ({ shape: [3], data: Float32Array.from(values) });
  const written = await writeArtefact(openObjectStore(pathToFileURL(objects).href), {
    ...{ router: ROUTER, version: 1, embedding: null, datasetHash: null, metrics: {}, codeVersion: 'spec' },
    model: {
      ...{ type: 'constant', candidates: CANDIDATES, dim: 0, bestSingle: 'large', params: { alwaysBestSingle: 1 } },
      tensors: { qualityMean: tensor([0.5, 0.7, 0.9]), costMean: tensor(COSTS), secondsMean: tensor([1, 2, 3]) },
      tradeoff: { usd: 0, seconds: 0 },
    },
    candidates: CANDIDATES.map((name) => ({
      ...{ name, inputPrice: null, outputPrice: null, cachedInputPrice: null, maxInputTokens: null },
      ...{ capabilities: [], regions: [], available: true },
    })),
    exploration: { epsilon: 0 },
  });
  expect(written.ok).toBe(true);
  await admin.query(`insert into registry.alias_v1_rows values ($1, 'champion', 1)`, [ROUTER]);
}

const problem = z.object({ code: z.string(), message: z.string(), nextStep: z.string().nullish() }).nullable();
const answered = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.object({ message: z.string(), extensions: z.object({ code: z.string() }) })).default([]),
});
const started = z.looseObject({ id: z.string() });
const dataset = z.looseObject({
  id: z.string(),
  status: z.string(),
  hash: z.string().nullable(),
  outcomes: z.number(),
  split: z.looseObject({ counts: z.record(z.string(), z.number()).optional() }),
  leakReport: z.unknown(),
  leftOut: z.unknown(),
  problem,
});
const trainingRun = z.looseObject({
  id: z.string(),
  status: z.string(),
  modelSha256: z.string().nullable(),
  fitSeconds: z.number().nullable(),
});
const policyResult = z.looseObject({ policy: z.string(), quality: z.number(), costUsdPerCall: z.number().nullable() });
const evaluation = z.looseObject({
  method: z.string(),
  prompts: z.number(),
  results: z.array(policyResult),
  refused: z.array(z.object({ code: z.string(), message: z.string() })).default([]),
});
const retrain = z.looseObject({
  id: z.string(),
  status: z.string(),
  problem,
  stages: z.array(
    z.looseObject({
      stage: z.string(),
      status: z.string(),
      progress: z.looseObject({ done: z.number() }).nullable(),
      output: z.record(z.string(), z.unknown()).nullable(),
    }),
  ),
});
const gateInput = z.object({
  challenger: z.object({ choices: z.array(z.string()) }),
  champion: z.object({ name: z.string() }),
  groups: z.array(z.string()),
});
const publishedRun = z.object({
  evaluation: z.object({ method: z.string(), refused: z.array(z.object({ code: z.string() })) }),
  gate_input: gateInput.nullable(),
});

async function ask(
  world: World,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<z.infer<typeof answered>> {
  const answer = await fetch(world.service.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return answered.parse(await answer.json());
}

/** The one field that was asked for. */
async function field<T>(
  world: World,
  query: string,
  shape: z.ZodType<T>,
  variables?: Record<string, unknown>,
): Promise<T> {
  const { data, errors } = await ask(world, query, variables);
  expect(errors).toEqual([]);
  return shape.parse(Object.values(data ?? {})[0]);
}

const codeOf = async (world: World, query: string, variables: Record<string, unknown>): Promise<string | undefined> =>
  (await ask(world, query, variables)).errors[0]?.extensions.code;

const UNFINISHED = ['QUEUED', 'RUNNING'];
async function follow<T extends { status: string }>(
  world: World,
  query: string,
  shape: z.ZodType<T>,
  look: (state: T) => Promise<void> = () => Promise.resolve(),
): Promise<T> {
  for (;;) {
    const state = await field(world, query, shape);
    await look(state);
    if (!UNFINISHED.includes(state.status)) return state;
  }
}

const BUILD = `mutation($input: BuildDatasetInput!) { buildDataset(input: $input) { id status } }`;
async function build(world: World, input: Record<string, unknown>): Promise<z.infer<typeof dataset>> {
  const { id } = await field(world, BUILD, started, { input: { router: ROUTER, ...input } });
  return follow(
    world,
    `{ dataset(id: "${id}") { id status hash prompts outcomes density candidates split leakReport leftOut
       eligibleCalls embedding problem { code message nextStep } progress { done total unit } } }`,
    dataset,
  );
}

const OUTPUTS: Partial<Record<StageName, Record<string, string | number | boolean>>> = {
  label: { spentUsd: 0.5 },
  replay: { spentUsd: 1.5, cells: 900 },
  register: { versionId: idOf(777) },
  gate: { passed: true },
};

/** The other services: they answer the commands of their stages through the real queue. */
class Owners {
  readonly done: StageName[] = [];
  private readonly queue: JobQueue;
  held: StageName | null = null;
  onHeld: () => void = () => undefined;

  constructor(
    private readonly world: World,
    private readonly twice: boolean,
  ) {
    this.queue = new JobQueue({
      url: world.database.urls.queue,
      applicationName: 'owners',
      log: { error: () => undefined, warn: () => undefined },
    });
    for (const service of ['ingest', 'labeling', 'embedding', 'registry'] as const) {
      this.queue.work(
        commandQueue(service),
        [route(retrainStageJob, ({ retrainId, stage }) => this.answer(retrainId, stage))],
        1,
      );
    }
  }

  async answer(retrainId: string, stage: StageName): Promise<void> {
    if (stage === this.held) {
      this.onHeld();
      return;
    }
    const first = !this.done.includes(stage);
    // Only what a retrain replayed itself is a random slice to it.
    if (stage === 'replay')
      await this.world.admin.query('update labeling.replay_cell_v1_rows set retrain_id = $1', [retrainId]);
    this.done.push(stage);
    const { rows } = await this.world.admin.query<{ attempt: number }>(
      'select attempt from training.retrain_v1 where id = $1',
      [retrainId],
    );
    const attempt = rows[0]?.attempt ?? 1;
    const event = (status: RetrainEvent['status'], done = 1): RetrainEvent => ({
      ...{ retrainId, stage, attempt, status, problem: null },
      progress: status === 'RUNNING' ? { done, total: 9, unit: 'things', costUsd: null } : null,
      output: status === 'SUCCEEDED' ? (OUTPUTS[stage] ?? { stage }) : null,
    });
    await this.send(event('RUNNING', 5));
    if (this.twice) await this.send(event('RUNNING', 2));
    await this.send(event('SUCCEEDED'));
    if (!this.twice) return;
    await this.send(event('RUNNING', 7));
    await this.send(event('SUCCEEDED'));
    if (first) await this.command(retrainId, stage);
  }

  async send(event: RetrainEvent): Promise<void> {
    await this.queue.add(EVENTS_QUEUE, { ...retrainEventJob, keyOf: () => randomUUID() }, event);
  }

  /** As the queue may: the same command once more. */
  async command(retrainId: string, stage: StageName): Promise<void> {
    const owner = STAGES.find(({ name }) => name === stage)?.owner ?? 'training';
    await this.queue.add(commandQueue(owner), { ...retrainStageJob, keyOf: () => randomUUID() }, { retrainId, stage });
  }

  close(): Promise<void> {
    return this.queue.close();
  }
}

const TRIGGER = `mutation($input: TriggerRetrainInput!) { triggerRetrain(input: $input) { id status } }`;
const retrainQuery = (id: string): string => `{ retrain(id: "${id}") {
  id status reason requestedBy router { name } version { id } problem { code message nextStep }
  stages { stage status progress { done } startedAt finishedAt output problem { code message } } } }`;

let world: World;
beforeAll(async () => {
  world = await openWorld();
}, 60_000);
afterAll(async () => {
  await world.close();
}, 60_000);

describe('a dataset', () => {
  it('of the same data and seed has the same hash in a new database, whatever was measured', async () => {
    const other = await openWorld();
    try {
      const [here, there] = await Promise.all([build(world, { seed: 3 }), build(other, { seed: 3 })]);
      expect(here).toMatchObject({ status: 'SUCCEEDED', candidates: CANDIDATES, eligibleCalls: CALLS, prompts: CALLS });
      expect(here.hash).toMatch(/^[0-9a-f]{64}$/);
      expect(there.hash).toBe(here.hash);
      expect(here.leakReport).toMatchObject({ clean: true, shared: { groups: 0, texts: 0, nearDuplicateTests: 0 } });
      expect(here.split).toMatchObject({ method: 'TIME', testShare: 0.2, embargoSeconds: 86_400 });
      expect(here.split.counts?.test).toBeGreaterThan(100);
      const text = readFileSync(path.join(world.objects, 'datasets', String(here.hash), 'dataset.jsonl'), 'utf8');
      expect(readFileSync(path.join(other.objects, 'datasets', String(here.hash), 'dataset.jsonl'), 'utf8')).toBe(text);
      expect((await build(world, { seed: 4 })).hash).not.toBe(here.hash);
    } finally {
      await other.close();
    }
  }, 60_000);

  it('knows a candidate by its name and its aliases, in any case', async () => {
    const { leftOut, outcomes } = await build(world, {});
    expect(leftOut).toEqual({ callsWithoutOutcome: 0, propensitiesOfOtherChoice: 0 });
    expect(outcomes).toBe(CALLS + 2 * (CALLS / 2));
  }, 60_000);

  it('of too little is refused with how much is missing and how to get it', async () => {
    const poor = await openWorld(20);
    try {
      await poor.admin.query('truncate labeling.replay_cell_v1_rows');
      const { status, hash, problem } = await build(poor, {});
      expect({ status, hash }).toEqual({ status: 'FAILED', hash: null });
      expect(problem).toMatchObject({ code: 'TOO_FEW_LABELS', nextStep: expect.stringContaining('labelCalls') });
      expect(problem?.message).toContain('holds 20 labelled prompts; 30 more are needed');
      const few = await build(poor, { filter: { to: new Date(START + 40 * HOUR).toISOString() }, embargoSeconds: 0 });
      expect(few.problem).toMatchObject({
        code: 'TOO_FEW_PROMPTS',
        nextStep: expect.stringContaining('extractTraces'),
      });
      expect(few.problem?.message).toContain('holds 32 prompts; 18 more are needed');
    } finally {
      await poor.close();
    }
  }, 60_000);

  it('takes all cells of a prompt from its latest replay, and nothing for random that was not drawn so', async () => {
    const other = await openWorld();
    try {
      // A later replay asked two candidates about one prompt, which somebody picked by hand.
      await other.admin.query(
        `insert into labeling.replay_cell_v1_rows (replay_id, call_id, candidate, performance, kind, labeler, cost_usd, in_random_slice)
         select $1, call_id, candidate, 0.25, kind, labeler, cost_usd, false from labeling.replay_cell_v1_rows
         where call_id = $2 and candidate <> 'large'`,
        [idOf(900_001), idOf(2)],
      );
      const { hash } = await build(other, { seed: 3 });
      const text = readFileSync(path.join(other.objects, 'datasets', String(hash), 'dataset.jsonl'), 'utf8');
      const replayedRow = z.object({
        id: z.string(),
        inRandomSlice: z.boolean(),
        replayed: z.record(z.string(), z.unknown()),
      });
      const rows = text
        .split('\n')
        .slice(1, -1)
        .map((line) => replayedRow.parse(JSON.parse(line)));
      const [picked, drawn] = [idOf(2), idOf(6)].map((id) => rows.find((row) => row.id === id));
      expect(picked).toMatchObject({ inRandomSlice: false });
      expect(Object.keys(picked?.replayed ?? {})).toEqual(['medium', 'small']);
      expect(drawn).toMatchObject({ inRandomSlice: true });
      expect(Object.keys(drawn?.replayed ?? {})).toEqual(['large', 'medium', 'small']);
    } finally {
      await other.close();
    }
  }, 60_000);

  it('is split as it was asked for, and says so', async () => {
    for (const method of ['TIME', 'RANDOM', 'SESSION']) {
      const { split } = await build(world, { split: method, validationShare: 0, embargoSeconds: 0 });
      expect(split).toMatchObject({ method, testShare: 0.2, validationShare: 0 });
    }
    expect((await build(world, { validationShare: 0.1 })).status).toBe('SUCCEEDED');
  }, 60_000);

  it.each<[string, Record<string, unknown>, string]>([
    ['shares that leave nothing to train on', { testShare: 0.9, validationShare: 0.1 }, 'testShare, validationShare: '],
    ['a validation part, which is not cut', { validationShare: 0.2 }, 'validationShare: no part is cut'],
    ['a split by task', { split: 'TASK' }, 'split: '],
    [
      'a filter that ends before it begins',
      { filter: { from: '2025-01-02', to: '2025-01-01' } },
      'filter.to: must not be before from',
    ],
    ['a performance beyond 1', { filter: { performanceBelow: 2 } }, 'filter.performanceBelow: '],
    ['a day that does not exist', { filter: { from: '2026-02-31' } }, ''],
  ])('is refused with %s', async (_, input, message) => {
    const { errors } = await ask(world, BUILD, { input: { router: ROUTER, ...input } });
    expect(errors[0]?.extensions.code).toBe('INVALID_INPUT');
    expect(errors[0]?.message.startsWith(message)).toBe(true);
  });

  it('is asked for once however often the same key is sent, and another body of the key is refused', async () => {
    const input = { router: ROUTER, idempotencyKey: 'one', seed: 8 };
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(world, BUILD, { input })));
    const ids = answers.map(({ data }) => z.object({ buildDataset: started }).parse(data).buildDataset.id);
    expect(new Set(ids).size).toBe(1);
    expect(await codeOf(world, BUILD, { input: { ...input, seed: 9 } })).toBe('IDEMPOTENCY_CONFLICT');
    expect(await codeOf(world, BUILD, { input: { router: 'nobody' } })).toBe('NOT_FOUND');
  });
});

describe('a training run', () => {
  it('is fitted off the event loop, with the same bytes each time, and evaluated on prompts it never saw', async () => {
    const frozen = await build(world, { seed: 3 });
    const TRAIN = `mutation($input: TrainRouterInput!) { trainRouter(input: $input) { id } }`;
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    const train = async () => {
      const { id } = await field(world, TRAIN, started, { input: { datasetId: frozen.id, routerType: 'knn' } });
      const query = `{ trainingRun(id: "${id}") { id status routerType params metrics modelSha256 fitSeconds
        problem { code message } dataset { hash } evaluation { method prompts } } }`;
      return follow(world, query, trainingRun);
    };
    const [first, second] = [await train(), await train()];
    clearInterval(timer);
    expect(first).toMatchObject({ status: 'SUCCEEDED', problem: null, dataset: { hash: frozen.hash } });
    expect(first).toMatchObject({
      params: { k: expect.any(Number) },
      metrics: { alwaysBestSingle: 0, rowsWithoutVector: 0 },
    });
    expect(first).toMatchObject({ evaluation: { method: 'paired-replay', prompts: expect.any(Number) } });
    expect(second.modelSha256).toBe(first.modelSha256);
    // On this event loop the fit would have been one pause.
    expect(longest).toBeLessThan((first.fitSeconds ?? 0) * 1000);
  }, 60_000);
});

describe('the saga', () => {
  it('does each stage once though every command and event is delivered twice and out of order', async () => {
    const owners = new Owners(world, true);
    try {
      const input = { router: ROUTER, reason: 'spec', seed: 3, idempotencyKey: 'retrain' };
      const { id } = await field(world, TRIGGER, started, { input });
      expect(await field(world, TRIGGER, started, { input })).toMatchObject({ id });
      const own = new Set<StageName>(['dataset', 'train', 'evaluate']);
      const ended = await follow(world, retrainQuery(id), retrain, async ({ stages }) => {
        for (const stage of own) {
          if (stages.find((each) => each.stage === stage)?.status === 'QUEUED') continue;
          own.delete(stage);
          await owners.command(id, stage);
        }
      });
      expect(own.size).toBe(0);
      expect(ended).toMatchObject({
        status: 'SUCCEEDED',
        reason: 'spec',
        router: { name: ROUTER },
        version: { id: idOf(777) },
      });
      expect(ended.stages.map(({ stage }) => stage)).toEqual(STAGES.map(({ name }) => name));
      for (const each of ended.stages) expect(each).toMatchObject({ status: 'SUCCEEDED', problem: null });
      expect(ended.stages[0]?.progress).toEqual({ done: 5 });

      const output = (stage: StageName) => ended.stages.find((each) => each.stage === stage)?.output ?? {};
      const counts = await world.admin.query(
        `select (select count(*)::int from training.dataset where retrain_id = $1) as datasets,
           (select count(*)::int from training.training_run where retrain_id = $1) as runs,
           (select count(*)::int from training.evaluation where id = $2) as evaluations`,
        [id, output('evaluate').evaluationId],
      );
      expect(counts.rows).toEqual([{ datasets: 1, runs: 2, evaluations: 1 }]);
      expect(output('dataset').hash).toBe((await build(world, { seed: 3 })).hash);
      expect(output('train')).toMatchObject({ runs: { knn: expect.any(String), ridge: expect.any(String) } });
      expect(await follow(world, retrainQuery(id), retrain)).toEqual(ended);
      await checkReport(id, String(output('train').trainingRunId), Number(output('evaluate').prompts));
    } finally {
      await owners.close();
    }
  }, 120_000);

  async function checkReport(retrainId: string, runId: string, prompts: number): Promise<void> {
    const query = `{ trainingRun(id: "${runId}") { routerType evaluation { method prompts aiq observedShare
      effectiveSampleSize refused { code message } frontier { policy }
      results { policy quality qualityCi95 gainOverBestSingle gainCi95 costUsdPerCall savedNetUsdPerCall share } } } }`;
    const { evaluation: report, routerType } = await field(
      world,
      query,
      z.object({ routerType: z.string(), evaluation }),
    );
    expect(report).toMatchObject({ method: 'paired-replay', prompts });
    // Half of the calls were replayed; the others are too few for the logs alone.
    for (const { code, message } of report.refused)
      expect({ code, message }).toEqual({
        code: 'OFF_POLICY_UNSUPPORTED',
        message: expect.stringMatching(/^prompts that were only logged: /),
      });
    const byPolicy = new Map(report.results.map((each) => [each.policy, each]));
    expect([...byPolicy.keys()]).toEqual(
      expect.arrayContaining(['logged', 'random', 'cheapest', 'bestSingle', 'oracle', 'champion', routerType]),
    );
    expect(byPolicy.get(routerType)?.costUsdPerCall).toBeLessThan(byPolicy.get('bestSingle')?.costUsdPerCall ?? 0);
    expect(byPolicy.get('champion')?.quality).toBe(byPolicy.get('bestSingle')?.quality);

    const { rows } = await world.admin.query<Record<string, unknown>>(
      'select * from training.training_run_v1 where retrain_id = $1 order by (id = $2) desc',
      [retrainId, runId],
    );
    expect(rows).toHaveLength(2);
    const [published] = z.array(publishedRun).parse(rows);
    expect(rows[0]).toMatchObject({ status: 'SUCCEEDED', candidates: CANDIDATES, embedding: USE_LITE_SPACE });
    expect(rows[0]).toMatchObject({ model_header: { type: routerType, bestSingle: 'large', dim: DIM } });
    expect(published?.gate_input?.challenger.choices).toHaveLength(prompts);
    expect(published?.gate_input?.groups).toHaveLength(prompts);
    expect(published?.gate_input?.champion.name).toContain(`${ROUTER}@1`);
  }

  it('goes on where it was after a stop between stages, with the queue wiped', async () => {
    let owners = new Owners(world, false);
    owners.held = 'embed';
    const held = new Promise<void>((resolve) => (owners.onHeld = resolve));
    const { id } = await field(world, TRIGGER, started, { input: { router: ROUTER, seed: 3, routerTypes: ['knn'] } });
    await held;
    const again = await ask(world, TRIGGER, { input: { router: ROUTER } });
    expect(again.errors[0]).toMatchObject({
      message: expect.stringContaining(id),
      extensions: { code: 'CONFLICT' },
    });
    await world.stop();
    await owners.close();
    const before = [...owners.done];
    const { rows } = await world.admin.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname = 'queue' and tablename not like '%migration%'`,
    );
    await world.admin.query(`truncate ${rows.map(({ name }) => name).join(', ')}`);
    await world.start();
    owners = new Owners(world, false);
    try {
      expect(await follow(world, retrainQuery(id), retrain)).toMatchObject({ status: 'SUCCEEDED' });
      expect(before).toEqual(['extract', 'label', 'replay']);
      expect(owners.done).toEqual(['embed', 'register', 'gate', 'deploy']);
    } finally {
      await owners.close();
    }
  }, 120_000);

  it('ends with the problem of the stage that failed, and a cancelled one goes no further', async () => {
    const owners = new Owners(world, false);
    await world.admin.query('alter view embedding.vector_v1 rename to gone');
    try {
      const { id: failing } = await field(world, TRIGGER, started, { input: { router: ROUTER } });
      const failed = await follow(world, retrainQuery(failing), retrain);
      expect(failed).toMatchObject({ status: 'FAILED', version: null, problem: { code: 'DEPENDENCY_UNAVAILABLE' } });
      expect(failed.problem?.message).toContain('embedding');
      const states = failed.stages.map(({ status }) => status);
      expect(states.slice(4)).toEqual(['SUCCEEDED', 'FAILED', 'QUEUED', 'QUEUED', 'QUEUED', 'QUEUED']);

      owners.held = 'extract';
      const held = new Promise<void>((resolve) => (owners.onHeld = resolve));
      const { id } = await field(world, TRIGGER, started, { input: { router: ROUTER } });
      await held;
      const state = z.looseObject({ status: z.string() });
      const cancelled = await field(world, `mutation { cancelRetrain(id: "${id}") { status } }`, state);
      expect(cancelled.status).toBe('CANCELLED');
      const running = `select 1 from training.retrain_v1 where id = $1 and status = 'RUNNING'`;
      expect((await world.admin.query(running, [id])).rowCount).toBe(0);
      expect(await codeOf(world, TRIGGER, { input: { router: 'nobody' } })).toBe('NOT_FOUND');
    } finally {
      await world.admin.query('alter view embedding.gone rename to vector_v1');
      await owners.close();
    }
  }, 120_000);

  it('whose stage failed with a code that only a newer release knows says so, and goes on when it is resumed', async () => {
    const owners = new Owners(world, false);
    owners.held = 'extract';
    const held = new Promise<void>((resolve) => (owners.onHeld = resolve));
    try {
      const { id } = await field(world, TRIGGER, started, { input: { router: ROUTER, seed: 3, routerTypes: ['knn'] } });
      await held;
      const problem = { code: 'CODE_OF_TOMORROW', message: 'The quota is used up.', nextStep: null };
      await owners.send({
        ...{ retrainId: id, stage: 'extract', attempt: 1, status: 'FAILED', problem, progress: null, output: null },
      });
      const failed = await follow(world, retrainQuery(id), retrain);
      expect(failed).toMatchObject({
        status: 'FAILED',
        problem: {
          code: 'STAGE_FAILED',
          message: 'CODE_OF_TOMORROW: The quota is used up.',
          nextStep: expect.stringContaining('resumeRetrain'),
        },
      });
      owners.held = null;
      await field(world, `mutation { resumeRetrain(id: "${id}") { id status } }`, started);
      expect(await follow(world, retrainQuery(id), retrain)).toMatchObject({ status: 'SUCCEEDED', problem: null });
    } finally {
      await owners.close();
    }
  }, 120_000);

  it('goes through without a replay: the report gives reasons instead of numbers, and there is nothing to gate', async () => {
    const bare = await openWorld();
    await bare.admin.query('truncate labeling.replay_cell_v1_rows');
    await bare.admin.query('update ingest.call_v1_rows set propensity = null, probabilities = null');
    const owners = new Owners(bare, false);
    try {
      const { id } = await field(bare, TRIGGER, started, { input: { router: ROUTER, routerTypes: ['knn'] } });
      expect(await follow(bare, retrainQuery(id), retrain)).toMatchObject({ status: 'SUCCEEDED' });
      const { rows } = await bare.admin.query('select evaluation, gate_input from training.training_run_v1');
      const [only, ...more] = z.array(publishedRun).parse(rows);
      expect(more).toEqual([]);
      expect(only).toMatchObject({ gate_input: null, evaluation: { method: 'off-policy' } });
      expect(only?.evaluation.refused.map(({ code }) => code)).toEqual(
        expect.arrayContaining(['TOO_FEW_PROMPTS', 'ORACLE_UNAVAILABLE', 'NO_PROPENSITIES']),
      );
      const query = `query($of: [_Any!]!) { _entities(representations: $of) { ... on Router {
        retrains(first: 1) { edges { node { id } } pageInfo { hasNextPage } } } } }`;
      const routers = await field(bare, query, z.unknown(), { of: [{ __typename: 'Router', name: ROUTER }] });
      expect(routers).toEqual([{ retrains: { edges: [{ node: { id } }], pageInfo: { hasNextPage: false } } }]);
    } finally {
      await owners.close();
      await bare.close();
    }
  }, 120_000);
});
