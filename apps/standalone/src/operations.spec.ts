import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignalboxError } from '@signalbox/contracts';
import { connect } from '@signalbox/database';
import { startSampleServers, type SampleServers } from '@signalbox/sample-traffic';
import { freshDatabase, type FreshDatabase } from '@signalbox/testkit';
import type pg from 'pg';
import { z } from 'zod';
import { GraphClient } from './quickstart/graph-client.js';
import { startStandalone, type RunningStandalone } from './start-standalone.js';
import { CUT, KEYED, MUTATIONS, PAGED, WHOLE } from './testing/operations.js';

const ROUTER = 'support-bot';
const CANDIDATES = [{ name: 'small' }, { name: 'large' }];
const MANY = 100;

let folder: string;
let database: FreshDatabase;
let sample: SampleServers;
let running: RunningStandalone;
let admin: pg.Client;
let graph: GraphClient;
/** Ids that inputs name. */
let sourceId: string;
let callId: string;
let traceId: string;
let datasetId: string;

async function rows(statement: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  return (await admin.query<Record<string, unknown>>(statement, values)).rows;
}
const countOf = async (table: string): Promise<number> =>
  Number((await rows(`select count(*) from ${table}`))[0]?.['count']);

/** What a request is answered, or the code that it is refused with. */
async function codeOf(request: Promise<unknown>): Promise<string> {
  try {
    await request;
    return 'done';
  } catch (error) {
    if (error instanceof SignalboxError) return error.code;
    throw error;
  }
}

const identified = z.object({ object: z.object({ id: z.string() }) });
async function mutate(name: string, input: Record<string, unknown>): Promise<string> {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const id = NAMED.has(name) ? 'id: name' : 'id';
  const query = `mutation ($input: ${type}!) { object: ${name}(input: $input) { ${id} } }`;
  return (await graph.ask(query, { input }, identified)).object.id;
}
/** Mutations whose object has a name for an id. */
const NAMED = new Set(['createLabeler', 'createRouter']);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-operations-'));
  database = await freshDatabase();
  admin = await connect(database.adminUrl, 'spec');
  sample = await startSampleServers({ seed: 3, scenario: 'default', calls: 60 });
  running = await startStandalone({
    ...{
      port: 0,
      host: '127.0.0.1',
      dataFolder: folder,
      databaseUrl: database.adminUrl,
      outboundAllow: 'loopback',
      traceFiles: '',
      labelPolicy: {
        precedence: ['METRIC', 'HUMAN', 'JUDGE', 'FEEDBACK'],
        labelers: [],
        weights: {},
        allowUncalibrated: [],
      },
      awsRoleAllow: '',
      embedder: { provider: 'use-lite' },
      logLevel: 'error',
    },
  });
  graph = new GraphClient(running.url);
  sourceId = await mutate('createTraceSource', { name: 'sample', kind: 'JAEGER', endpoint: sample.jaegerUrl });
  const extraction = await mutate('extractTraces', { sourceId, from: sample.from, to: sample.to });
  const ended = z.object({ extraction: z.object({ status: z.literal('SUCCEEDED') }) });
  const status = () => graph.ask('query($id: ID!) { extraction(id: $id) { status } }', { id: extraction }, z.unknown());
  while (!ended.safeParse(await status()).success) await new Promise((resolve) => setImmediate(resolve));
  const [call] = await rows('select id, trace_id from ingest.llm_call order by id limit 1');
  callId = z.string().parse(call?.['id']);
  traceId = z.string().parse(call?.['trace_id']);
  await mutate('createRouter', { name: ROUTER, candidates: CANDIDATES });
  await mutate('createLabeler', metric('known'));
  // Training asks for a dataset that is frozen; what is in it is no matter here.
  datasetId = await mutate('buildDataset', { router: ROUTER });
  await rows(`update training.dataset set status = 'SUCCEEDED' where id = $1`, [datasetId]);
}, 120_000);

