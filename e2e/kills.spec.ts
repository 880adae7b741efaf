import { createHash, randomInt } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { STAGES, type StageName } from '@signalbox/contracts';
import { startEmbeddedPostgres } from '@signalbox/database';
import { z } from 'zod';
import { HeldStages } from './held-stages.js';
import { newDataFolder, Program, removeFolder } from './quickstart.process.js';
import { current, finalState, SmallLoop, smallTraffic, type RetrainState, type SmallTraffic } from './small-loop.js';

/** One in every stage of the first retrain; the others at random in those after it. */
const KILLS = 30;
const RETRAINS = 3;
/** From the start of a life to its end: a retrain of some seconds is killed several times. */
const LONGEST_LIFE_MS = 1_500;
/** Of judges and candidates together: what is under way at a kill is paid and asked again. */
const IN_FLIGHT = 64;
const MINUTES = 60_000;
/** Of one stage: work that kills its process three times without getting on is parked, which is another test's promise. */
const KILLS_OF_A_STAGE = 2;

/** Printed, so that a failure can be had again: SIGNALBOX_SEED=... npm run e2e -- kills */
const seed = Number(process.env['SIGNALBOX_SEED'] ?? randomInt(2 ** 31));

/** Mulberry32: enough to choose moments. */
function drawing(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A server that is killed and started again on one folder. */
class Server {
  private program: Program | undefined;
  constructor(private readonly folder: string) {}

  async start(): Promise<string> {
    this.program = new Program(['start'], { SIGNALBOX_DATA: this.folder, PORT: '0', LOG_LEVEL: 'error' });
    return /GraphQL: (\S+)/.exec(await this.program.until('Signalbox is up'))?.[1] ?? '';
  }

  async kill(): Promise<void> {
    this.program?.killGroup();
    await this.program?.end();
  }

  async stop(): Promise<void> {
    this.program?.stop();
    await this.program?.end();
  }
}

/** What of the database and the objects must not depend on kills. */
async function leftIn(folder: string): Promise<Record<string, unknown>> {
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), logFile: join(folder, 'log') });
  try {
    return await finalState(postgres.adminUrl);
  } finally {
    await postgres.stop();
  }
}

const manifest = z.object({ files: z.array(z.object({ path: z.string(), sha256: z.string(), bytes: z.number() })) });

/** Versions whose manifest is there: every file that it names must be there whole. */
async function wholeVersions(folder: string): Promise<string[]> {
  const router = join(folder, 'objects', 'routers', 'small');
  const whole: string[] = [];
  for (const version of await readdir(router)) {
    const text = await readFile(join(router, version, 'manifest.json'), 'utf8').catch(() => null);
    if (text === null) continue;
    for (const { path, sha256, bytes } of manifest.parse(JSON.parse(text)).files) {
      const file = await readFile(join(router, version, path));
      expect([version, path, file.length]).toEqual([version, path, bytes]);
      expect(createHash('sha256').update(file).digest('hex')).toBe(sha256);
    }
    whole.push(version);
  }
  return whole.sort();
}

describe(`a retrain that is killed with -9, in each of its stages and ${KILLS - STAGES.length} times at random (seed ${seed})`, () => {
  const begun: { server: Server; folder: string }[] = [];
  let traffic: SmallTraffic;
  let reference: Record<string, unknown>;
  let paidWithoutKills: number;

  const newServer = async (): Promise<{ server: Server; folder: string; loop: SmallLoop }> => {
    const folder = await newDataFolder();
    const server = new Server(folder);
    begun.push({ server, folder });
    const loop = new SmallLoop(await server.start(), traffic);
    await loop.prepare();
    return { server, folder, loop };
  };

  beforeAll(async () => {
    traffic = await smallTraffic();
    const { server, folder, loop } = await newServer();
    for (let n = 0; n < RETRAINS; n += 1) await loop.follow(await loop.trigger(`retrain ${n}`));
    await server.stop();
    reference = await leftIn(folder);
    paidWithoutKills = traffic.paid();
  }, 5 * MINUTES);
  afterAll(async () => {
    await traffic.close();
    for (const { server, folder } of begun) {
      await server.stop();
      await removeFolder(folder);
    }
  }, MINUTES);

  it(
    'ends with the versions, labels, cells and money of one that is not',
    async () => {
      const draw = drawing(seed);
      const { server, folder, loop } = await newServer();
      const killedIn = new Map<StageName | 'none', number>();
      let kills = 0;
      const killIn = async (stage: StageName | 'none') => {
        killedIn.set(stage, (killedIn.get(stage) ?? 0) + 1);
        await server.kill();
        kills += 1;
      };
      const succeeds = async (id: string) =>
        expect(await loop.follow(id)).toMatchObject({ status: 'SUCCEEDED', problem: null });

      const held = await HeldStages.in(folder);
      const first = await loop.trigger('retrain 0');
      for (const { name } of STAGES) {
        expect(current(await loop.follow(first, (state) => current(state) === name))).toBe(name);
        await killIn(name);
        await held.letEnd(name);
        loop.url = await server.start();
      }
      await held.close();
      await succeeds(first);

      for (let n = 1; n < RETRAINS; n += 1) {
        const id = await loop.trigger(`retrain ${n}`);
        const until = STAGES.length + ((KILLS - STAGES.length) * n) / (RETRAINS - 1);
        const ofStage = new Map<string, number>();
        const spared = (state: RetrainState) => (ofStage.get(current(state) ?? 'none') ?? 0) >= KILLS_OF_A_STAGE;
        while (kills < until) {
          await delay(draw() * LONGEST_LIFE_MS);
          let state = await loop.state(id);
          if (spared(state)) state = await loop.follow(id, (seen) => !spared(seen));
          if (state.status !== 'RUNNING') break;
          const stage = current(state) ?? 'none';
          ofStage.set(stage, (ofStage.get(stage) ?? 0) + 1);
          await killIn(stage);
          loop.url = await server.start();
        }
        await succeeds(id);
      }
      // What is left falls behind the last retrain.
      while (kills < KILLS) {
        await killIn('none');
        loop.url = await server.start();
      }
      await server.stop();
      process.stderr.write(`seed ${seed}: ${kills} kills, ${JSON.stringify([...killedIn])}\n`);
      expect([...killedIn.keys()]).toEqual(expect.arrayContaining(STAGES.map(({ name }) => name)));
      expect(await leftIn(folder)).toEqual(reference);
      expect(await wholeVersions(folder)).toEqual(Array.from({ length: RETRAINS + 1 }, (_, n) => String(n + 1)));
      expect(traffic.paid() - paidWithoutKills).toBeLessThanOrEqual(paidWithoutKills + kills * IN_FLIGHT);
    },
    10 * MINUTES,
  );
});
