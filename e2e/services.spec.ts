import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import * as operations from '../apps/standalone/src/quickstart/operations.js';
import { ServiceDatabase } from './service-database.js';
import { NAMES, PROCESSES, ServiceProcesses, type ProcessName } from './service-processes.js';
import { current, finalState, SmallLoop, smallTraffic, type RetrainState, type SmallTraffic } from './small-loop.js';

const MINUTES = 60_000;
const STOPS_WITHIN_MS = 20_000;
/** What is shorter may stand in a log by chance. */
const A_TEXT = 20;

const answer = z.object({
  data: z.record(z.string(), z.unknown()).nullable(),
  errors: z.array(z.object({ extensions: z.record(z.string(), z.unknown()) })).default([]),
});

const stagesOf = ({ stages }: RetrainState) => Object.fromEntries(stages.map(({ stage, status }) => [stage, status]));
const waitedFor = ({ stages }: RetrainState) =>
  stages.flatMap(({ stage, waitingFor }) => (waitingFor === null ? [] : [[stage, waitingFor]]));

describe('five services in seven processes', () => {
  const closers: (() => Promise<void>)[] = [];
  let all: ServiceProcesses;
  let traffic: SmallTraffic;
  let loop: SmallLoop;
  let database: ServiceDatabase;
  /** What the gateway answered before any service was there. */
  let alone: { readiness: string; asked: z.infer<typeof answer> };
  let first: RetrainState;

  const ask = async (query: string, variables: Record<string, unknown> = {}, requestId = 'e2e') => {
    const response = await fetch(all.url('gateway'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': requestId },
      body: JSON.stringify({ query, variables }),
    });
    return answer.parse(await response.json());
  };
  const statusOf = async (name: ProcessName, path: string, init?: RequestInit) =>
    (await fetch(all.url(name, path), init)).status;
  const until = async (what: string, seen: () => boolean | Promise<boolean>) => {
    const deadline = Date.now() + MINUTES;
    while (!(await seen())) {
      if (Date.now() > deadline) throw new Error(`never seen: ${what}`);
      await delay(20);
    }
  };
  const jobsOf = (name: ProcessName) => all.lines(name).filter(({ jobId }) => jobId !== undefined);
  const whoseLines = (requestId: string) =>
    NAMES.filter((name) => all.lines(name).some((line) => line.requestId === requestId));
  beforeAll(async () => {
    traffic = await smallTraffic();
    closers.push(() => traffic.close());
    all = await ServiceProcesses.prepare();
    closers.push(() => all.close());
    database = await ServiceDatabase.open(all.adminUrl);
    closers.push(() => database.close());
    all.start('gateway');
    const readiness = await all.ready('gateway', (status) => status === 503);
    alone = { readiness, asked: await ask('{ router(name: "small") { name } }') };
    for (const name of NAMES) if (name !== 'gateway') all.start(name);
    await Promise.all(NAMES.map((name) => all.ready(name)));
    await all.ready('gateway', (_status, body) => !body.includes('not ready'));
    loop = new SmallLoop(all.url('gateway'), traffic);
    await loop.prepare();
    first = await loop.follow(await loop.trigger());
  }, 5 * MINUTES);
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });

  it('are joined by a gateway that was there before them, and that named what was missing', async () => {
    const services = ['ingest', 'labeling', 'embedding', 'training', 'registry'];
    const each = (state: string) => Object.fromEntries(services.map((service) => [service, state]));
    expect(JSON.parse(alone.readiness)).toMatchObject({ status: 'not ready', services: each('not ready') });
    expect(alone.asked).toMatchObject({
      data: { router: null },
      errors: [{ extensions: { code: 'DEPENDENCY_UNAVAILABLE', service: 'registry' } }],
    });
    expect(JSON.parse(await all.ready('gateway'))).toMatchObject({ status: 'ready', services: each('ready') });
  });

  it('walk a retrain to its end, every stage by its owner', async () => {
    expect(first).toMatchObject({ status: 'SUCCEEDED', problem: null });
    expect(new Set(Object.values(stagesOf(first)))).toEqual(new Set(['SUCCEEDED']));
    const workersOf = (stage: string) =>
      NAMES.filter((name) =>
        jobsOf(name).some(({ job }) => job?.startsWith('retrain-stage.') && job.endsWith(`.${stage}`)),
      );
    const owners = {
      extract: 'ingest',
      ...{ label: 'labeling worker', replay: 'labeling worker' },
      embed: 'embedding',
      ...{ dataset: 'training', train: 'training', evaluate: 'training' },
      ...{ register: 'registry', gate: 'registry', deploy: 'registry' },
    };
    expect(Object.keys(stagesOf(first))).toEqual(Object.keys(owners));
    for (const [stage, owner] of Object.entries(owners)) {
      // The line comes after the stage's report, which may end the retrain.
      await until(`the job of ${stage}`, () => workersOf(stage).length > 0);
      expect([stage, workersOf(stage)]).toEqual([stage, [owner]]);
    }
  });

  it('in the role worker answer for their health and no GraphQL, and in the role api do no job', async () => {
    const post = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    };
    const answered = async (name: ProcessName) => [
      await statusOf(name, '/healthz'),
      await statusOf(name, '/readyz'),
      await statusOf(name, '/graphql', post),
    ];
    expect(await answered('labeling worker')).toEqual([200, 200, 404]);
    expect(await answered('labeling api')).toEqual([200, 200, 200]);
    expect(jobsOf('labeling worker').length).toBeGreaterThan(0);
    expect(jobsOf('labeling api')).toEqual([]);
  });

  it(
    'make a retrain wait when they are down, say so, and take it up again when they are back',
    async () => {
      const id = await loop.trigger('outage');
      await loop.follow(id, ({ stages }) =>
        stages.some(({ stage, progress }) => stage === 'replay' && progress !== null),
      );
      const down = ['labeling worker', 'embedding', 'registry'] as const;
      for (const name of down) expect(await all.stop(name)).toMatchObject({ code: 0 });
      expect(await database.leases()).toBe(0);
      const waiting = await loop.follow(id, (seen) => waitedFor(seen).length > 0);
      expect({ status: waiting.status, waits: waitedFor(waiting) }).toEqual({
        status: 'RUNNING',
        waits: [['replay', 'labeling']],
      });

      expect(JSON.parse(await all.ready('gateway'))).toMatchObject({
        status: 'ready',
        services: {
          ingest: 'ready',
          labeling: 'ready',
          embedding: 'not ready',
          training: 'ready',
          registry: 'not ready',
        },
      });
      const { data, errors } = await ask(
        '{ router(name: "small") { name } labelers { name } llmCalls(first: 1) { edges { node { id } } } }',
      );
      expect(data).toMatchObject({
        router: null,
        labelers: expect.any(Array),
        llmCalls: { edges: [expect.anything()] },
      });
      expect(errors).toMatchObject([{ extensions: { code: 'DEPENDENCY_UNAVAILABLE', service: 'registry' } }]);
      const list = await ask('{ similarCalls(text: "a") { similarity } labelers { name } }');
      expect(list).toMatchObject({
        data: null,
        errors: [{ extensions: { code: 'DEPENDENCY_UNAVAILABLE', service: 'embedding' } }],
      });

      all.start('labeling worker');
      for (const [stage, owner] of [
        ['embed', 'embedding'],
        ['register', 'registry'],
      ] as const) {
        expect(current(await loop.follow(id, (seen) => current(seen) === stage))).toBe(stage);
        all.start(owner);
      }
      const last = await loop.follow(id);
      expect(last).toMatchObject({ status: 'SUCCEEDED', attempt: 1, problem: null });
      expect(stagesOf(last)).toEqual(stagesOf(first));
      expect(await finalState(all.adminUrl)).toMatchObject({ leases: 0, cells: { open: 0 } });
    },
    5 * MINUTES,
  );

  it(
    'log lines of JSON with the ids of requests and jobs, and no text of a prompt or an answer, also when work fails',
    async () => {
      await ask('{ llmCalls(first: 1) { edges { node { id labels { score } } } } }', {}, 'two-services');
      await until('the request in all logs', () => whoseLines('two-services').length === 3);
      expect(whoseLines('two-services')).toEqual(['gateway', 'ingest', 'labeling api']);

      const secret = 'a text that only this one request has held';
      await database.refusing('labeling.ground_truth', 'answer', async () => {
        const groundTruth = [{ query: secret, answer: secret }];
        const input = { name: 'refused', kind: 'METRIC', metric: 'exact_match', groundTruth };
        const { errors } = await ask(operations.CREATE_LABELER, { input }, 'fails');
        expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL' } }]);
      });
      await until('the failure', () =>
        all.lines('labeling api').some(({ level, requestId }) => level === 'error' && requestId === 'fails'),
      );

      await database.refusing('labeling.replay_cell', 'response', async () => {
        const endpoint = traffic.servers.openaiUrl;
        const input = { sampleSize: 2, candidates: ['swift-mini'], router: 'small', endpoint, budgetUsd: 1 };
        const started = await ask('mutation ($input: ReplayCallsInput!) { made: replayCalls(input: $input) { id } }', {
          input,
        });
        const { id } = z.object({ id: z.string() }).parse(started.data?.['made']);
        const failed = async () => {
          const { data } = await ask('query ($id: ID!) { replay(id: $id) { status problem { code } } }', { id });
          return z.object({ status: z.string() }).parse(data?.['replay']).status === 'FAILED';
        };
        await until('the end of the replay', failed);
        const errors = all.lines('labeling worker').filter(({ level, job }) => level === 'error' && job?.endsWith(id));
        expect(errors.length).toBeGreaterThan(0);
        expect(errors.filter(({ jobId }) => jobId === undefined)).toEqual([]);
      });

      const known = [secret, ...(await database.texts(A_TEXT))];
      expect(known.length).toBeGreaterThan(700);
      const written = NAMES.map((name) => all.output(name)).join('');
      const told = known.filter((text) => written.includes(JSON.stringify(text).slice(1, -1)));
      expect(told).toEqual([]);
      for (const name of NAMES) for (const line of all.lines(name)) expect(line.service).toBe(PROCESSES[name].service);
    },
    2 * MINUTES,
  );

  it(
    'end with exit code 0 soon after SIGTERM, and hold no lease, also in the middle of work',
    async () => {
      const { data } = await ask('{ datasets(first: 1) { edges { node { id } } } }');
      const page = z.object({ edges: z.tuple([z.object({ node: z.object({ id: z.string() }) })]) });
      const datasetId = page.parse(data?.['datasets']).edges[0].node.id;
      const input = { datasetId, routerType: 'ridge', seed: 5 };
      await ask('mutation ($input: TrainRouterInput!) { trainRouter(input: $input) { id } }', { input });
      await until('a lease', async () => (await database.leases()) > 0);
      const ended = await Promise.all(NAMES.map(async (name) => ({ name, ...(await all.stop(name)) })));
      expect(ended.map(({ name, code }) => [name, code])).toEqual(NAMES.map((name) => [name, 0]));
      for (const { tookMs } of ended) expect(tookMs).toBeLessThan(STOPS_WITHIN_MS);
      expect(await database.leases()).toBe(0);
    },
    MINUTES,
  );
});
