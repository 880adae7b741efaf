import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EVENTS_QUEUE, type RetrainEvent } from '@signalbox/contracts';
import { commandStage, JobQueue, retrainEventJob, route } from '@signalbox/queue';
import { freePort, freshDatabase, type FreshDatabase } from '@signalbox/testkit';
import { v7 as uuidv7 } from 'uuid';
import { ingestDatabase } from '../index.js';
import { traceOf, tracesOf } from '../testing/calls.js';
import { FakeJaeger } from '../testing/fake-jaeger.js';
import { RunningIngest } from '../testing/running-ingest.js';

jest.setTimeout(60_000);
const DAY = 86_400_000;
/** The stage asks the clock, so that its traces lie around now. */
const NOW = Date.now();

const REQUEST = {
  ...{ routerTypes: ['knn'], judgeBudgetUsd: 0, replayBudgetUsd: 0, replayEndpoint: null, replayTestPrompts: 0 },
  ...{ replayTrainPrompts: 0, judgeSample: 0, testShare: 0.2, embargoSeconds: 0, promoteIfGatePasses: true, seed: 1 },
};

/** As the reconciler of training does: the job of the stage before may not have left the queue yet. */
const ASK_AGAIN_MS = 300;

describe('the stage extract of a retrain', () => {
  let database: FreshDatabase;
  let ingest: RunningIngest;
  let queue: JobQueue;
  let jaeger: FakeJaeger;
  let ended: (event: RetrainEvent) => void = () => undefined;
  beforeAll(async () => {
    database = await freshDatabase([ingestDatabase]);
    ingest = await RunningIngest.on(database);
    await ingest.admin
      .query(`create schema training; create table training.retrain_v1 (id uuid, router text, request jsonb, outputs jsonb, status text, attempt int not null default 1);
      grant usage on schema training to signalbox_ingest; grant select on training.retrain_v1 to signalbox_ingest;
      create schema registry; create table registry.candidate_v1 (router text, position int, name text, aliases text[], input_price float8,
        output_price float8, cached_input_price float8);
      grant usage on schema registry to signalbox_ingest; grant select on registry.candidate_v1 to signalbox_ingest`);
    await ingest.start();
    queue = new JobQueue({
      url: database.urls.queue,
      applicationName: 'test',
      log: { error: () => undefined, warn: () => undefined },
    });
    queue.work(
      EVENTS_QUEUE,
      [
        route(retrainEventJob, async (event) => {
          if (event.status !== 'RUNNING') ended(event);
        }),
      ],
      1,
    );
  });
  beforeEach(async () => {
    await ingest.admin.query(
      'truncate ingest.trace_source, ingest.extraction, ingest.extraction_window, ingest.extraction_trace, ingest.received_part, ingest.llm_call',
    );
    jaeger = await FakeJaeger.start({ api: 'v3', spans: tracesOf(10, 3_600_000, 'old', NOW - 100 * DAY) });
  });
  afterEach(() => jaeger.stop());
  afterAll(async () => {
    await queue.close();
    await ingest.end();
  });

  const retrain = async (): Promise<string> => {
    const id = uuidv7();
    await ingest.admin.query(`insert into training.retrain_v1 values ($1, 'bot', $2, '{}', 'RUNNING')`, [
      id,
      JSON.stringify(REQUEST),
    ]);
    return id;
  };
  const runStage = async (id: string): Promise<RetrainEvent> => {
    const event = new Promise<RetrainEvent>((resolve) => (ended = resolve));
    const ask = () => void commandStage(queue, 'ingest', id, 'extract');
    ask();
    const again = setInterval(ask, ASK_AGAIN_MS);
    return event.finally(() => clearInterval(again));
  };

  it('reads what is new since the watermark, with few requests over months of silence, and answers the same again', async () => {
    const source = await ingest.createSource({ name: 'live', endpoint: jaeger.url });
    await ingest.extract(source, NOW - 101 * DAY, NOW - 99 * DAY);
    const fresh = traceOf('fresh', NOW - DAY);
    jaeger.set({ spans: [...tracesOf(10, 3_600_000, 'old', NOW - 100 * DAY), ...fresh] });
    const before = jaeger.searches.length;
    const id = await retrain();
    const first = await runStage(id);
    const output = {
      sources: 1,
      spansRead: 2,
      callsStored: 1,
      callsDuplicate: 0,
      complete: true,
      failed: {},
      neverRead: [],
    };
    expect(first).toMatchObject({ status: 'SUCCEEDED', output });
    expect(jaeger.searches.length - before).toBe(1);
    expect((await runStage(id)).output).toEqual(output);
    expect(await ingest.count('ingest.extraction where retrain_id = $1', [id])).toBe(1);
    expect((await runStage(await retrain())).output).toMatchObject({ spansRead: 0, callsStored: 0, complete: true });
  });

  it('names the sources that it could not read, and fails when it could read none', async () => {
    const source = await ingest.createSource({ name: 'good', endpoint: jaeger.url });
    await ingest.extract(source, NOW - 101 * DAY, NOW - 99 * DAY);
    const dead = await ingest.createSource({ name: 'dead', endpoint: `http://127.0.0.1:${await freePort()}` });
    await ingest.extract(dead, NOW - 101 * DAY, NOW - 99 * DAY);
    await ingest.createSource({ name: 'untouched', endpoint: jaeger.url });
    const some = await runStage(await retrain());
    expect(some).toMatchObject({
      status: 'SUCCEEDED',
      output: { sources: 3, complete: false, failed: { dead: 'SOURCE_UNREACHABLE' }, neverRead: ['untouched'] },
    });
    jaeger.set({ api: 'html' });
    expect(await runStage(await retrain())).toMatchObject({
      status: 'FAILED',
      problem: { code: 'SOURCE_UNREACHABLE' },
    });
  });

  it('names candidates by their aliases and estimates costs from their prices, and never touches a reported cost', async () => {
    const reported = traceOf('reported', NOW - 100 * DAY - 1_000, { attributes: { 'gen_ai.usage.cost': '0.25' } });
    jaeger.set({ spans: [...tracesOf(2, 1_000, 'old', NOW - 100 * DAY), ...reported] });
    const source = await ingest.createSource({ name: 'priced', endpoint: jaeger.url });
    await ingest.extract(source, NOW - 101 * DAY, NOW - 99 * DAY);
    const models = async (): Promise<unknown[]> =>
      (
        await ingest.admin.query<Record<string, unknown>>(
          'select model_name, cost_usd, cost_estimated, count(*)::int as n from ingest.llm_call group by 1, 2, 3 order by 3',
        )
      ).rows;
    expect(await models()).toEqual([
      { model_name: 'gpt-4o-2024-08-06', cost_usd: 0.25, cost_estimated: false, n: 1 },
      { model_name: 'gpt-4o-2024-08-06', cost_usd: null, cost_estimated: false, n: 2 },
    ]);

    await ingest.admin.query(
      `insert into registry.candidate_v1 values ('bot', 0, 'big', '{GPT-4o-2024-08-06}', 2.5, 10, null)`,
    );
    await runStage(await retrain());
    const priced = (100 * 2.5 + 20 * 10) / 1_000_000;
    expect(await models()).toEqual([
      { model_name: 'big', cost_usd: 0.25, cost_estimated: false, n: 1 },
      { model_name: 'big', cost_usd: priced, cost_estimated: true, n: 2 },
    ]);
    await ingest.admin.query('truncate ingest.llm_call');
    await ingest.extract(source, NOW - 101 * DAY, NOW - 99 * DAY);
    expect(await models()).toEqual([
      { model_name: 'big', cost_usd: 0.25, cost_estimated: false, n: 1 },
      { model_name: 'big', cost_usd: priced, cost_estimated: true, n: 2 },
    ]);
    await ingest.admin.query('truncate registry.candidate_v1');
    await runStage(await retrain());
    expect(await models()).toContainEqual({
      model_name: 'gpt-4o-2024-08-06',
      cost_usd: null,
      cost_estimated: false,
      n: 2,
    });
  });
});
