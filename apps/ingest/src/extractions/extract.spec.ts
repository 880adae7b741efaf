import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freshDatabase } from '@signalbox/testkit';
import { ingestDatabase } from '../index.js';
import { START, traceOf, tracesOf } from '../testing/calls.js';
import { FakeJaeger, type FakeJaegerOptions, type FakeSpan } from '../testing/fake-jaeger.js';
import { RunningIngest, unaccounted } from '../testing/running-ingest.js';

jest.setTimeout(60_000);
const DAY = 86_400_000;

describe('extractTraces', () => {
  let ingest: RunningIngest;
  const servers: FakeJaeger[] = [];
  beforeAll(async () => {
    ingest = await RunningIngest.on(await freshDatabase([ingestDatabase]));
    await ingest.start();
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    await ingest.admin.query('truncate ingest.llm_call');
  });
  afterAll(() => ingest.end());

  const jaegerOf = async (spans: FakeSpan[], options: Partial<FakeJaegerOptions> = {}): Promise<FakeJaeger> => {
    const server = await FakeJaeger.start({ api: 'v3', spans, ...options });
    servers.push(server);
    return server;
  };
  const sourceOf = (jaeger: FakeJaeger, input: Record<string, unknown> = {}) =>
    ingest.createSource({ name: `source ${jaeger.url}`, endpoint: jaeger.url, ...input });

  it.each(['v3', 'v1'] as const)('bisects a full page and loses nothing, over the API %s', async (api) => {
    const jaeger = await jaegerOf(tracesOf(1_000, 1_000), { api });
    const read = await ingest.extract(await sourceOf(jaeger), START - DAY, START + DAY);
    expect(read).toMatchObject({
      status: 'SUCCEEDED',
      complete: true,
      problem: null,
      spansRead: 2_000,
      callsStored: 1_000,
    });
    expect(read).toMatchObject({ callsDuplicate: 0, progress: { done: 2_000, total: 2_000, unit: 'spans' } });
    expect(read.coverage).toMatchObject({ calls: 1_000, withQuery: 1_000, withTokens: 1_000, withCost: 0 });
    expect(read.source.watermark).toBe(new Date(START + DAY).toISOString());
    expect(unaccounted(read)).toBe(0);
    expect(jaeger.searches.length).toBeGreaterThan(1_000 / 150);
    expect(jaeger.searches.length).toBeLessThan(40);
    expect(await ingest.count('ingest.llm_call')).toBe(1_000);
  });

  it('stores nothing twice in a second extraction, and says so', async () => {
    const jaeger = await jaegerOf(tracesOf(200, 60_000));
    const source = await sourceOf(jaeger);
    await ingest.extract(source, START, START + DAY);
    const again = await ingest.extract(source, START, START + DAY);
    expect(again).toMatchObject({ status: 'SUCCEEDED', spansRead: 400, callsStored: 0, callsDuplicate: 200 });
    expect(unaccounted(again)).toBe(0);
    expect(await ingest.count('ingest.llm_call')).toBe(200);
  });

  it('fills what an earlier reading left empty, and writes nothing where nothing was', async () => {
    const full = traceOf('gaps', START, { attributes: { 'user.id': 'ada', 'gen_ai.usage.cost': '0.25' } });
    const half = full.map((span) => ({
      ...span,
      attributes: Object.fromEntries(
        Object.entries(span.attributes).filter(([key]) => !/output|response\.model|user\.id|cost/.test(key)),
      ),
    }));
    const jaeger = await jaegerOf([...half, ...tracesOf(1, 0, 'whole', START + 1)]);
    const source = await sourceOf(jaeger);
    const stored = async () =>
      (
        await ingest.admin.query<Record<string, unknown>>(
          `select xmin::text as written, query, response, response_model, output_tokens, user_id, cost_usd, cost_estimated
           from ingest.llm_call order by query`,
        )
      ).rows;
    await ingest.extract(source, START - 1_000, START + DAY);
    const [before, whole] = await stored();
    expect(before).toMatchObject({
      response: null,
      response_model: null,
      output_tokens: null,
      user_id: null,
      cost_usd: null,
    });
    jaeger.set({ spans: [...full, ...tracesOf(1, 0, 'whole', START + 1)] });
    const again = await ingest.extract(source, START - 1_000, START + DAY);
    expect(again).toMatchObject({ callsStored: 0, callsDuplicate: 2 });
    expect(unaccounted(again)).toBe(0);
    const [filled, untouched] = await stored();
    expect(filled).toMatchObject({
      ...{ query: 'question gaps', response: 'answer gaps', response_model: 'gpt-4o-2024-08-06', output_tokens: 20 },
      ...{ user_id: 'ada', cost_usd: 0.25, cost_estimated: false },
    });
    expect(untouched).toEqual(whole);
    jaeger.set({ spans: [...half, ...tracesOf(1, 0, 'whole', START + 1)] });
    await ingest.extract(source, START - 1_000, START + DAY);
    expect(await stored()).toEqual([filled, whole]);
  });

  it.each([
    ['ON', 'mail [email] about https://example.com/users/7', 1],
    ['STRICT', 'mail [email] about https://example.com/[link]', 2],
    ['OFF', 'mail ada@example.com about https://example.com/users/7', 0],
  ])('takes personal data out before it stores a call where redaction is %s', async (redaction, query, redactions) => {
    const text = 'mail ada@example.com about https://example.com/users/7';
    const attributes = { 'gen_ai.input.messages': JSON.stringify([{ role: 'user', content: text }]) };
    const jaeger = await jaegerOf(traceOf(`private ${redaction}`, START, { attributes }));
    await ingest.extract(await sourceOf(jaeger, { redaction }), START, START + DAY);
    const { rows } = await ingest.admin.query<Record<string, unknown>>(
      'select query, messages, redactions from ingest.llm_call',
    );
    expect(rows).toEqual([{ query, messages: [{ role: 'user', content: query }], redactions }]);
  });

  it('counts a trace once that matches several windows and several services', async () => {
    const long = traceOf('long', START + 1).map((span, index) =>
      index === 0 ? span : { ...span, start: START + 900_000, service: 'worker' },
    );
    const jaeger = await jaegerOf([...tracesOf(900, 1_000), ...long]);
    const read = await ingest.extract(await sourceOf(jaeger), START, START + DAY);
    expect(read).toMatchObject({
      complete: true,
      spansRead: 1_802,
      callsStored: 901,
      callsDuplicate: 0,
      callsSuperseded: 0,
    });
    expect(unaccounted(read)).toBe(0);
    expect(new Set(jaeger.searches.map((search) => search.get('query.serviceName')))).toEqual(
      new Set(['gateway', 'worker']),
    );
  });

  it('reads one call out of two spans that a backend gives in different windows', async () => {
    const [wrapper] = traceOf('in parts', START + 1, {
      name: 'litellm_request',
      attributes: { 'llm.request.type': 'completion' },
    });
    const [inner] = traceOf('in parts', START + 600_000, {
      spanId: 'abcdef0123456789',
      parentSpanId: wrapper?.spanId ?? '',
      attributes: { 'gen_ai.response.id': 'chatcmpl-1' },
    });
    const spans = [wrapper, inner].flatMap((span) => (span ? [{ ...span, seconds: 700 }] : []));
    const whole = await jaegerOf(spans);
    await ingest.extract(await sourceOf(whole), START, START + DAY);
    const { rows: expected } = await ingest.admin.query('select id from ingest.llm_call');
    expect(expected).toHaveLength(1);
    await ingest.admin.query('truncate ingest.llm_call');

    const parts = await jaegerOf([...tracesOf(800, 1_000), ...spans], { inParts: true });
    const read = await ingest.extract(await sourceOf(parts), START, START + DAY);
    expect(read).toMatchObject({ status: 'SUCCEEDED', complete: true, callsSuperseded: 1, callsStored: 802 });
    expect(unaccounted(read)).toBe(0);
    const { rows } = await ingest.admin.query('select id from ingest.llm_call where trace_id = $1', [wrapper?.traceId]);
    expect(rows).toEqual(expected);
    expect(await ingest.count('ingest.llm_call')).toBe(801);

    // What was superseded is told to the other services as gone, and may be a call again when a reading says so.
    expect(await ingest.count('ingest.forgotten_call_v1')).toBe(1);
    const alone = await jaegerOf(spans.slice(0, 1));
    expect((await ingest.extract(await sourceOf(alone), START, START + DAY)).callsStored).toBe(1);
    expect(await ingest.count('ingest.forgotten_call_v1')).toBe(0);
  });

  it('moves the watermark neither over a gap nor beyond what could be there', async () => {
    const source = await sourceOf(await jaegerOf([]));
    const watermarkAfter = async (from: number, to: number) =>
      (await ingest.extract(source, from, to)).source.watermark;
    const [first, third] = [START + DAY, START + 3 * DAY].map((moment) => new Date(moment).toISOString());
    expect(await watermarkAfter(START, START + DAY)).toBe(first);
    expect(await watermarkAfter(START + 2 * DAY, START + 3 * DAY)).toBe(first);
    expect(await watermarkAfter(START, START + 1)).toBe(first);
    expect(await watermarkAfter(START + DAY, START + 3 * DAY)).toBe(third);
    const before = Date.now();
    const reached = Date.parse((await watermarkAfter(START, before + DAY)) ?? '');
    expect(reached).toBeGreaterThan(START + 3 * DAY);
    expect(reached).toBeLessThan(before + 60_000);
  });

  it('reads an empty year with one request', async () => {
    const jaeger = await jaegerOf(tracesOf(1, 0, 'later', START + 400 * DAY));
    const read = await ingest.extract(await sourceOf(jaeger, { serviceName: 'gateway' }), START, START + 365 * DAY);
    expect(read).toMatchObject({ status: 'SUCCEEDED', complete: true, spansRead: 0 });
    expect(jaeger.searches).toHaveLength(1);
  });

  it('asks for more when one millisecond fills a page', async () => {
    const jaeger = await jaegerOf(tracesOf(500, 0));
    const read = await ingest.extract(await sourceOf(jaeger), START - 1_000, START + 1_000);
    expect(read).toMatchObject({ status: 'SUCCEEDED', complete: true, callsStored: 500 });
  });

  it('keeps what it got and says SOURCE_WINDOW_FULL when one millisecond holds more than the backend gives out', async () => {
    const jaeger = await jaegerOf([...tracesOf(500, 0), ...tracesOf(20, 1_000, 'around')], { maxDepth: 450 });
    const read = await ingest.extract(await sourceOf(jaeger), START - 1_000, START + DAY);
    expect(read).toMatchObject({ status: 'SUCCEEDED', complete: false, problem: { code: 'SOURCE_WINDOW_FULL' } });
    expect(read.callsStored).toBeGreaterThanOrEqual(450 + 19);
    expect(read.source.watermark).toBeNull();
    expect(unaccounted(read)).toBe(0);
  });

  it.each(['v1', 'v3'] as const)(
    'reads only the traces that the filter of a source lets through (API %s)',
    async (api) => {
      const ordinary = tracesOf(3, 1_000);
      const wanted = traceOf('wanted', START, { attributes: { team: 'search' } });
      const jaeger = await jaegerOf([...ordinary, ...wanted], { api });
      const read = await ingest.extract(await sourceOf(jaeger, { filter: '{"team":"search"}' }), START, START + DAY);
      expect(read).toMatchObject({ status: 'SUCCEEDED', complete: true, spansRead: 2, callsStored: 1 });
    },
  );

  it.each(['team=search', '["team"]', '{"team":1}'])(
    'refuses the filter %s, which Jaeger would not take',
    async (filter) => {
      const source = { name: `filtered by ${filter}`, endpoint: 'http://127.0.0.1:16686', filter };
      const answer = await ingest.graph(
        'mutation ($input: CreateTraceSourceInput!) { createTraceSource(input: $input) { id } }',
        {
          input: { kind: 'JAEGER', ...source },
        },
      );
      expect(answer.errors?.[0]).toMatchObject({
        message: expect.stringContaining('filter'),
        extensions: { code: 'INVALID_INPUT' },
      });
    },
  );

  it('stores text that PostgreSQL cannot hold with a sign in its place', async () => {
    const content = 'a\u0000b \uD800 c 😀 \\u0000';
    const messages = JSON.stringify([{ role: 'user', parts: [{ type: 'text', content }] }]);
    const jaeger = await jaegerOf(traceOf('odd', START, { attributes: { 'gen_ai.input.messages': messages } }));
    const read = await ingest.extract(await sourceOf(jaeger), START - 1_000, START + 1_000);
    expect(read).toMatchObject({ status: 'SUCCEEDED', callsStored: 1 });
    const { rows } = await ingest.admin.query(`select query, messages->0->>'content' as message from ingest.llm_call`);
    const shown = 'a\uFFFDb \uFFFD c 😀 \\u0000';
    expect(rows).toEqual([{ query: shown, message: shown }]);
  });

  it('makes a partition for every month that calls start in, also far from now', async () => {
    const moments = ['1999-01-01', '2021-02-28T23:59:59.999Z', '2021-03-01', '2039-12-31', '2044-05-05'].map((day) =>
      Date.parse(day),
    );
    const jaeger = await jaegerOf(moments.flatMap((moment) => traceOf(String(moment), moment)));
    const read = await ingest.extract(await sourceOf(jaeger), moments[0] ?? 0, (moments.at(-1) ?? 0) + 1_000);
    expect(read).toMatchObject({ status: 'SUCCEEDED', callsStored: 5 });
    const { rows } = await ingest.admin.query<{ partition: string }>(
      'select tableoid::regclass::text as partition from ingest.llm_call order by id',
    );
    expect(rows.map(({ partition }) => partition)).toEqual([
      'ingest.llm_call_before_2020',
      'ingest.llm_call_2021_02',
      'ingest.llm_call_2021_03',
      'ingest.llm_call_2039_12',
      'ingest.llm_call_from_2040',
    ]);
  });

  it('says SOURCE_NOT_JSON of an address that answers with a page', async () => {
    const read = await ingest.extract(await sourceOf(await jaegerOf([], { api: 'html' })), START, START + DAY);
    expect(read).toMatchObject({ status: 'FAILED', complete: false, problem: { code: 'SOURCE_NOT_JSON' } });
    expect(read.problem?.nextStep).toContain('query API');
  });

  it('says SOURCE_REFUSED of a backend that refuses the narrowest window too, and of one that is no Jaeger', async () => {
    for (const options of [{ maxDepth: 1 }, { api: 'other' as const }]) {
      const jaeger = await jaegerOf(tracesOf(1, 0), options);
      const read = await ingest.extract(await sourceOf(jaeger), START, START + DAY);
      expect(read).toMatchObject({ status: 'FAILED', complete: false, callsStored: 0 });
      expect(read.problem).toMatchObject({
        code: 'SOURCE_REFUSED',
        message: expect.stringContaining(jaeger.url),
        nextStep: expect.stringContaining('limits'),
      });
    }
  });

  it('says SOURCE_UNREACHABLE of an address where nothing listens', async () => {
    const jaeger = await jaegerOf([]);
    const source = await sourceOf(jaeger);
    await jaeger.stop();
    servers.length = 0;
    const read = await ingest.extract(source, START, START + DAY);
    expect(read).toMatchObject({ status: 'FAILED', problem: { code: 'SOURCE_UNREACHABLE' } });
  });

  it('has one effect for a hundred calls of one idempotency key, and refuses the key for other input', async () => {
    const source = await sourceOf(await jaegerOf([]));
    const mutation = 'mutation ($input: ExtractTracesInput!) { extractTraces(input: $input) { id } }';
    const input = { sourceId: source, from: new Date(START), to: new Date(START + DAY), idempotencyKey: 'one' };
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => ingest.graph<{ extractTraces: { id: string } }>(mutation, { input })),
    );
    expect(new Set(answers.map(({ data }) => data.extractTraces.id)).size).toBe(1);
    expect(await ingest.count('ingest.extraction where source_id = $1', [source])).toBe(1);
    const other = await ingest.graph(mutation, { input: { ...input, to: new Date(START + 2 * DAY) } });
    expect(other.errors?.[0]?.extensions.code).toBe('IDEMPOTENCY_CONFLICT');
  });

  it('refuses an empty range, an unknown source and a page beyond 200', async () => {
    const source = await sourceOf(await jaegerOf([]));
    expect(await ingest.requestExtraction(source, START, START)).toContain('INVALID_INPUT');
    expect(await ingest.requestExtraction('01990000-0000-7000-8000-000000000000', START, START + 1)).toContain(
      'NOT_FOUND',
    );
    expect(await ingest.requestExtraction('no uuid', START, START + 1)).toContain('NOT_FOUND');
    const page = await ingest.graph('{ traceSources { extractions(first: 201) { edges { node { id } } } } }');
    expect(page.errors?.[0]?.extensions.code).toBe('INVALID_INPUT');
  });
});
