import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JobQueue } from '@signalbox/queue';
import { freshDatabase, type FreshDatabase } from '@signalbox/testkit';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { ingestDatabase } from '../index.js';
import { START, tracesOf } from '../testing/calls.js';
import { FakeJaeger } from '../testing/fake-jaeger.js';
import { RunningIngest, unaccounted } from '../testing/running-ingest.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const MINUTES = 60_000;
const KILLS = 50;
/** Of two spans each. */
const TRACES = 50_000;
const SPACING_MS = 1_000;
/** A process that gets further is held, so that all kills hit the extraction; on the way to the first window it narrows down. */
const SEARCHES_OF_A_LIFE = 4;
const SEARCHES_TO_THE_FIRST = 20;
const LONGEST_MS = 400;
const LOOK_MS = 5;

/** Printed, so that a failure can be had again: SIGNALBOX_SEED=... npm test -- --selectProjects ingest -t killed */
const seed = Number(process.env['SIGNALBOX_SEED'] ?? randomInt(2 ** 31));

describe(`an extraction of ${(2 * TRACES).toLocaleString('en')} spans whose process is killed with -9 ${KILLS} times at random (seed ${seed})`, () => {
  const random = xoroshiro128plus(seed);
  let database: FreshDatabase;
  let ingest: RunningIngest;
  let jaeger: FakeJaeger;
  let searches = 0;
  let allowed = Infinity;

  beforeAll(async () => {
    database = await freshDatabase([ingestDatabase]);
    ingest = await RunningIngest.on(database);
    jaeger = await FakeJaeger.start({
      ...{ api: 'v3', spans: tracesOf(TRACES, SPACING_MS) },
      beforeSearch: () => (++searches > allowed ? new Promise<void>(() => undefined) : Promise.resolve()),
    });
  }, MINUTES);
  afterAll(async () => {
    await jaeger.stop();
    await ingest.end();
  });

  const worker = () => {
    const environment = ingest.environment('worker');
    return spawn(process.execPath, [MAIN], {
      env: {
        ...{ INGEST_DATABASE_URL: environment.databaseUrl, QUEUE_URL: environment.queueUrl, INGEST_PORT: '0' },
        ...{ OBJECT_STORE_URL: environment.objectStoreUrl, SIGNALBOX_SECRET_KEY: environment.secretKey },
        ...{ OUTBOUND_ALLOW: environment.outboundAllow, ROLE: 'worker' },
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  };
  /** As `npm start` does, which knows that nobody else works: otherwise each life waits for the locks of the one before. */
  const forgetTheDead = async () => {
    const quiet = { error: () => undefined, warn: () => undefined };
    const queue = new JobQueue({ url: database.urls.queue, applicationName: 'spec', log: quiet });
    await queue.clear();
    await queue.close();
    await ingest.admin.query(`update ingest.lease set expires_at = '-infinity'`);
  };
  const windows = () => ingest.count('ingest.extraction_window');

  it(
    'loses nothing and doubles nothing',
    async () => {
      await ingest.start('api');
      const source = await ingest.createSource({ name: 'killed', endpoint: jaeger.url });
      const id = await ingest.requestExtraction(source, START, START + TRACES * SPACING_MS);
      let withoutProgress = 0;
      for (let kill = 0; kill < KILLS; kill += 1) {
        const before = await windows();
        allowed = searches + (before === 0 ? SEARCHES_TO_THE_FIRST : SEARCHES_OF_A_LIFE);
        const child = worker();
        const ended = once(child, 'exit');
        const asked = searches;
        while (searches === asked) await delay(LOOK_MS);
        // Work that kills its process three times without getting on is parked, which is another test's promise.
        while (withoutProgress > 0 && (await windows()) === before) await delay(LOOK_MS);
        await delay(uniformInt(random, 0, LONGEST_MS));
        child.kill('SIGKILL');
        await ended;
        withoutProgress = (await windows()) === before ? withoutProgress + 1 : 0;
        await forgetTheDead();
      }
      const stored = await ingest.count('ingest.llm_call');
      process.stderr.write(`${await windows()} windows and ${stored} calls after ${KILLS} kills\n`);
      expect(stored).toBeLessThan(TRACES);
      allowed = Infinity;
      await ingest.stop();
      await ingest.start('all');
      const read = await ingest.ended(id);
      expect(read).toMatchObject({ status: 'SUCCEEDED', complete: true, spansRead: 2 * TRACES, callsStored: TRACES });
      expect(unaccounted(read)).toBe(0);
      expect(await ingest.count('ingest.llm_call')).toBe(TRACES);
      expect(await ingest.count('(select distinct trace_id from ingest.llm_call) traces')).toBe(TRACES);
      expect(await ingest.count('ingest.dead_letter')).toBe(0);
    },
    10 * MINUTES,
  );
});
