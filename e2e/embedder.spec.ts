import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DEFAULT_LABEL_POLICY } from '@signalbox/scoring';
import { fakeEmbeddingServer, freshDatabase, type FakeEmbeddingServer, type FreshDatabase } from '@signalbox/testkit';
import pg from 'pg';
import { z } from 'zod';
import { GraphClient } from '../apps/standalone/src/quickstart/graph-client.js';
import { startStandalone, type RunningStandalone } from '../apps/standalone/src/start-standalone.js';
import { ROUTER, SmallLoop, smallTraffic, type SmallTraffic } from './small-loop.js';

const A_LOOP = 300_000;
const CALLS = 400;
const ALIAS = 'challenger';
const DECIDE = `{ decide(router: "${ROUTER}", alias: "${ALIAS}", query: "Which model is right for this prompt?") {
  candidate fellBack routerVersion } }`;
const PROMOTE = `mutation { promote(router: "${ROUTER}", version: 2, alias: "${ALIAS}", override: "the spec decides by it") { id } }`;
const decision = z.object({
  decide: z.object({ candidate: z.string(), fellBack: z.boolean(), routerVersion: z.string() }),
});
const NEWEST = `select version, (select array_agg(file ->> 'path') from jsonb_array_elements(manifest -> 'files') file) as files
  from registry.version order by version desc limit 1`;
const LAST_REPORT = `select record ->> 'refused' as refused from training.evaluation order by created_at desc limit 1`;
const TRAINED = `{ datasets(first: 1) { edges { node { rows(first: 50) { edges { node { query part } } } } } } }`;
const SIMILAR = '{ similarCalls(text: "What is the capital of France?", first: 5) { similarity } }';
const similar = z.object({ similarCalls: z.array(z.object({ similarity: z.number() })) });

let traffic: SmallTraffic;
let server: FakeEmbeddingServer;
let database: FreshDatabase;
let folder: string;
let running: RunningStandalone;

/** The operator names the model; the server answers to any name. */
async function startWith(model: string): Promise<SmallLoop> {
  running = await startStandalone({
    ...{ port: 0, host: '127.0.0.1', dataFolder: folder, databaseUrl: database.adminUrl, outboundAllow: 'loopback' },
    ...{ traceFiles: '', labelPolicy: DEFAULT_LABEL_POLICY, awsRoleAllow: '', logLevel: 'error' },
    embedder: { provider: 'openai', baseUrl: `${server.url}/v1`, apiKey: 'key of the operator', model },
  });
  return new SmallLoop(running.url, traffic);
}

const rowsOf = async <T extends pg.QueryResultRow>(sql: string): Promise<T[]> => {
  const client = new pg.Client(database.adminUrl);
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
};
const spaces = () =>
  rowsOf<{ space: string; n: number; dim: number }>(
    'select space, count(*)::int as n, min(dim) as dim from embedding.vector group by 1 order by 1',
  );
const embedded = () => new Set(server.asked.flatMap(({ texts }) => texts)).size;

/** A prompt that the newest dataset trains on, so that its routers know it. */
async function trainedQuery(client: GraphClient): Promise<string> {
  const edges = <T>(node: z.ZodType<T>) => z.object({ edges: z.array(z.object({ node })) });
  const row = z.object({ query: z.string(), part: z.string() });
  const { datasets } = await client.ask(TRAINED, {}, z.object({ datasets: edges(z.object({ rows: edges(row) })) }));
  const rows = datasets.edges.flatMap(({ node }) => node.rows.edges.map(({ node: shown }) => shown));
  const trained = rows.find(({ part }) => part === 'TRAIN');
  if (!trained) throw new Error('no prompt to train on');
  return trained.query;
}

