import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { STAGES, type Stage, type StageName } from '@signalbox/contracts';
import { JobStatus } from '@signalbox/contracts/graphql';
import { freshDatabase } from '@signalbox/testkit';
import { z } from 'zod';
import { trainingDatabase } from '../index.js';
import { idOf, OTHERS, ROUTER } from '../testing/published-rows.js';
import { eventOf, Owners } from '../testing/stage-owners.js';
import {
  ask,
  codeOf,
  field,
  follow,
  openWorld,
  retrain,
  retrainQuery,
  started,
  TRIGGER,
  type World,
} from '../testing/training-world.js';
import { RetrainStageEntity } from './retrain.entity.js';
import { waitingFor } from './retrains.service.js';

const RESUME = 'mutation($id: ID!) { resumeRetrain(id: $id) { id status attempt } }';
const CANCEL = 'mutation($id: ID!) { cancelRetrain(id: $id) { id status attempt } }';
const known = z.object({ id: z.string(), status: z.string(), attempt: z.number() });
type State = z.infer<typeof retrain>;

/** What a stage of training's own cannot do without. */
const NEEDED: Partial<Record<StageName, [schema: string, view: string]>> = {
  dataset: ['labeling', 'performance_v1'],
  train: ['embedding', 'vector_v1'],
  evaluate: ['registry', 'alias_v1'],
};

let world: World;
let owners: Owners;
beforeAll(async () => {
  world = await openWorld(await freshDatabase([...OTHERS, trainingDatabase]));
  owners = new Owners(world, false);
}, 60_000);
afterAll(async () => {
  await owners.close();
  await world.close();
}, 60_000);

const trigger = async (more: Record<string, unknown> = {}): Promise<string> =>
  (await field(world, TRIGGER, started, { input: { router: ROUTER, seed: 3, routerTypes: ['knn'], ...more } })).id;
const resume = (id: string) => field(world, RESUME, known, { id });
const cancel = (id: string) => field(world, CANCEL, known, { id });
const stateOf = (id: string): Promise<State> => field(world, retrainQuery(id), retrain);
const ended = (id: string): Promise<State> => follow(world, retrainQuery(id), retrain);
const statuses = ({ stages }: State): string[] => stages.map(({ status }) => status);

/** A retrain whose stage nobody answers for. */
async function heldAt(stage: StageName): Promise<string> {
  owners.held = stage;
  const held = new Promise<void>((resolve) => (owners.onHeld = resolve));
  const id = await trigger();
  await held;
  return id;
}

/** @returns what mends it */
async function breakStage({ name, owner }: Stage): Promise<() => Promise<void>> {
  if (owner !== 'training') {
    owners.failing = name;
    return async () => {
      owners.failing = null;
    };
  }
  const [schema, view] = NEEDED[name] ?? ['nothing', `fails the stage ${name}: say here what it needs`];
  await world.admin.query(`alter view ${schema}.${view} rename to gone`);
  return async () => {
    await world.admin.query(`alter view ${schema}.gone rename to ${view}`);
  };
}

