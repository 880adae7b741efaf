import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EVENTS_QUEUE, SignalboxError, type RetrainEvent, type RetrainRow } from '@signalbox/contracts';
import { freshDatabase, type FreshDatabase } from '@signalbox/testkit';
import { JobQueue, route } from './job-queue.js';
import { retrainEventJob } from './jobs.js';
import { commandStage, HEARTBEAT_MS, stageRoute, type StageHandler } from './stage-route.js';

jest.setTimeout(60_000);

const RETRAIN: RetrainRow = {
  id: '01900000-0000-7000-8000-000000000001',
  router: 'bot',
  request: {
    ...{ routerTypes: ['knn'], judgeBudgetUsd: 0, replayBudgetUsd: 0, replayEndpoint: null, replayTestPrompts: 0 },
    ...{ replayTrainPrompts: 0, judgeSample: 0, testShare: 0.2, embargoSeconds: 0, promoteIfGatePasses: true, seed: 1 },
  },
  outputs: {},
  attempt: 1,
};

describe('a stage on the queue', () => {
  let database: FreshDatabase;
  let training: JobQueue;
  let owner: JobQueue | undefined;
  let logged: string[];
  let events: RetrainEvent[];
  let heard: (event: RetrainEvent) => void;
  let ended: (event: RetrainEvent) => void;
  let end: Promise<RetrainEvent>;
  const open = () =>
    new JobQueue({
      url: database.urls.queue,
      applicationName: 'spec',
      log: { error: (message) => void logged.push(message), warn: (message) => void logged.push(message) },
    });

  beforeAll(async () => {
    database = await freshDatabase([]);
  });
  beforeEach(() => {
    logged = [];
    events = [];
    heard = () => undefined;
    end = new Promise((resolve) => (ended = resolve));
    training = open();
    const hear = route(retrainEventJob, async (event) => {
      heard(event);
      if (event.status !== 'RUNNING' || event.progress) events.push(event);
      if (event.status !== 'RUNNING') ended(event);
    });
    training.work(EVENTS_QUEUE, [hear], 1);
  });
  afterEach(async () => {
    await owner?.close();
    await training.close();
  });
  afterAll(() => database.drop());

  /** A process of the service that owns the stage. */
  const start = (
    handler: StageHandler,
    readRetrain: () => Promise<RetrainRow | null> = async () => RETRAIN,
  ): JobQueue => {
    owner = open();
    owner.work('ingest.commands', [stageRoute({ queue: owner, readRetrain, stages: { extract: handler } })], 1);
    return owner;
  };
  const command = () => commandStage(training, 'ingest', RETRAIN.id, 'extract');

  it('that graceful stops break off, more often than a job has attempts, is done when it is asked for again', async () => {
    for (let stop = 0; stop < 6; stop += 1) {
      await new Promise<void>((stopped) => {
        const process: JobQueue = start(
          (_retrain, _report, { signal }) =>
            new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => reject(new Error('stopped')));
              void process.close().then(stopped);
            }),
        );
        void command();
      });
    }
    expect(events).toEqual([]);
    start(async () => ({ spansRead: 3 }));
    await command();
    expect(await end).toMatchObject({ status: 'SUCCEEDED', output: { spansRead: 3 } });
    expect(logged).toEqual([]);
  });

  it('whose retrain is cancelled while it runs sends no event of an end', async () => {
    let cancelled = false;
    let broken: () => void;
    const brokenOff = new Promise<void>((resolve) => (broken = resolve));
    const process = start(
      async (_retrain, report) => {
        await report({ done: 1, total: 2, unit: 'spans', costUsd: null });
        cancelled = true;
        broken();
        throw new SignalboxError('STAGE_FAILED', 'the extraction was cancelled');
      },
      async () => (cancelled ? null : RETRAIN),
    );
    await command();
    await brokenOff;
    await process.close();
    await training.close();
    expect(events.filter(({ status }) => status !== 'RUNNING')).toEqual([]);
    expect(logged).toEqual([]);
  });

  it('says every five seconds that it is worked on, and for the attempt that its retrain is at by then', async () => {
    const beats: { attempt: number; at: number }[] = [];
    let thirdBeat: () => void;
    const beaten = new Promise<void>((resolve) => (thirdBeat = resolve));
    heard = ({ status, attempt }) => {
      if (status === 'RUNNING' && beats.push({ attempt, at: performance.now() }) === 3) thirdBeat();
    };
    let attempt = 1;
    start(
      async () => {
        attempt = 2;
        await beaten;
        return {};
      },
      async () => ({ ...RETRAIN, attempt }),
    );
    await command();
    expect(await end).toMatchObject({ status: 'SUCCEEDED', attempt: 2 });
    expect(beats.map((beat) => beat.attempt)).toEqual([1, 2, 2]);
    const [first, , third] = beats;
    const between = ((third?.at ?? 0) - (first?.at ?? 0)) / 2;
    expect(between).toBeGreaterThan(0.8 * HEARTBEAT_MS);
    expect(between).toBeLessThan(3 * HEARTBEAT_MS);
  });

  it('fails with the code of what reading the retrain found', async () => {
    start(
      async () => ({}),
      async () => {
        throw new SignalboxError('DEPENDENCY_UNAVAILABLE', 'A retrain needs the service training, which is not there.');
      },
    );
    await command();
    expect(await end).toMatchObject({ status: 'FAILED', problem: { code: 'DEPENDENCY_UNAVAILABLE' } });
  });

  it('that keeps failing tells nobody but the log why', async () => {
    start(async () => {
      throw new Error('password authentication failed for "secret"');
    });
    await command();
    expect((await end).problem).toMatchObject({
      code: 'INTERNAL',
      message: "Stage extract failed several times; the log and the service's dead letters have the cause.",
    });
    await owner?.close();
    expect(logged.join()).toContain('secret');
  });
});