beforeAll(async () => {
  traffic = await smallTraffic(CALLS);
  server = await fakeEmbeddingServer();
  database = await freshDatabase();
  folder = await mkdtemp(join(tmpdir(), 'signalbox-embedder-'));
}, A_LOOP);
afterAll(async () => {
  await running.close();
  await Promise.all([server.close(), traffic.close()]);
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

describe('a loop with EMBEDDER=openai', () => {
  let asked: string[];

  it(
    'embeds, freezes, trains, registers and decides in the space of that server alone',
    async () => {
      const loop = await startWith('words-a');
      await loop.prepare();
      expect(await loop.follow(await loop.trigger())).toMatchObject({ status: 'SUCCEEDED', problem: null });
      const [only, ...others] = await spaces();
      expect(others).toEqual([]);
      expect(only).toMatchObject({ dim: 64, space: expect.stringMatching(/^openai\/words-a@[0-9a-f]{16}\/64\/unit$/) });
      expect(await rowsOf('select distinct embedding from training.dataset')).toEqual([{ embedding: only?.space }]);
      expect(await rowsOf(`select distinct embedding ->> 'model' as model from training.training_run`)).toEqual([
        { model: 'words-a' },
      ]);
      const client = new GraphClient(running.url);
      await client.ask(PROMOTE, {}, z.unknown());
      asked = server.asked.flatMap(({ texts }) => texts);
      server.asked.length = 0;
      expect((await client.ask(DECIDE, {}, decision)).decide.routerVersion).toMatch(/2$/);
      expect(server.asked.map(({ texts }) => texts)).toContainEqual(['Which model is right for this prompt?']);
      expect(new Set(server.asked.map(({ authorization }) => authorization))).toEqual(
        new Set(['Bearer key of the operator']),
      );
      expect((await client.ask(SIMILAR, {}, similar)).similarCalls).toHaveLength(5);
    },
    A_LOOP,
  );

  it(
    'asks the server for no text twice',
    async () => {
      const loop = new SmallLoop(running.url, traffic);
      server.asked.length = 0;
      expect(await loop.follow(await loop.trigger('again'))).toMatchObject({ status: 'SUCCEEDED' });
      const again = server.asked.flatMap(({ texts }) => texts).filter((text) => asked.includes(text));
      expect(again.filter((text) => text !== asked[0])).toEqual([]); // the first asks how long a vector is
    },
    A_LOOP,
  );

  it(
    'whose model is changed begins a space of its own: old vectors are not used, a router of the old one is refused, and a stage goes on once the server is back',
    async () => {
      await running.close();
      const [old] = await spaces();
      const loop = await startWith('words-b');
      const client = new GraphClient(running.url);
      await expect(client.ask(DECIDE, {}, decision)).rejects.toMatchObject({
        code: 'ARTIFACT_INVALID',
        message: expect.stringMatching(/reads vectors of openai\/words-a@.*; this process makes openai\/words-b@/),
      });
      expect((await client.ask(SIMILAR, {}, similar)).similarCalls).toEqual([]);
      server.asked.length = 0;
      const id = await loop.trigger('changed');
      server.instead = ({ texts }) => (texts.length > 1 ? { status: 503, body: {} } : null);
      expect(await loop.follow(id)).toMatchObject({ status: 'FAILED', problem: { code: 'EMBEDDER_UNREACHABLE' } });
      server.instead = () => null;
      await client.ask('mutation($id: ID!) { resumeRetrain(id: $id) { id } }', { id }, z.unknown());
      expect(await loop.follow(id)).toMatchObject({ status: 'SUCCEEDED', problem: null });
      const both = await spaces();
      expect(both).toHaveLength(2);
      expect(both[0]).toEqual(old);
      expect(both[1]?.n).toBeGreaterThanOrEqual(old?.n ?? 0);
      expect(embedded()).toBeGreaterThanOrEqual(both[1]?.n ?? 0);
      expect(await rowsOf('select count(distinct embedding)::int as n from training.dataset')).toEqual([{ n: 2 }]);
    },
    A_LOOP,
  );

  it(
    'takes an embedder that is fitted on the dataset where a retrain asks for it: the version carries it, decides and is compared by it',
    async () => {
      const loop = new SmallLoop(running.url, traffic);
      const client = new GraphClient(running.url);
      const fitted = async (key: string, seed: number) => {
        const id = await loop.trigger(key, { embedding: 'tfidf-svd', seed });
        expect(await loop.follow(id)).toMatchObject({ status: 'SUCCEEDED', problem: null });
      };
      await fitted('fitted', 1);
      const [newest] = await rowsOf<{ version: number; files: string[] }>(NEWEST);
      expect(newest?.files).toEqual(['model.onnx', 'embedder/embedder.safetensors']);
      const champion = `promote(router: "${ROUTER}", version: ${newest?.version}, alias: "champion", override: "the spec")`;
      await client.ask(`mutation { ${champion} { id } }`, {}, z.unknown());
      server.instead = () => ({ status: 503, body: {} });
      const asked = { query: await trainedQuery(client) };
      const decide = `query($query: String!) { decide(router: "${ROUTER}", query: $query) { candidate fellBack routerVersion } }`;
      expect(await client.ask(decide, asked, decision)).toMatchObject({
        decide: { fellBack: false, routerVersion: `${ROUTER}@${newest?.version}` },
      });
      server.instead = () => null;
      await fitted('fitted again', 2);
      const [last] = await rowsOf<{ refused: string }>(LAST_REPORT);
      expect(
        await rowsOf(`select count(distinct embedding)::int as n from training.dataset where embedding ~ '^tfidf'`),
      ).toEqual([{ n: 2 }]);
      // So few calls support no numbers, of any policy; the champion is among those that were tried.
      expect(last?.refused).toContain('champion: the logs hold');
      expect(last?.refused).not.toContain('cannot be paired');
    },
    2 * A_LOOP,
  );
});
