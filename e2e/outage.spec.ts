import 'reflect-metadata';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SERVICES } from '@signalbox/contracts';
import { DEFAULT_LABEL_POLICY } from '@signalbox/scoring';
import { freshDatabase } from '@signalbox/testkit';
import pg from 'pg';
import { z } from 'zod';
import { startStandalone } from '../apps/standalone/src/start-standalone.js';
import { Load } from './outage.load.js';
import { OtlpLoad } from './outage.otlp.js';
import { Postgres } from './outage.postgres.js';
import { LOOK_MS, probe, until, type Probe } from './outage.probes.js';
import { newDataFolder, Program, removeFolder } from './quickstart.process.js';
import { current, finalState, SmallLoop, smallTraffic, type RetrainState, type SmallTraffic } from './small-loop.js';

const MINUTES = 60_000;
const CRASHED_MS = 30_000;
const STOPPED_MS = 10_000;
const NOTICED_WITHIN_MS = 5_000;
const READY_WITHIN_MS = 15_000;
/** Of judges and candidates together: what is under way when the database goes is paid and asked again. */
const IN_FLIGHT = 64;
const LINES_PER_SECOND = 10;
/** What a client may be refused with while the database is away. */
const AWAY = ['DATABASE_UNREACHABLE', 'QUEUE_UNREACHABLE', 'DEPENDENCY_UNAVAILABLE'];

const logLine = z.object({ timestamp: z.number(), message: z.string(), pid: z.number() });
interface Outage {
  /** Of each port, from when it was noticed until the database was started again. */
  probes: Record<string, Probe[]>;
  noticedAfterMs: number;
  readyAfterMs: number;
  /** By the clock. */
  from: number;
  to: number;
}

/** Every state but that of the load's feedback, which only one of two loops has. */
async function stateBesideLoad(adminUrl: string): Promise<Record<string, unknown>> {
  const { labels, ...state } = await finalState(adminUrl);
  const kinds = z.array(z.looseObject({ kind: z.string() })).parse(labels);
  return { ...state, labels: kinds.filter(({ kind }) => kind !== 'FEEDBACK') };
}

