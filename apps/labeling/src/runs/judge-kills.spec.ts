import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { JobQueue } from '@signalbox/queue';
import { freshDatabase } from '@signalbox/testkit';
import { CANARIES, CANARY_ANSWERS } from '@signalbox/scoring';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { enclosed, FakeModels, verdict } from '../testing/fake-models.js';
import { ALL_SERVICES, RunningLabeling } from '../testing/running-labeling.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const ANSWER_MS = 10;
const LOOK_MS = 5;
/** Enough answers for the judge's canaries, and too few of them; verdicts of a life until it is killed, at random, are no more than `life`. */
const RUNS = [
  { concurrency: 16, calls: 500, canaries: CANARIES.length * CANARY_ANSWERS, kills: 5, life: 90 },
  { concurrency: 1, calls: 50, canaries: 0, kills: 2, life: 20 },
];

/** Printed, so that a failure can be had again: SIGNALBOX_SEED=... npm test -- --selectProjects labeling -t killed */
const seed = Number(process.env['SIGNALBOX_SEED'] ?? randomInt(2 ** 31));

describe.each(RUNS)(
  `a judge's run of $calls calls, $concurrency at once, whose process is killed with -9 $kills times at random (seed ${seed})`,
  ({ concurrency, calls, canaries, kills, life }) => {
    const needed = calls + canaries;
    const random = xoroshiro128plus(seed);
    let labeling: RunningLabeling;
    let models: FakeModels;

    beforeAll(async () => {
      labeling = await RunningLabeling.start(await freshDatabase(ALL_SERVICES));
      models = await FakeModels.start();
      models.reply = () => delay(ANSWER_MS, verdict(3));
      await labeling.log(
        Array.from({ length: calls }, (_, n) => ({ query: `question ${n}`, response: `answer ${n}` })),
      );
      await labeling.createLabeler({
        name: 'killed',
        kind: 'JUDGE',
        model: 'judge-1',
        baseUrl: models.url,
        concurrency,
      });
    }, 60_000);
    afterAll(async () => {
      await models.close();
      await labeling.end();
    });

    const worker = () => {
      const { databaseUrl, queueUrl, objectStoreUrl, secretKey, outboundAllow } = labeling.environment('worker');
      return spawn(process.execPath, [MAIN], {
        env: {
          ...{ LABELING_DATABASE_URL: databaseUrl, LABELING_PORT: '0', QUEUE_URL: queueUrl, ROLE: 'worker' },
          ...{ OBJECT_STORE_URL: objectStoreUrl, SIGNALBOX_SECRET_KEY: secretKey, OUTBOUND_ALLOW: outboundAllow },
        },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    };
    /** As `npm start` does, which knows that nobody else works: otherwise each life waits for the locks of the one before. */
    const forgetTheDead = async () => {
      const quiet = { error: () => undefined, warn: () => undefined };
      const queue = new JobQueue({ url: labeling.environment('worker').queueUrl, applicationName: 'spec', log: quiet });
      await queue.clear();
      await queue.close();
    };

    it('labels each call once, and pays again for no more than was under way at a kill', async () => {
      await labeling.down();
      await labeling.up('api');
      const id = await labeling.requestLabels({ labelers: ['killed'], sampleSize: calls });
      for (let kill = 0; kill < kills; kill += 1) {
        const enough = models.asked.length + uniformInt(random, 1, life);
        const child = worker();
        const ended = once(child, 'exit');
        while (models.asked.length < enough) await delay(LOOK_MS);
        child.kill('SIGKILL');
        await ended;
        await forgetTheDead();
      }
      const before = await labeling.rows('select from labeling.label');
      expect(before.length).toBeLessThan(calls);
      await labeling.down();
      await labeling.up();
      const run = await labeling.runEnded(id);
      expect(run).toMatchObject({ status: 'SUCCEEDED', labelled: calls, abstained: 0, problem: null });
      expect(run.progress).toMatchObject({ done: calls, total: calls });
      const [labels] = await labeling.rows<{ labels: number; calls: number }>(
        'select count(*)::int as labels, count(distinct call_id)::int as calls from labeling.label where score = 0.75',
      );
      expect(labels).toEqual({ labels: calls, calls: calls });
      expect(new Set(models.asked.map((asked) => enclosed(asked, 'PROMPT'))).size).toBe(calls);
      process.stderr.write(`${models.asked.length} verdicts, of which ${needed} were needed, ${kills} kills\n`);
      expect(models.asked.length).toBeLessThanOrEqual(needed + kills * Math.floor((concurrency * 9) / 8));
      expect(run.spentUsd).toBeCloseTo(needed * 0.001, 9);
    }, 120_000);
  },
);