describe('a retrain that is resumed', () => {
  it('goes on at the stage that failed, whichever it is, and does nothing again that had succeeded', async () => {
    owners.asked.clear();
    let id = '';
    let before: State['stages'] = [];
    for (const [place, stage] of STAGES.entries()) {
      const mend = await breakStage(stage);
      if (place === 0) id = await trigger({ idempotencyKey: 'resumed' });
      else expect(await resume(id)).toEqual({ id, status: 'RUNNING', attempt: place + 1 });
      const failed = await ended(id);
      await mend();
      expect(failed).toMatchObject({ status: 'FAILED', attempt: place + 1, problem: { code: expect.any(String) } });
      expect(failed.problem).toEqual(failed.stages[place]?.['problem']);
      expect(statuses(failed)).toEqual(
        STAGES.map((_, k) => (k < place ? 'SUCCEEDED' : k === place ? 'FAILED' : 'QUEUED')),
      );
      const earlier = Math.max(0, place - 1);
      expect(failed.stages.slice(0, earlier)).toEqual(before.slice(0, earlier));
      before = failed.stages;
    }
    await resume(id);
    const done = await ended(id);
    expect(done).toMatchObject({ status: 'SUCCEEDED', attempt: STAGES.length + 1, problem: null });
    expect(done.stages.slice(0, -1)).toEqual(before.slice(0, -1));
    for (const each of done.stages) expect(each).toMatchObject({ status: 'SUCCEEDED', problem: null });

    const expected = STAGES.flatMap(({ name, owner }, k) =>
      owner === 'training' ? [] : [`${name}@${k + 1}`, `${name}@${k + 2}`],
    );
    expect([...owners.asked]).toEqual(expected);
    const counts = await world.admin.query(
      `select (select count(*)::int from training.dataset) as datasets, (select count(*)::int from training.training_run) as runs,
         (select count(*)::int from training.evaluation) as evaluations, (select count(*)::int from training.retrain) as retrains`,
    );
    expect(counts.rows).toEqual([{ datasets: 1, runs: 1, evaluations: 1, retrains: 1 }]);

    expect(await trigger({ idempotencyKey: 'resumed' })).toBe(id);
    expect(await codeOf(world, RESUME, { id })).toBe('CONFLICT');
    expect(await stateOf(id)).toEqual(done);
  }, 120_000);

  it('goes on after a cancellation, once though a hundred ask at once, and unmoved by what its first attempt says late', async () => {
    owners.asked.clear();
    const id = await heldAt('embed');
    expect(await cancel(id)).toMatchObject({ status: 'CANCELLED' });
    expect(statuses(await stateOf(id))).toEqual(STAGES.map((_, k) => (k < 3 ? 'SUCCEEDED' : 'CANCELLED')));

    const answers = await Promise.all(Array.from({ length: 100 }, () => resume(id)));
    for (const answer of answers) expect(answer).toEqual({ id, status: 'RUNNING', attempt: 2 });
    expect(await resume(id)).toEqual({ id, status: 'RUNNING', attempt: 2 });

    const about = { retrainId: id, stage: 'embed' as const };
    await owners.tell(eventOf({ ...about, attempt: 1, status: 'SUCCEEDED' }));
    await owners.tell(eventOf({ ...about, attempt: 1, status: 'FAILED' }));
    await owners.tell(eventOf({ ...about, attempt: 2, status: 'RUNNING' }, 3));
    let state = await stateOf(id);
    while (state.stages[3]?.progress?.done !== 3) state = await stateOf(id);
    expect(state).toMatchObject({ status: 'RUNNING', problem: null });
    expect(statuses(state)).toEqual(STAGES.map((_, k) => (k < 3 ? 'SUCCEEDED' : k === 3 ? 'RUNNING' : 'QUEUED')));

    owners.held = null;
    expect(await ended(id)).toMatchObject({ status: 'SUCCEEDED', attempt: 2 });
    const others = STAGES.filter(({ owner }) => owner !== 'training').map(({ name }) => name);
    const first = ['extract', 'label', 'replay', 'embed'].map((name) => `${name}@1`);
    expect([...owners.asked]).toEqual([...first, ...others.slice(3).map((name) => `${name}@2`)]);
  }, 120_000);

  it('is refused while another one of its router runs, and of many that start and resume at once one goes through', async () => {
    const first = await heldAt('extract');
    await cancel(first);
    const second = await heldAt('extract');
    expect((await ask(world, RESUME, { id: first })).errors[0]).toMatchObject({
      message: expect.stringContaining(second),
      extensions: { code: 'CONFLICT' },
    });
    expect(await stateOf(first)).toMatchObject({ status: 'CANCELLED', attempt: 1 });
    await cancel(second);

    const input = { router: ROUTER };
    const all = await Promise.all(
      Array.from({ length: 20 }, () => [
        codeOf(world, RESUME, { id: first }),
        codeOf(world, RESUME, { id: second }),
        codeOf(world, TRIGGER, { input }),
      ]).flat(),
    );
    expect(new Set(all)).toEqual(new Set([undefined, 'CONFLICT']));
    const { rows } = await world.admin.query<{ id: string; attempt: number }>(
      `select id, attempt from training.retrain where status = 'RUNNING'`,
    );
    expect(rows).toHaveLength(1);
    for (const { id } of rows) expect((await cancel(id)).attempt).toBeLessThanOrEqual(2);
    owners.held = null;
  }, 60_000);

  it('must be known', async () => {
    expect(await codeOf(world, RESUME, { id: idOf(404) })).toBe('NOT_FOUND');
    expect(await codeOf(world, RESUME, { id: 'none' })).toBe('NOT_FOUND');
  });
});

describe('the service that a stage waits for', () => {
  const NOW = new Date('2026-01-01T00:00:00Z');
  const ago = (ms: number): Date => new Date(NOW.getTime() - ms);
  const stageOf = (given: Partial<RetrainStageEntity>): RetrainStageEntity =>
    Object.assign(
      new RetrainStageEntity(),
      { status: JobStatus.RUNNING, startedAt: ago(600_000), heardAt: null },
      given,
    );

  it.each(STAGES)(
    'is $owner, when $name was silent for three heartbeats, and nobody before',
    ({ name: stage, owner }) => {
      expect(waitingFor(stageOf({ stage, heardAt: ago(15_000) }), NOW)).toBe(owner);
      expect(waitingFor(stageOf({ stage, heardAt: ago(14_999) }), NOW)).toBeNull();
      expect(waitingFor(stageOf({ stage, startedAt: ago(15_000) }), NOW)).toBe(owner);
      expect(waitingFor(stageOf({ stage, startedAt: ago(14_999) }), NOW)).toBeNull();
      for (const status of Object.values(JobStatus).filter((each) => each !== JobStatus.RUNNING)) {
        expect(waitingFor(stageOf({ stage, status, heardAt: ago(600_000) }), NOW)).toBeNull();
      }
    },
  );

  it('is named while it is silent, and no more once it is heard', async () => {
    const id = await heldAt('extract');
    const waits = async () => (await stateOf(id)).stages.map((stage) => stage.waitingFor);
    const nobody = STAGES.map(() => null);
    expect(await waits()).toEqual(nobody);
    const set = (column: 'started_at' | 'heard_at') =>
      world.admin.query(
        `update training.retrain_stage set ${column} = now() - interval '16 s' where retrain_id = $1 and stage = 'extract'`,
        [id],
      );
    await set('started_at');
    expect(await waits()).toEqual(['ingest', ...nobody.slice(1)]);
    await set('heard_at');
    expect(await waits()).toEqual(['ingest', ...nobody.slice(1)]);
    await owners.tell(eventOf({ retrainId: id, stage: 'extract', attempt: 1, status: 'RUNNING' }));
    while ((await waits())[0] !== null);
    expect(await waits()).toEqual(nobody);
    await cancel(id);
    owners.held = null;
  }, 60_000);
});
