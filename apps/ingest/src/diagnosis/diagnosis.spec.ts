import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freshDatabase } from '@signalbox/testkit';
import { ingestDatabase } from '../index.js';
import { START, traceOf, tracesOf } from '../testing/calls.js';
import { FakeJaeger, otlpResourceSpans, type FakeSpan } from '../testing/fake-jaeger.js';
import { FakeServer } from '../testing/fake-server.js';
import { FakeTempo } from '../testing/fake-tempo.js';
import { RunningIngest } from '../testing/running-ingest.js';

jest.setTimeout(60_000);
const HOUR = 3_600_000;

interface Diagnosis {
  source: { name: string };
  read: {
    from: string;
    to: string;
    reached: string;
    end: string;
    services: string[];
    traces: number;
    spans: number;
    spansMerged: number;
    skipped: { reason: string; count: number }[];
    coverage: { calls: number; withQuery: number };
  };
  findings: {
    code: string;
    severity: string;
    count: number;
    of: number;
    exampleTraceId: string | null;
    settings: { where: string; change: string }[];
  }[];
  unasked: string[];
}

const QUERY = `query ($id: ID!, $from: DateTime, $to: DateTime, $sample: Int) {
  diagnoseSource(sourceId: $id, from: $from, to: $to, sample: $sample) {
    source { name }
    read { from to reached end services traces spans spansMerged skipped { reason count } coverage { calls withQuery } }
    findings { code severity message count of unit exampleTraceId exampleSpanId settings { where change } }
    unasked
  }
}`;

/** What Tempo keeps of them by default. */
const cutByTempo = (spans: FakeSpan[]): FakeSpan[] =>
  spans.map((span) => ({
    ...span,
    attributes: Object.fromEntries(
      Object.entries(span.attributes).map(([key, value]) => [
        key,
        typeof value === 'string' ? value.slice(0, 2048) : value,
      ]),
    ),
  }));