describe('PostgreSQL that crashes for 30 s in the middle of a retrain and under load, and is later stopped for 10 s', () => {
  const outages: Outage[] = [];
  let folder: string;
  let traffic: SmallTraffic;
  let postgres: Postgres;
  let program: Program;
  let url: string;
  let load: Load;
  let collectors: OtlpLoad;
  let ended: RetrainState;
  let reference: Record<string, unknown>;
  let referencePaid: number;

  const undisturbed = async (): Promise<void> => {
    const database = await freshDatabase();
    const running = await startStandalone({
      ...{
        port: 0,
        host: '127.0.0.1',
        dataFolder: join(folder, 'reference'),
        outboundAllow: 'loopback',
        traceFiles: '',
        labelPolicy: DEFAULT_LABEL_POLICY,
        awsRoleAllow: '',
        embedder: { provider: 'use-lite' },
        logLevel: 'error',
      },
      databaseUrl: database.adminUrl,
    });
    try {
      const loop = new SmallLoop(running.url, traffic);
      await loop.prepare();
      expect(await loop.follow(await loop.trigger())).toMatchObject({ status: 'SUCCEEDED' });
      reference = await stateBesideLoad(database.adminUrl);
      referencePaid = traffic.paid();
    } finally {
      await running.close();
      await database.drop();
    }
  };

  /** Of the gateway and of each service, by name; services tell theirs in the log. */
  const origins = (): Record<string, string> => ({
    gateway: new URL(url).origin,
    ...Object.fromEntries<string>(
      [...program.said.matchAll(/(\w+) at (http:\/\/127\.0\.0\.1:\d+)\/graphql, role/g)].map(
        ([, name = '', at = '']) => [name, at],
      ),
    ),
  });

  const without = async (goAway: () => Promise<void>, ms: number): Promise<void> => {
    const ports = Object.entries(origins());
    const from = Date.now();
    const probes: Outage['probes'] = Object.fromEntries(ports.map(([name]) => [name, []]));
    await goAway();
    const noticedAfterMs = await until(503, Object.values(origins()));
    while (Date.now() - from < ms) {
      for (const [name, origin] of ports) probes[name]?.push(await probe(origin));
      await delay(LOOK_MS);
    }
    await postgres.startAgain();
    const readyAfterMs = await until(200, Object.values(origins()));
    outages.push({ probes, noticedAfterMs, readyAfterMs, from, to: Date.now() });
  };

  /** What failed calls are thought of changes no dataset, so that both loops learn from the same. */
  const failedCalls = async (loop: SmallLoop): Promise<string[]> => {
    const shape = z.object({
      llmCalls: z.object({ edges: z.array(z.object({ node: z.object({ id: z.string() }) })) }),
    });
    const query = '{ llmCalls(first: 200, filter: { status: [ERROR] }) { edges { node { id } } } }';
    return (await loop.ask(query, {}, shape)).llmCalls.edges.map(({ node }) => node.id);
  };

  const disturbed = async (): Promise<void> => {
    postgres = await Postgres.start(folder);
    const data = { SIGNALBOX_DATA: join(folder, 'data'), DATABASE_URL: postgres.adminUrl };
    program = new Program(['start'], { ...data, PORT: '0', LOG_LEVEL: 'log' });
    url = /GraphQL: (\S+)/.exec(await program.until('Signalbox is up'))?.[1] ?? '';
    const loop = new SmallLoop(url, traffic);
    await loop.prepare();
    load = new Load(url, await failedCalls(loop), { writers: 4, readers: 2 });
    await loop.ask('mutation { createTraceSource(input: { name: "collector", kind: OTLP }) { id } }', {}, z.unknown());
    collectors = new OtlpLoad(origins()['ingest'] ?? '', 4);
    const id = await loop.trigger();
    await loop.follow(id, ({ stages }) =>
      stages.some(({ stage, progress }) => stage === 'replay' && progress !== null),
    );
    await without(() => postgres.crash(), CRASHED_MS);
    await loop.follow(id, (state) => current(state) === 'embed');
    await without(() => postgres.stop(), STOPPED_MS);
    const before = load.acknowledged;
    ended = await loop.follow(id, () => load.acknowledged > before + 100);
    await load.stop();
    await collectors.stop();
    ended = await loop.follow(id);
  };

  beforeAll(async () => {
    folder = await newDataFolder();
    traffic = await smallTraffic();
    await undisturbed();
    await disturbed();
  }, 8 * MINUTES);
  afterAll(async () => {
    await load?.stop();
    await collectors?.stop();
    program?.stop();
    await program?.end();
    await postgres?.stop();
    await traffic.close();
    await removeFolder(folder);
  }, MINUTES);

  const rows = async (sql: string): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client(postgres.adminUrl);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };

  it('leaves every service alive and not ready, and each says that it is the database', () => {
    for (const { probes, noticedAfterMs } of outages) {
      expect(noticedAfterMs).toBeLessThan(NOTICED_WITHIN_MS);
      expect(Object.keys(probes).sort()).toEqual([...SERVICES, 'gateway'].sort());
      for (const [name, seen] of Object.entries(probes)) {
        expect(seen.length).toBeGreaterThan(0);
        for (const { health, ready, said } of seen) {
          expect([name, health, ready]).toEqual([name, 200, 503]);
          if (name !== 'gateway') expect(said.checks?.['database']?.code).toBe('DATABASE_UNREACHABLE');
        }
      }
      const { gateway = [], ...services } = probes;
      for (const name of Object.keys(services))
        expect(gateway.map(({ said }) => said.problems?.[name] ?? [])).toContainEqual(
          expect.arrayContaining(['DATABASE_UNREACHABLE']),
        );
    }
  });

  it('is followed within 15 s by services that are ready, without a restart', async () => {
    for (const { readyAfterMs } of outages) expect(readyAfterMs).toBeLessThan(READY_WITHIN_MS);
    expect((await probe(new URL(url).origin)).ready).toBe(200);
  });

  it('answers every request: in full, or refused with a code and a next step', () => {
    const refusals = [...load.written, ...load.read.map((codes) => ({ codes }))].flatMap(({ codes }) => codes);
    expect(refusals.length).toBeGreaterThan(0);
    expect([...new Set(refusals)].filter((code) => !AWAY.includes(code))).toEqual([]);
    expect(load.read.filter((codes) => codes.length === 0).length).toBeGreaterThan(0);
  });

  it('does not keep the last router from deciding', () => {
    expect(load.decided.length).toBeGreaterThan(100);
    expect(load.decided.flat()).toEqual([]);
  });

  it(
    'keeps all that was acknowledged, once, and gives once what is asked for again under the same key',
    async () => {
      const acknowledged = load.written.filter(({ id }) => id !== null);
      const again = await load.again();
      process.stderr.write(`${acknowledged.length} acknowledged, ${again.length} refused and asked again\n`);
      expect(Math.min(acknowledged.length, again.length)).toBeGreaterThan(100);
      const expected = new Map<unknown, unknown>([...acknowledged, ...again].map(({ key, id }) => [key, id]));
      for (const table of ['labeling.feedback', 'labeling.label']) {
        const stored = await rows(`select user_id, id from ${table} where user_id like 'load %'`);
        expect(stored).toHaveLength(load.written.length);
        expect(new Map(stored.map(({ user_id, id }) => [user_id, id]))).toEqual(expected);
      }
    },
    MINUTES,
  );

  it(
    'has stored every call that came by OTLP and was answered 200, and has answered the others 503 with Retry-After',
    async () => {
      const { acknowledged, sent } = collectors;
      process.stderr.write(
        `${acknowledged.length} calls acknowledged by OTLP, ${sent.length - acknowledged.length} refused\n`,
      );
      expect(acknowledged.length).toBeGreaterThan(100);
      const refused = sent.filter(({ status }) => status !== 200);
      expect(refused.length).toBeGreaterThan(20);
      expect(refused.filter(({ status, retryAfter }) => status !== 503 || retryAfter === null)).toEqual([]);
      const missing = async () => {
        const stored = await rows('select distinct trace_id from ingest.llm_call');
        const ids = new Set(stored.map(({ trace_id }) => trace_id));
        return acknowledged.filter((id) => !ids.has(id));
      };
      while ((await missing()).length > 0) await delay(LOOK_MS);
      expect(await missing()).toEqual([]);
    },
    MINUTES,
  );

  it('ends the retrain in the state of one that was not disturbed, and pays again what was in flight at the most', async () => {
    expect(ended).toMatchObject({ status: 'SUCCEEDED', attempt: 1, problem: null });
    expect(await stateBesideLoad(postgres.adminUrl)).toEqual(reference);
    for (const service of SERVICES) expect(await rows(`select from ${service}.dead_letter`)).toEqual([]);
    expect(traffic.paid() - referencePaid).toBeLessThanOrEqual(referencePaid + outages.length * IN_FLIGHT);
  });

  it('is told of in a few lines of JSON', () => {
    expect(program.lines.filter((line) => !line.startsWith('{'))).toEqual([expect.stringContaining('Signalbox is up')]);
    const logged = program.lines.filter((line) => line.startsWith('{')).map((line) => logLine.parse(JSON.parse(line)));
    for (const { from, to } of outages) {
      const during = logged.filter(({ timestamp }) => timestamp >= from && timestamp <= to);
      process.stderr.write(`${during.length} lines in ${(to - from) / 1_000} s\n`);
      expect(during.some(({ message }) => message.includes('ECONNREFUSED'))).toBe(true);
      expect((1_000 * during.length) / (to - from)).toBeLessThan(LINES_PER_SECOND);
    }
    expect(new Set(logged.map(({ pid }) => pid)).size).toBe(1);
  });
});
