import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { STAGES, type StageName } from '@signalbox/contracts';
import { USE_LITE_SPACE } from '@signalbox/embedders';
import { freshDatabase } from '@signalbox/testkit';
import { z } from 'zod';
import { trainingDatabase } from './index.js';
import { CALLS, CANDIDATES, DIM, HOUR, idOf, OTHERS, ROUTER, START } from './testing/published-rows.js';
import { Owners } from './testing/stage-owners.js';
import {
  ask,
  codeOf,
  field,
  follow,
  openWorld,
  problem,
  retrain,
  retrainQuery,
  started,
  TRIGGER,
  type World,
} from './testing/training-world.js';

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
const gateInput = z.object({
  challenger: z.object({ choices: z.array(z.string()) }),
  champion: z.object({ name: z.string() }),
  groups: z.array(z.string()),
});
const publishedRun = z.object({
  evaluation: z.object({ method: z.string(), refused: z.array(z.object({ code: z.string() })) }),
  gate_input: gateInput.nullable(),
});

const BUILD = `mutation($input: BuildDatasetInput!) { buildDataset(input: $input) { id status } }`;
async function build(world: World, input: Record<string, unknown>): Promise<z.infer<typeof dataset>> {
  const { id } = await field(world, BUILD, started, { input: { router: ROUTER, ...input } });
  return follow(
    world,
    `{ dataset(id: "${id}") { id status hash prompts outcomes density candidates split leakReport leftOut
       judges { judge outcomes passedGate reason }
       eligibleCalls embedding problem { code message nextStep } progress { done total unit } } }`,
    dataset,
  );
}

const newWorld = async (labelled?: number): Promise<World> =>
  openWorld(await freshDatabase([...OTHERS, trainingDatabase]), labelled);

let world: World;
beforeAll(async () => {
  world = await newWorld();
}, 60_000);
afterAll(async () => {
  await world.close();
}, 60_000);

describe('a dataset', () => {
  it('of the same data and seed has the same hash in a new database, whatever was measured', async () => {
    const other = await newWorld();
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

  it('names the judges whose scores are in it, with their standing, and keeps what people said of their answers', async () => {
    const other = await newWorld();
    try {
      await other.admin.query(
        `update labeling.performance_v1_rows set kind = 'JUDGE', labeler = case when performance = 1 then 'a@1' else 'b@1' end`,
      );
      await other.admin.query(`insert into labeling.judge_gate_v1_rows values ('a@1', true, 'It agrees.')`);
      await other.admin.query(
        `insert into labeling.judge_pair_v1_rows values ($1, 'a@1', 1, 0.5), ($1, 'b@1', 0.25, 0.5)`,
        [idOf(2)],
      );
      const { judges, hash } = await build(other, {});
      const text = readFileSync(path.join(other.objects, 'datasets', String(hash), 'dataset.jsonl'), 'utf8');
      const rows = text
        .split('\n')
        .slice(1, -1)
        .map((line) => z.looseObject({ id: z.string() }).parse(JSON.parse(line)));
      expect(rows.filter((row) => row.checked !== undefined)).toEqual([
        expect.objectContaining({ id: idOf(2), checked: { people: 0.5, judges: { 'a@1': 1, 'b@1': 0.25 } } }),
      ]);
      expect(judges).toEqual([
        { judge: 'a@1', outcomes: expect.any(Number), passedGate: true, reason: 'It agrees.' },
        {
          judge: 'b@1',
          outcomes: expect.any(Number),
          passedGate: false,
          reason: 'It has not been compared with people yet.',
        },
      ]);
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
    const poor = await newWorld(20);
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

  it('takes all cells of a prompt from the latest replay of those that know most, and nothing for random that was not drawn so', async () => {
    const other = await newWorld();
    try {
      // Later replays ask all candidates of one prompt, which somebody picked by hand, and one candidate of another.
      const later = `insert into labeling.replay_cell_v1_rows
          (replay_id, call_id, candidate, performance, kind, labeler, cost_usd, in_random_slice)
        select $1, call_id, candidate, 0.25, kind, labeler, cost_usd, false from labeling.replay_cell_v1_rows
        where call_id = $2 and candidate = any($3::text[])`;
      await other.admin.query(later, [idOf(900_001), idOf(2), ['small', 'medium', 'large']]);
      await other.admin.query(later, [idOf(900_002), idOf(6), ['small']]);
      const { hash } = await build(other, { seed: 3 });
      const text = readFileSync(path.join(other.objects, 'datasets', String(hash), 'dataset.jsonl'), 'utf8');
      const replayedRow = z.object({
        id: z.string(),
        inRandomSlice: z.boolean(),
        replayed: z.record(z.string(), z.object({ performance: z.number() })),
      });
      const rows = text
        .split('\n')
        .slice(1, -1)
        .map((line) => replayedRow.parse(JSON.parse(line)));
      const [picked, drawn] = [idOf(2), idOf(6)].map((id) => rows.find((row) => row.id === id));
      expect(picked).toMatchObject({ inRandomSlice: false });
      expect(new Set(Object.values(picked?.replayed ?? {}).map(({ performance }) => performance))).toEqual(
        new Set([0.25]),
      );
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
      // Delivery is at least once: a command may come again before its event was heard.
      expect([...new Set(owners.done)]).toEqual(['embed', 'register', 'gate', 'deploy']);
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
      await owners.tell({
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
    const bare = await newWorld();
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