describe('a diagnosis of a source', () => {
  let ingest: RunningIngest;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-doctor-'));
    ingest = await RunningIngest.on(await freshDatabase([ingestDatabase]), { traceFiles: folder });
    await ingest.start();
  });
  afterAll(async () => {
    await ingest.end();
    await rm(folder, { recursive: true });
  });

  const ask = (id: string, variables: Record<string, unknown> = {}) =>
    ingest.graph<{ diagnoseSource: Diagnosis } | null>(QUERY, { id, ...variables });
  const diagnosed = async (id: string, variables: Record<string, unknown> = {}): Promise<Diagnosis> => {
    const { data, errors } = await ask(id, variables);
    if (!data) throw new Error(JSON.stringify(errors));
    return data.diagnoseSource;
  };
  const send = async (source: string, spans: FakeSpan[]) => {
    const { status } = await fetch(new URL('/v1/traces', ingest.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip', 'x-signalbox-source': source },
      body: gzipSync(JSON.stringify({ resourceSpans: otlpResourceSpans(spans) })),
    });
    expect(status).toBe(200);
  };
  const range = (from: number, to: number) => ({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });

  it('reads the newest traces alone, stores nothing, and says how far it came', async () => {
    const jaeger = await FakeJaeger.start({ api: 'v3', spans: tracesOf(300, 60_000) });
    const id = await ingest.createSource({ name: 'newest', endpoint: jaeger.url });
    const { read } = await diagnosed(id, { ...range(START, START + 5 * HOUR), sample: 20 });
    await jaeger.stop();
    expect(read).toMatchObject({ end: 'SAMPLE_FULL', services: ['gateway'], traces: 20, spans: 40 });
    expect(read.coverage).toEqual({ calls: 20, withQuery: 20 });
    expect(Date.parse(read.reached)).toBeGreaterThan(START + 3 * HOUR);
    expect(await ingest.count('ingest.llm_call')).toBe(0);
    expect(await ingest.count('ingest.extraction')).toBe(0);
  });

  it('accounts for every span that it read', async () => {
    const jaeger = await FakeJaeger.start({ api: 'v1', spans: tracesOf(7, 1_000) });
    const id = await ingest.createSource({ name: 'accounted', endpoint: jaeger.url });
    const { read } = await diagnosed(id, range(START - HOUR, START + HOUR));
    await jaeger.stop();
    const skipped = read.skipped.reduce((sum, { count }) => sum + count, 0);
    expect(read).toMatchObject({ end: 'RANGE_READ', spans: 14, traces: 7 });
    expect(read.spans).toBe(read.coverage.calls + read.spansMerged + skipped);
    expect(read.reached).toBe(new Date(START - HOUR).toISOString());
  });

  it('misses nothing of a range that it reads in several windows', async () => {
    const { server } = await FakeTempo.start({ spans: tracesOf(36, 600_000), age: 'new' });
    const id = await ingest.createSource({ name: 'windows', kind: 'TEMPO', endpoint: server.url });
    const { read } = await diagnosed(id, range(START, START + 6 * HOUR));
    await server.stop();
    expect(read).toMatchObject({ traces: 36, spans: 72, end: 'RANGE_READ' });
  });

  it('tells that nothing was read from that nothing was found', async () => {
    const jaeger = await FakeJaeger.start({ api: 'v3', spans: tracesOf(1, 0) });
    const id = await ingest.createSource({ name: 'nothing', endpoint: jaeger.url });
    const { read, findings } = await diagnosed(id);
    await jaeger.stop();
    expect(read).toMatchObject({ traces: 0, spans: 0, end: 'RANGE_READ' });
    expect(Date.parse(read.to) - Date.parse(read.from)).toBe(24 * HOUR);
    expect(findings).toMatchObject([{ code: 'NOTHING_READ', severity: 'SEVERE' }]);
  });

  it("names Tempo's setting where Tempo has cut prompts, and no text of them", async () => {
    const prompt = JSON.stringify([
      { role: 'user', parts: [{ type: 'text', content: 'a secret story '.repeat(300) }] },
    ]);
    const long = traceOf('long', START, { attributes: { 'gen_ai.input.messages': prompt } });
    const { server } = await FakeTempo.start({ spans: cutByTempo(long), age: 'new' });
    const id = await ingest.createSource({ name: 'tempo', kind: 'TEMPO', endpoint: server.url });
    const answer = await ask(id, range(START - 3 * HOUR, START + HOUR));
    await server.stop();
    const cut = answer.data?.diagnoseSource.findings.find(({ code }) => code === 'CONTENT_CUT');
    expect(cut).toMatchObject({ severity: 'SEVERE', count: 1, of: 1, exampleTraceId: long[0]?.traceId });
    expect(cut?.settings).toEqual([{ where: 'TEMPO', change: expect.stringContaining('max_attribute_bytes') }]);
    expect(JSON.stringify(answer)).not.toContain('secret story');
  });

  it('counts traces that the backend gave in part', async () => {
    const spans = tracesOf(3, 1_000);
    const { server } = await FakeTempo.start({ spans, age: 'new', partial: [spans[0]?.traceId ?? ''] });
    const id = await ingest.createSource({ name: 'partial', kind: 'TEMPO', endpoint: server.url });
    const { findings } = await diagnosed(id, range(START - HOUR, START + HOUR));
    await server.stop();
    expect(findings.find(({ code }) => code === 'TRACE_PARTIAL')).toMatchObject({
      count: 1,
      of: 3,
      severity: 'SEVERE',
    });
  });

  it('knows which models are candidates, and which have a price, once there is a router', async () => {
    const jaeger = await FakeJaeger.start({
      api: 'v3',
      spans: [
        ...traceOf('priced', START),
        ...traceOf('other', START + 1_000, {
          attributes: { 'gen_ai.request.model': 'x', 'gen_ai.response.model': 'x' },
        }),
      ],
    });
    const id = await ingest.createSource({ name: 'models', endpoint: jaeger.url });
    const within = range(START - HOUR, START + HOUR);
    expect((await diagnosed(id, within)).unasked).toContain('MODEL_UNKNOWN');
    await ingest.admin.query('create schema registry');
    await ingest.admin
      .query(`create view registry.candidate_v1 as select 'r' as router, 0 as position, 'gpt-4o' as name,
      '{gpt-4o-2024-08-06}'::text[] as aliases, 1.0::float8 as input_price, 2.0::float8 as output_price, null::float8 as cached_input_price`);
    await ingest.admin.query('grant usage on schema registry to public');
    await ingest.admin.query('grant select on registry.candidate_v1 to public');
    const { findings, unasked } = await diagnosed(id, within);
    await jaeger.stop();
    await ingest.admin.query('drop schema registry cascade');
    expect(unasked).toEqual(['RECEIVED_LATE']);
    expect(findings.find(({ code }) => code === 'MODEL_UNKNOWN')).toMatchObject({ count: 1, of: 2 });
    expect(findings.find(({ code }) => code === 'COST_UNKNOWN')).toMatchObject({ count: 1, of: 2 });
  });

  it('reads files whole, whenever their traces are from', async () => {
    await writeFile(
      join(folder, 'old.json'),
      JSON.stringify({ resourceSpans: otlpResourceSpans(tracesOf(5, 86_400_000)) }),
    );
    const id = await ingest.createSource({ name: 'files', kind: 'FILE', path: 'old.json' });
    expect((await diagnosed(id)).read).toMatchObject({ traces: 5, spans: 10, end: 'RANGE_READ' });
    expect((await diagnosed(id, { sample: 2 })).read).toMatchObject({ traces: 2, spans: 4, end: 'SAMPLE_FULL' });
  });

  it('counts what is malformed in a file once', async () => {
    const text = JSON.stringify({ resourceSpans: otlpResourceSpans(tracesOf(5, 1_000, 'half')) });
    await writeFile(join(folder, 'half.json'), text.replace(/"spanId":"[0-9a-f]+"/, '"spanId":"?"'));
    const id = await ingest.createSource({ name: 'half', kind: 'FILE', path: 'half.json' });
    const { read, findings } = await diagnosed(id);
    expect(read).toMatchObject({
      spans: 10,
      skipped: expect.arrayContaining([{ reason: 'malformed_span', count: 1 }]),
    });
    expect(findings.find(({ code }) => code === 'SPANS_UNREADABLE')).toMatchObject({ count: 1, of: 10 });
  });

  it('looks at what an OTLP source was sent, and at when it came', async () => {
    const id = await ingest.createSource({ name: 'sent', kind: 'OTLP' });
    const ended = Date.now() - 3 * HOUR;
    await send('sent', tracesOf(2, 1_000, 'late', ended));
    const { read, findings } = await diagnosed(id, { to: new Date(Date.now() + HOUR).toISOString() });
    expect(read).toMatchObject({ traces: 2, spans: 4, end: 'RANGE_READ' });
    expect(findings.find(({ code }) => code === 'RECEIVED_LATE')).toMatchObject({ count: 2, of: 2 });
  });

  it('cuts a sample of what was sent by whole traces, newest first, where it would be too much, and says so', async () => {
    const id = await ingest.createSource({ name: 'much', kind: 'OTLP' });
    const long = { attributes: { 'gen_ai.input.messages': 'x'.repeat(7_500_000) } };
    for (const name of ['first', 'second', 'third', 'fourth'])
      await send('much', [...traceOf(`${name} a`, START, long), ...traceOf(`${name} b`, START, long)]);
    const now = { to: new Date(Date.now() + HOUR).toISOString() };
    const { read } = await diagnosed(id, now);
    expect(read).toMatchObject({ traces: 6, spans: 12, end: 'TIME_UP' });
    const { rows } = await ingest.admin.query<{ at: Date }>(
      `select min(received_at) as at from (select received_at from ingest.received_part where source_id = $1
       order by received_at desc limit 6) newest`,
      [id],
    );
    expect(read.reached).toBe(rows[0]?.at.toISOString());
    expect((await diagnosed(id, { ...now, sample: 3 })).read).toMatchObject({ traces: 3, end: 'SAMPLE_FULL' });
    await ingest.admin.query('truncate ingest.received_part');
  });

  it('counts a trace that was sent and cannot be read among the malformed', async () => {
    const id = await ingest.createSource({ name: 'unreadable', kind: 'OTLP' });
    await send('unreadable', tracesOf(3, 1_000, 'unreadable'));
    const [aside, broken] = ['unreadable 0', 'unreadable 1'].map((name) => traceOf(name, START)[0]?.traceId);
    await ingest.admin.query(
      `update ingest.received_part set set_aside = 'TypeError', assembled_at = now() where trace_id = $1`,
      [aside],
    );
    await ingest.admin.query(`update ingest.received_part set spans = 'none' where trace_id = $1`, [broken]);
    const { read } = await diagnosed(id, { to: new Date(Date.now() + HOUR).toISOString() });
    expect(read).toMatchObject({ traces: 1, spans: 4, end: 'RANGE_READ' });
    expect(read.skipped).toContainEqual({ reason: 'malformed_span', count: 2 });
  });

  it('reads one sample at a time, also after one that failed', async () => {
    const [most, asked] = [{ atOnce: 0 }, { now: 0 }];
    const slow = await FakeServer.start(async () => {
      most.atOnce = Math.max(most.atOnce, (asked.now += 1));
      await delay(100);
      asked.now -= 1;
      return { status: 418, body: 'no' };
    });
    const ids = await Promise.all(
      ['one', 'two', 'three'].map((name) => ingest.createSource({ name: `turn ${name}`, endpoint: slow.url })),
    );
    const answers = await Promise.all(ids.map((id) => ask(id)));
    await slow.stop();
    expect(answers.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(Array(3).fill('SOURCE_REFUSED'));
    expect(most.atOnce).toBe(1);
  });

  it.each([
    ['a sample of none', { sample: 0 }, 'INVALID_INPUT'],
    ['a sample of too many', { sample: 1_001 }, 'INVALID_INPUT'],
    ['a range that ends before it begins', range(START, START - 1), 'INVALID_INPUT'],
    ['a source that cannot be reached', {}, 'SOURCE_UNREACHABLE'],
  ])('refuses %s', async (what, variables, code) => {
    const gone = await FakeJaeger.start({ api: 'v3', spans: [] });
    await gone.stop();
    const id = await ingest.createSource({ name: `refuses ${what}`, endpoint: gone.url });
    const { errors } = await ask(id, variables);
    expect(errors?.[0]?.extensions.code).toBe(code);
  });

  it.each(['none', '0198c0de-0000-7000-8000-000000000000'])('refuses a source %s that is not there', async (id) => {
    expect((await ask(id)).errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  });
});
