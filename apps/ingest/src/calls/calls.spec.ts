import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freshDatabase, type FreshDatabase } from '@signalbox/testkit';
import fc from 'fast-check';
import pg from 'pg';
import { ingestDatabase } from '../index.js';
import { START, traceOf, tracesOf } from '../testing/calls.js';
import { FakeJaeger } from '../testing/fake-jaeger.js';
import { RunningIngest } from '../testing/running-ingest.js';
import { CallsRepository } from './calls.repository.js';

jest.setTimeout(60_000);
const DAY = 86_400_000;
const LIST = `query ($filter: LlmCallFilter, $first: Int, $after: String) { llmCalls(filter: $filter, first: $first, after: $after) {
  edges { node { id query } } pageInfo { hasNextPage hasPreviousPage endCursor } } }`;

interface Listed {
  edges: { node: { id: string; query: string } }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
}

describe('llmCalls', () => {
  let database: FreshDatabase;
  let ingest: RunningIngest;
  let jaeger: FakeJaeger;
  let source: string;
  const spans = [
    ...tracesOf(20, DAY, 'day'),
    ...traceOf('failed', START + 30 * DAY, {
      seconds: 9,
      attributes: {
        'gen_ai.response.model': 'claude-sonnet-4-5',
        'error.type': 'TimeoutError',
        'user.id': 'ada',
        'session.id': 'other',
        'gen_ai.usage.cost': '0.5',
      },
    }),
  ];
  beforeAll(async () => {
    database = await freshDatabase([ingestDatabase]);
    ingest = await RunningIngest.on(database);
    await ingest.start();
    jaeger = await FakeJaeger.start({ api: 'v3', spans });
    source = await ingest.createSource({ name: 'jaeger', endpoint: jaeger.url });
    await ingest.extract(source, START, START + 60 * DAY);
  });
  afterAll(async () => {
    await jaeger.stop();
    await ingest.end();
  });

  const list = async (filter: Record<string, unknown>): Promise<string[]> => {
    const { data, errors } = await ingest.graph<{ llmCalls: Listed }>(LIST, { filter, first: 200 });
    if (errors) throw new Error(errors[0]?.extensions.code);
    return data.llmCalls.edges.map(({ node }) => node.query);
  };
  const question = (name: string) => `question ${name}`;
  const days = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => question(`day ${to - 1 - index}`));

  it('gives every call newest first, and by every condition of the filter', async () => {
    const all = [question('failed'), ...days(0, 20)];
    expect(await list({})).toEqual(all);
    expect(await list({ from: new Date(START + 18 * DAY), to: new Date(START + 30 * DAY) })).toEqual(days(18, 20));
    expect(await list({ to: new Date(START + DAY) })).toEqual(days(0, 1));
    expect(await list({ from: '1969-12-31T23:59:59Z' })).toEqual(all);
    expect(await list({ from: '0001-01-01', to: '9999-12-31' })).toEqual(all);
    expect(await list({ to: '1969-01-01' })).toEqual([]);
    expect(await list({ modelName: ['claude-sonnet-4-5'] })).toEqual([question('failed')]);
    expect(await list({ modelName: [] })).toEqual([]);
    expect(await list({ sourceId: source })).toEqual(all);
    expect(await list({ sourceId: 'no uuid' })).toEqual([]);
    expect(await list({ sessionId: 'other' })).toEqual([question('failed')]);
    expect(await list({ userId: 'ada', status: ['TIMEOUT', 'ERROR'] })).toEqual([question('failed')]);
    expect(await list({ status: ['CACHED'] })).toEqual([]);
    expect(await list({ text: 'DAY 1', to: new Date(START + 5 * DAY) })).toEqual(days(1, 2));
    expect(await list({ text: '%' })).toEqual([]);
  });

  it('leaves out the partitions of other months', async () => {
    const { rows } = await ingest.admin.query<{ 'QUERY PLAN': string }>(
      `explain select id from ingest.llm_call where id >= ingest.id_at('2026-03-05') and id < ingest.id_at('2026-03-06') order by id desc`,
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('llm_call_2026_03');
    expect(plan).not.toMatch(/2020|2040/);
  });

  it('is read by other services through the published view alone', async () => {
    const labeling = new pg.Client({ connectionString: database.urls.labeling });
    await labeling.connect();
    const { rows } = await labeling.query('select * from ingest.call_v1 order by id limit 1');
    expect(rows[0]).toMatchObject({ query: question('day 0'), status: 'OK', has_tools: false, truncated: false });
    for (const table of ['llm_call', 'llm_call_2026_03', 'trace_source', 'extraction', 'idempotency']) {
      await expect(labeling.query(`select * from ingest.${table}`)).rejects.toMatchObject({ code: '42501' });
    }
    await expect(labeling.query(`select ingest.ensure_call_partition('2026-01-01')`)).rejects.toMatchObject({
      code: '42501',
    });
    await labeling.end();
  });

  it('pages without losing or doubling a call while others are inserted', async () => {
    const copy = `insert into ingest.llm_call select (jsonb_populate_record(null::ingest.llm_call,
      to_jsonb(call) || jsonb_build_object('id', $1::uuid))).* from (select * from ingest.llm_call limit 1) call on conflict do nothing`;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.integer({ min: 0, max: 30 * 24 }), { minLength: 1, maxLength: 8 }),
        async (first, hours) => {
          await ingest.admin.query(`delete from ingest.llm_call where id::text like '%-000000000000'`);
          const before = (await ingest.admin.query<{ id: string }>('select id from ingest.llm_call')).rows.map(
            ({ id }) => id,
          );
          const seen: string[] = [];
          let after: string | null = null;
          do {
            const { edges, pageInfo }: Listed = (await ingest.graph<{ llmCalls: Listed }>(LIST, { first, after })).data
              .llmCalls;
            expect(pageInfo.hasPreviousPage).toBe(seen.length > 0);
            seen.push(...edges.map(({ node }) => node.id));
            const hour = hours[seen.length % hours.length] ?? 0;
            const prefix = (START + hour * 3_600_000).toString(16).padStart(12, '0');
            await ingest.admin.query(copy, [`${prefix.slice(0, 8)}-${prefix.slice(8)}-8000-8000-000000000000`]);
            after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
          } while (after !== null);
          expect(new Set(seen).size).toBe(seen.length);
          expect(before.filter((id) => !seen.includes(id))).toEqual([]);
          expect([...seen].sort().reverse()).toEqual(seen);
        },
      ),
      { numRuns: 12 },
    );
    await ingest.admin.query(`delete from ingest.llm_call where id::text like '%-000000000000'`);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['that ends before it begins', { from: '2026-03-02', to: '2026-03-01' }, 'to: must not be before from'],
    ['of a performance beyond 1', { performanceBelow: 2 }, 'performanceBelow: must not be greater than 1'],
    ['of a day that does not exist', { from: '2026-02-31' }, 'There is no 2026-02-31'],
  ])('refuses a filter %s, in lists and statistics', async (_, filter, message) => {
    for (const query of [LIST, STATS]) {
      const { errors } = await ingest.graph(query, { filter, groupBy: 'MODEL' });
      expect(errors?.[0]).toMatchObject({
        extensions: { code: 'INVALID_INPUT' },
        message: expect.stringContaining(message),
      });
    }
  });

  it('refuses a cursor of nowhere and a page of no size', async () => {
    for (const variables of [{ after: 'bm8' }, { first: 0 }, { first: 201 }]) {
      const { errors } = await ingest.graph(LIST, variables);
      expect(errors?.[0]?.extensions.code).toBe('INVALID_INPUT');
    }
  });

  it('gives one call, its trace, and null for what is unknown', async () => {
    const { data } = await ingest.graph<{ llmCalls: Listed }>(LIST, { filter: { userId: 'ada' } });
    const id = data.llmCalls.edges[0]?.node.id;
    const fields = `id traceId spanId dialect startedAt responseTimeSeconds timeToFirstTokenSeconds query messages response toolCalls
      requestModel responseModel modelName provider inputTokens outputTokens totalTokens cachedInputTokens reasoningTokens costUsd
      costEstimated sessionId userId requestId status errorType finishReason decisionId chosenCandidate propensity probabilities
      routerVersion truncated redactions source { name watermark }`;
    const one = await ingest.graph<{ llmCall: { id: string; traceId: string; startedAt: string } }>(
      `query ($id: ID!) { llmCall(id: $id) { ${fields} } }`,
      { id },
    );
    expect(one.errors).toBeUndefined();
    const call = one.data.llmCall;
    expect(call).toMatchObject({
      startedAt: new Date(START + 30 * DAY).toISOString(),
      responseTimeSeconds: 9,
      status: 'TIMEOUT',
    });
    expect(call).toMatchObject({
      requestModel: 'gpt-4o',
      modelName: 'claude-sonnet-4-5',
      costUsd: 0.5,
      costEstimated: false,
    });
    expect(call).toMatchObject({
      messages: [{ role: 'user', content: 'question failed' }],
      source: { name: 'jaeger' },
    });
    const trace = await ingest.graph<{ trace: unknown }>(
      `query ($id: String!) { trace(traceId: $id) { traceId startedAt durationSeconds costUsd calls { id } } }`,
      {
        id: call.traceId,
      },
    );
    expect(trace.data.trace).toEqual({
      traceId: call.traceId,
      startedAt: call.startedAt,
      durationSeconds: 9,
      costUsd: 0.5,
      calls: [{ id: call.id }],
    });
    const nothing = await ingest.graph(
      '{ a: llmCall(id: "x") { id } b: llmCall(id: "01990000-0000-7000-8000-000000000000") { id } trace(traceId: "x") { traceId } extraction(id: "x") { id } }',
    );
    expect(nothing).toEqual({ data: { a: null, b: null, trace: null, extraction: null } });
  });

  it('resolves all references of the gateway in one batch', async () => {
    const { data } = await ingest.graph<{ llmCalls: Listed }>(LIST, { first: 200 });
    const representations = data.llmCalls.edges.map(({ node }) => ({ __typename: 'LlmCall', id: node.id })).reverse();
    const batches = jest.spyOn(CallsRepository.prototype, 'byId');
    const answer = await ingest.graph<{ _entities: ({ id: string } | null)[] }>(
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on LlmCall { id source { name } } } }',
      {
        r: [...representations, { __typename: 'LlmCall', id: 'unknown' }],
      },
    );
    expect(answer.errors).toBeUndefined();
    expect(batches).toHaveBeenCalledTimes(1);
    batches.mockRestore();
    expect(answer.data._entities.map((call) => call?.id)).toEqual([...representations.map(({ id }) => id), undefined]);
  });

  it('answers DEPENDENCY_UNAVAILABLE that names labeling for the filters that need it, and the rest works', async () => {
    for (const filter of [{ labelled: true }, { labelled: false }, { performanceBelow: 0.5 }]) {
      const { data, errors } = await ingest.graph(LIST, { filter });
      expect(data).toBeNull();
      expect(errors?.[0]).toMatchObject({
        extensions: { code: 'DEPENDENCY_UNAVAILABLE' },
        message: expect.stringContaining('labeling'),
      });
    }
    const stats = await ingest.graph<{ callStats: unknown }>(STATS, { groupBy: 'STATUS' });
    expect(stats.data.callStats).toEqual([
      {
        key: 'OK',
        calls: 20,
        errors: 0,
        costUsd: null,
        meanPerformance: null,
        labelled: 0,
        responseTimeSecondsP50: 1.5,
        responseTimeSecondsP95: 1.5,
      },
      {
        key: 'TIMEOUT',
        calls: 1,
        errors: 1,
        costUsd: 0.5,
        meanPerformance: null,
        labelled: 0,
        responseTimeSecondsP50: 9,
        responseTimeSecondsP95: 9,
      },
    ]);
  });

  it('counts calls by each group, and knows performance once labeling is there', async () => {
    await ingest.admin
      .query(`create schema labeling; create table labeling.performance (call_id uuid primary key, performance float8);
      create view labeling.performance_v1 as select * from labeling.performance;
      insert into labeling.performance select id, case when status = 'OK' then 0.75 else 0.25 end from ingest.llm_call
        where id >= ingest.id_at('2026-03-19')`);
    const withoutRight = await ingest.graph(LIST, { filter: { labelled: true } });
    expect(withoutRight.errors?.[0]?.extensions.code).toBe('DEPENDENCY_UNAVAILABLE');
    await ingest.admin.query(
      'grant usage on schema labeling to signalbox_ingest; grant select on labeling.performance_v1 to signalbox_ingest',
    );
    expect(await list({ labelled: true })).toEqual([question('failed'), ...days(18, 20)]);
    expect(await list({ labelled: false })).toEqual(days(0, 18));
    expect(await list({ performanceBelow: 0.5 })).toEqual([question('failed')]);
    const keys = async (groupBy: string) => {
      const { data } = await ingest.graph<{ callStats: Record<string, unknown>[] }>(STATS, {
        groupBy,
        filter: { from: new Date(START + 17 * DAY) },
      });
      return data.callStats.map(({ key, calls, labelled, meanPerformance }) => [key, calls, labelled, meanPerformance]);
    };
    expect(await keys('MODEL')).toEqual([
      ['claude-sonnet-4-5', 1, 1, 0.25],
      ['gpt-4o-2024-08-06', 3, 2, 0.75],
    ]);
    expect(await keys('DAY')).toEqual([
      ['2026-03-18', 1, 0, null],
      ['2026-03-19', 1, 1, 0.75],
      ['2026-03-20', 1, 1, 0.75],
      ['2026-03-31', 1, 1, 0.25],
    ]);
    expect(await keys('SOURCE')).toEqual([[source, 4, 3, expect.closeTo(1.75 / 3)]]);
    expect((await keys('DIALECT'))[0]?.[1]).toBe(4);
  });
});

const STATS = `query ($filter: LlmCallFilter, $groupBy: CallGroup!) { callStats(filter: $filter, groupBy: $groupBy) { key calls errors costUsd
  meanPerformance labelled responseTimeSecondsP50 responseTimeSecondsP95 } }`;