afterAll(async () => {
  await running.close();
  await sample.close();
  await admin.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const metric = (name: string): Record<string, unknown> => ({
  ...{ name, kind: 'METRIC', metric: 'exact_match', groundTruth: [{ query: 'a', answer: 'b' }] },
});

interface KeyedCase {
  input: () => Record<string, unknown>;
  /** What makes it another body. */
  other: Record<string, unknown>;
  /** Where the object is one row. */
  table: string;
}

const KEYED_CASES: Record<string, KeyedCase> = {
  createTraceSource: {
    input: () => ({ name: 'second', kind: 'JAEGER', endpoint: sample.jaegerUrl }),
    other: { name: 'third' },
    table: 'ingest.trace_source',
  },
  extractTraces: {
    input: () => ({ sourceId, from: '2026-01-01T00:00:00Z', to: '2026-01-01T01:00:00Z' }),
    other: { to: '2026-01-01T02:00:00Z' },
    table: 'ingest.extraction',
  },
  createLabeler: { input: () => metric('second'), other: { name: 'third' }, table: 'labeling.labeler' },
  labelCalls: { input: () => ({ labelers: ['known'] }), other: { sampleSize: 3 }, table: 'labeling.labeling_run' },
  submitFeedback: { input: () => ({ traceId, score: 1 }), other: { score: 0 }, table: 'labeling.feedback' },
  submitHumanLabel: { input: () => ({ callId, score: 1 }), other: { score: 0 }, table: 'labeling.label' },
  replayCalls: {
    input: () => ({ sampleSize: 2, candidates: ['small'], endpoint: sample.openaiUrl, budgetUsd: 1 }),
    other: { seed: 1 },
    table: 'labeling.replay',
  },
  buildDataset: { input: () => ({ router: ROUTER }), other: { seed: 1 }, table: 'training.dataset' },
  trainRouter: {
    input: () => ({ datasetId, routerType: 'knn' }),
    other: { seed: 1 },
    table: 'training.training_run',
  },
  createRouter: {
    input: () => ({ name: 'second', candidates: CANDIDATES }),
    other: { name: 'third' },
    table: 'registry.router',
  },
  triggerRetrain: {
    input: () => ({ router: ROUTER, judgeBudgetUsd: 0, replayBudgetUsd: 0 }),
    other: { seed: 1 },
    table: 'training.retrain',
  },
};
/** Mutations without a key, and why repeating them is safe. */
const SAFE_BY_THEMSELVES: Record<string, string> = {
  cancelRetrain: 'what is cancelled stays cancelled',
  deleteUserData: 'what is gone stays gone',
  resumeRetrain: 'what runs goes on running',
  promote: 'the alias points there already',
  rollback: '`from` names the version that is expected to be live',
};

const of = (parent: string) => (field: string) => `${parent}.${field}`;

describe('every mutation', () => {
  it('with an idempotencyKey has a case here, and every other one says why it needs none', () => {
    expect(KEYED.sort()).toEqual(Object.keys(KEYED_CASES).map(of('Mutation')).sort());
    const others = MUTATIONS.filter((mutation) => !KEYED.includes(mutation));
    expect(others.sort()).toEqual(Object.keys(SAFE_BY_THEMSELVES).map(of('Mutation')).sort());
  });

  it.each(Object.entries(KEYED_CASES))(
    '%s: one key and body, 100 at once, make one object; another body is refused',
    async (name, { input, other, table }) => {
      const body = { ...input(), idempotencyKey: `${name} 1` };
      const before = await countOf(table);
      const ids = await Promise.all(Array.from({ length: MANY }, () => mutate(name, body)));
      expect(new Set(ids).size).toBe(1);
      expect(await countOf(table)).toBe(before + 1);
      expect(await mutate(name, body)).toBe(ids[0]);
      expect(await codeOf(mutate(name, { ...body, ...other }))).toBe('IDEMPOTENCY_CONFLICT');
      expect(await countOf(table)).toBe(before + 1);
    },
    60_000,
  );
});

interface PagedCase {
  /** Where the list hangs: fields, each with what is given to it. */
  inside: string[];
  table: string;
  /** The rows of the table that it shows. */
  scope: () => string;
  /** Newest first unless said otherwise. */
  order?: string;
  /** What a copy of a row needs of its own, as SQL over the row `t` and the number `n` of the copy. */
  own: Record<string, string>;
}

const UUID7 = 'uuidv7()';
const PAGED_CASES: Record<string, PagedCase> = {
  'Query.llmCalls': {
    ...{ inside: [], table: 'ingest.llm_call', scope: () => 'true' },
    // Of the same millisecond as the row, so that copies fall before and behind any cursor.
    own: { id: 'left(t.id::text, 13) || right(gen_random_uuid()::text, 23)', span_id: 'n' },
  },
  'TraceSource.extractions': {
    ...{ inside: ['extraction(id: $id)', 'source'], table: 'ingest.extraction' },
    scope: () => `source_id = '${sourceId}'`,
    own: { id: UUID7, status: `'FAILED'`, retrain_id: 'null' },
  },
  'Replay.cells': {
    ...{ inside: ['replay(id: $id)'], table: 'labeling.replay_cell', order: 'id' },
    scope: () => `replay_id = '${idOf['Replay.cells']}'`,
    own: { id: 'gen_random_uuid()', candidate: 'gen_random_uuid()' },
  },
  'Query.datasets': {
    ...{ inside: [], table: 'training.dataset', scope: () => 'true' },
    own: { id: UUID7, status: `'FAILED'` },
  },
  'Query.trainingRuns': {
    ...{ inside: [], table: 'training.training_run', scope: () => 'true' },
    own: { id: UUID7, status: `'FAILED'` },
  },
  'Router.retrains': {
    ...{ inside: ['router(name: $id)'], table: 'training.retrain', scope: () => `router = '${ROUTER}'` },
    own: { id: UUID7, status: `'CANCELLED'` },
  },
  'Router.versions': {
    ...{ inside: ['router(name: $id)'], table: 'registry.version', order: 'version desc' },
    scope: () => `router_id = (select id from registry.router where name = '${ROUTER}')`,
    own: { id: UUID7, version: '(select max(version) from registry.version) + n' },
  },
};
/** What `$id` is, by list. */
const idOf: Record<string, string> = { 'Router.retrains': ROUTER, 'Router.versions': ROUTER };

/** Lists whose rows lie in no table, and where their pages are tested. */
const PAGED_ELSEWHERE: Record<string, string> = {
  'Dataset.rows': 'apps/training/src/datasets/dataset-rows.spec.ts: rows of a file',
};

/** Lists in one piece, and why they end. */
const ENDING: Record<string, string> = {
  'Query.similarCalls': 'takes `first`',
  'Query.callsToLabel': 'takes `first`; what is labelled does not come again',
  'Query.traceSources': 'no more than 1000 can be created',
  'Query.labelers': 'no more than 1000 can be created',
  'Query.routers': 'no more than 1000 can be created',
  'Query.judgeCalibrations': 'the first 1000',
  'JudgeCalibration.families': 'one for each family of models among the calls',
  'Replay.comparisons': 'one for each candidate',
  'Replay.pairwise': 'one for each model that was asked',
  'ReplayCell.preferences': 'one for each order and version of the judge',
  'Query.labelCounts': 'one for each kind of labeler',
  'Query.callStats': 'the first 1000 groups',
  'Query.modelQuality': 'the 1000 models with most answers',
  'Trace.calls': 'the first 1000; llmCalls pages them',
  'LlmCall.labels': 'the first 1000',
  'PerformanceExplanation.labels': 'the first 1000',
  'Router.candidates': 'as many as one input may name',
  'Retrain.stages': 'one for each stage of the loop',
  'DatasetRow.outcomes': 'one for each candidate that answered, and one for the logged answer',
  'GateReport.checks': 'one for each rule of the gate',
  'Decision.scores': 'one for each candidate',
  'Extraction.skipped': 'one for each reason that the code knows',
  'DiagnosedSample.skipped': 'one for each reason that the code knows',
  'Diagnosis.findings': 'one for each check',
  'Finding.settings': 'as many as the check names',
  'Evaluation.results': 'one for each policy that is compared',
  'Evaluation.frontier': 'points of a fixed grid of trade-offs',
  'Evaluation.refused': 'one for each number that can be refused',
  'Evaluation.judges': 'one for each judge, of which there are at most 1000',
  'Dataset.judges': 'one for each judge, of which there are at most 1000',
};

const PAGE_INFO = 'hasNextPage hasPreviousPage startCursor endCursor';
const page = z.object({
  edges: z.array(z.object({ cursor: z.string(), node: z.object({ id: z.string() }) })),
  pageInfo: z.object({
    hasNextPage: z.boolean(),
    hasPreviousPage: z.boolean(),
    startCursor: z.string().nullable(),
    endCursor: z.string().nullable(),
  }),
});
type Page = z.infer<typeof page>;

async function pageOf(list: string, { inside }: PagedCase, first: number | null, after: string | null): Promise<Page> {
  const field = list.split('.')[1] ?? '';
  const asked = `${field}(first: $first, after: $after) { edges { cursor node { id } } pageInfo { ${PAGE_INFO} } }`;
  const id = idOf[list];
  const answer = await graph.ask(
    `query ($first: Int, $after: String${id === undefined ? '' : `, $id: ${id === ROUTER ? 'String' : 'ID'}!`}) {
      ${[...inside, asked].join(' { ')} ${'}'.repeat(inside.length)} }`,
    { first, after, id },
    z.record(z.string(), z.unknown()),
  );
  const record = z.record(z.string(), z.unknown());
  const path = [...inside.map((step) => step.replace(/\(.*/, '')), field];
  return page.parse(path.reduce<unknown>((value, step) => record.parse(value)[step], answer));
}

async function copies({ table, scope, own }: PagedCase, count: number): Promise<void> {
  const changes = Object.entries(own).map(([column, value]) => `'${column}', ${value}`);
  await rows(
    `insert into ${table} select copy.* from generate_series(1, $1::int) n
     cross join lateral (
       select * from ${table} where ${scope()} order by md5(id::text || n || clock_timestamp()) limit 1
     ) t
     cross join lateral jsonb_populate_record(null::${table}, to_jsonb(t) || jsonb_build_object(${changes.join(', ')})) copy`,
    [count],
  );
}

async function idsIn({ table, scope, order }: PagedCase): Promise<string[]> {
  const found = await rows(`select id from ${table} where ${scope()} order by ${order ?? 'id desc'}`);
  return found.map(({ id }) => z.string().parse(id));
}

const cursor = (keyset: string): string => Buffer.from(keyset, 'utf8').toString('base64url');

describe('every list', () => {
  beforeAll(async () => {
    await rows(`update training.retrain set status = 'CANCELLED' where status in ('QUEUED', 'RUNNING')`);
    idOf['TraceSource.extractions'] = await mutate('extractTraces', KEYED_CASES['extractTraces']?.input() ?? {});
    const replay = await mutate('replayCalls', KEYED_CASES['replayCalls']?.input() ?? {});
    // Of a replay that is over, so that nobody but this spec adds cells.
    const [over] = await rows(
      `insert into labeling.replay select copy.* from labeling.replay t
       cross join lateral jsonb_populate_record(null::labeling.replay, to_jsonb(t) || '{"status": "SUCCEEDED"}'
         || jsonb_build_object('id', uuidv7())) copy where t.id = $1 returning id`,
      [replay],
    );
    const replayId = (idOf['Replay.cells'] = z.string().parse(over?.['id']));
    await rows(`insert into labeling.replay_prompt values ($1, $2, 1, 'test', 1, true)`, [replayId, callId]);
    await rows(
      `insert into labeling.replay_cell (id, replay_id, call_id, candidate, status)
       values (gen_random_uuid(), $1, $2, 'small', 'ANSWERED')`,
      [replayId, callId],
    );
    await mutate('trainRouter', KEYED_CASES['trainRouter']?.input() ?? {});
    await mutate('triggerRetrain', KEYED_CASES['triggerRetrain']?.input() ?? {});
    await rows(`update training.retrain set status = 'CANCELLED'`);
    for (const paged of Object.values(PAGED_CASES)) await copies(paged, 10);
  });

  it('is paged and has a case here, or says why it ends', () => {
    expect(PAGED.sort()).toEqual(Object.keys({ ...PAGED_CASES, ...PAGED_ELSEWHERE }).sort());
    expect([...new Set([...WHOLE, ...CUT])].sort()).toEqual(Object.keys(ENDING).sort());
  });

  it.each(Object.entries(PAGED_CASES))(
    '%s refuses what is no page, and cursors that it did not make',
    async (list, paged) => {
      for (const first of [0, -1, 201, 1_000_000_000]) {
        expect([first, await codeOf(pageOf(list, paged, first, null))]).toEqual([first, 'INVALID_INPUT']);
      }
      const {
        pageInfo: { endCursor },
      } = await pageOf(list, paged, 1, null);
      const wrong = [
        '',
        'x',
        '!!!',
        `${endCursor}!`,
        ...['x', '', '-1', '1e3', '0x1', '99999999999', 'null'].map(cursor),
      ];
      for (const after of wrong) {
        expect([after, await codeOf(pageOf(list, paged, 3, after))]).toEqual([after, 'INVALID_INPUT']);
      }
      expect((await pageOf(list, paged, 200, null)).edges.length).toBeGreaterThan(10);
      expect((await pageOf(list, paged, null, null)).edges.length).toBeLessThanOrEqual(50);
    },
  );

  it.each(Object.entries(PAGED_CASES))(
    '%s gives every row once and in order, in pages, while rows are added',
    async (list, paged) => {
      const before = await idsIn(paged);
      const seen: string[] = [];
      for (let after: string | null = null, more = true; more;) {
        const { edges, pageInfo } = await pageOf(list, paged, 3, after);
        if (pageInfo.hasNextPage) expect(edges).toHaveLength(3);
        expect(pageInfo.startCursor).toBe(edges[0]?.cursor);
        expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor);
        expect(pageInfo.hasPreviousPage).toBe(seen.length > 0);
        seen.push(...edges.map(({ node }) => node.id));
        ({ endCursor: after, hasNextPage: more } = pageInfo);
        await copies(paged, 2);
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(before.filter((id) => !seen.includes(id))).toEqual([]);
      expect(seen).toEqual((await idsIn(paged)).filter((id) => seen.includes(id)));
    },
    60_000,
  );

  it.each(Object.entries(PAGED_CASES))('%s ends in a page that says what is before it', async (list, paged) => {
    const endOf = async (after: string | null): Promise<string | null> => {
      const { hasNextPage, endCursor } = (await pageOf(list, paged, 200, after)).pageInfo;
      return hasNextPage ? endOf(endCursor) : endCursor;
    };
    expect(await pageOf(list, paged, 200, await endOf(null))).toEqual({
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
    });
  });

  it('of similar calls is no longer than a page', async () => {
    for (const first of [0, -1, 201, 1_000_000_000]) {
      const asked = graph.ask(
        'query ($first: Int) { similarCalls(text: "a", first: $first) { similarity } }',
        { first },
        z.unknown(),
      );
      expect(await codeOf(asked)).toBe('INVALID_INPUT');
    }
  });

  it.each([
    ['createTraceSource', 'ingest.trace_source', 'traceSources { name }'],
    ['createLabeler', 'labeling.labeler', 'labelers { name }'],
    ['createRouter', 'registry.router', 'routers { name }'],
  ])('that is answered whole is never cut: %s refuses one more than 1000', async (name, table, list) => {
    const input = { ...KEYED_CASES[name]?.input(), name: 'one-more' };
    const missing = 1_000 - (await countOf(table));
    await copies(
      { inside: [], table, scope: () => 'true', own: { id: UUID7, name: `'filler ' || n`, announced: 'true' } },
      missing,
    );
    expect(await codeOf(mutate(name, input))).toBe('CONFLICT');
    expect(await countOf(table)).toBe(1_000);
    const answer = await graph.ask(`{ list: ${list} }`, {}, z.object({ list: z.array(z.unknown()) }));
    expect(answer.list).toHaveLength(1_000);
    await rows(`delete from ${table} where name = 'filler 1'`);
    expect(await codeOf(mutate(name, input))).toBe('done');
  });
});
