import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freshDatabase, tcpProxy, type TcpProxy } from '@signalbox/testkit';
import { setTimeout as delay } from 'node:timers/promises';
import { ingestDatabase } from '../index.js';
import { START, traceOf, tracesOf } from '../testing/calls.js';
import { otlpResourceSpans, type FakeSpan } from '../testing/fake-jaeger.js';
import { RunningIngest } from '../testing/running-ingest.js';

jest.setTimeout(120_000);

const bodyOf = (spans: FakeSpan[]) => JSON.stringify({ resourceSpans: otlpResourceSpans(spans) });

describe('the OTLP receiver', () => {
  let ingest: RunningIngest;
  let proxy: TcpProxy;
  let source: string;
  beforeAll(async () => {
    const database = await freshDatabase([ingestDatabase]);
    proxy = await tcpProxy(database.urls.ingest);
    ingest = await RunningIngest.on(database, { databaseUrl: proxy.url });
    await ingest.start();
    source = await ingest.createSource({ name: 'gateway', kind: 'OTLP' });
  });
  afterEach(() => ingest.admin.query('truncate ingest.llm_call, ingest.received_part'));
  afterAll(async () => {
    await ingest.end();
    await proxy.close();
  });

  const post = async (body: string | Buffer, headers: Record<string, string> = {}, path = 'traces') => {
    const response = await fetch(new URL(`/v1/${path}`, ingest.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  /** As if nothing had come for longer than the receiver waits. */
  const becomeQuiet = () =>
    ingest.admin.query(
      `update ingest.received_part set received_at = received_at - interval '1 minute' where assembled_at is null`,
    );
  const assembled = async (calls: number) => {
    await becomeQuiet();
    while ((await ingest.count('ingest.received_part where assembled_at is null')) > 0) await delay(50);
    expect(await ingest.count('ingest.llm_call')).toBe(calls);
  };

  it('has in PostgreSQL what it acknowledges, and reads its calls when the trace is quiet', async () => {
    expect(await post(bodyOf(tracesOf(20, 1_000)))).toMatchObject({ status: 200, text: '{}' });
    expect(await ingest.count('ingest.received_part')).toBe(20);
    expect(JSON.stringify((await ingest.admin.query('select * from ingest.received_part')).rows)).not.toContain(
      'question',
    );
    await assembled(20);
    const { rows } = await ingest.admin.query(
      'select spans_read, calls_stored, skipped, status from ingest.extraction where received',
    );
    expect(rows).toEqual([{ spans_read: 40, calls_stored: 20, skipped: { not_llm: 20 }, status: 'RUNNING' }]);
    expect(await ingest.count(`ingest.llm_call where source_id = '${source}'`)).toBe(20);
  });

  it('reads one call out of spans that come apart, late ones together with what came before', async () => {
    const [wrapper] = traceOf('late', START, {
      name: 'litellm_request',
      attributes: { 'llm.request.type': 'completion' },
    });
    const [inner] = traceOf('late', START + 1, { spanId: 'abcdef0123456789', parentSpanId: wrapper?.spanId ?? '' });
    await post(bodyOf(inner ? [inner] : []));
    await assembled(1);
    await post(bodyOf(wrapper ? [wrapper] : []));
    await assembled(1);
    await post(bodyOf(wrapper ? [wrapper] : []));
    await assembled(1);
  });

  it('puts the content that comes as log records on the call of their span', async () => {
    const [call] = traceOf('logged', START);
    if (!call) throw new Error('no span');
    const { traceId, spanId } = call;
    const bare = Object.fromEntries(Object.entries(call.attributes).filter(([key]) => !key.includes('messages')));
    const record = (name: string, body: object) => ({
      timeUnixNano: `${START}000000`,
      ...{ traceId, spanId, eventName: name },
      body: {
        kvlistValue: {
          values: Object.entries(body).map(([key, value]) => ({ key, value: { stringValue: String(value) } })),
        },
      },
    });
    const logRecords = [
      record('gen_ai.user.message', { role: 'user', content: 'in a record' }),
      { timeUnixNano: '1', body: { stringValue: 'a line of a log' } },
    ];
    const logs = await post(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }), {}, 'logs');
    expect(logs).toMatchObject({ status: 200, text: expect.stringContaining('"rejectedLogRecords":"1"') });
    await post(bodyOf([{ ...call, attributes: bare }]));
    await becomeQuiet();
    await assembled(1);
  });

  it('refuses malformed spans with their path and keeps their siblings', async () => {
    const groups = JSON.parse(bodyOf(tracesOf(2, 1_000))) as { resourceSpans: { scopeSpans: { spans: object[] }[] }[] };
    groups.resourceSpans[0]?.scopeSpans[0]?.spans.splice(0, 1, { traceId: 'none', name: 'broken' });
    const answer = await post(JSON.stringify(groups));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({
      partialSuccess: {
        rejectedSpans: '1',
        errorMessage: expect.stringContaining('resourceSpans[0].scopeSpans[0].spans[0]'),
      },
    });
    expect(await ingest.count('ingest.received_part')).toBe(2);
  });

  it.each([
    ['no JSON', '{"resourceSpans": [', {}, 400, 'FORMAT_BROKEN'],
    ['another document', '{"data": []}', {}, 400, 'FORMAT_UNKNOWN'],
    ['no protobuf', 'hello', { 'content-type': 'application/x-protobuf' }, 400, 'FORMAT_BROKEN'],
    ['another type', 'hello', { 'content-type': 'text/plain' }, 415, 'application/x-protobuf'],
    ['another packing', 'hello', { 'content-encoding': 'lzma' }, 415, 'gzip'],
    ['a broken gzip', 'hello', { 'content-encoding': 'gzip' }, 400, 'unpacked'],
    ['a source that is not there', bodyOf(tracesOf(1, 0)), { 'x-signalbox-source': 'other' }, 404, 'NOT_FOUND'],
  ])('answers %s with a status and the next step', async (_name, body, headers, status, words) => {
    const answer = await post(body, headers);
    expect(answer).toMatchObject({ status, text: expect.stringContaining(words) });
    expect(await ingest.count('ingest.received_part')).toBe(0);
  });

  it('takes packed bodies, and stops a bomb and a body of 100 MB at the limit, in flat memory', async () => {
    expect(await post(gzipSync(bodyOf(tracesOf(3, 1))), { 'content-encoding': 'gzip' })).toMatchObject({ status: 200 });
    const bomb = gzipSync(Buffer.alloc(200_000_000, 32));
    const before = process.memoryUsage().rss;
    expect(await post(bomb, { 'content-encoding': 'gzip' })).toMatchObject({ status: 413 });
    expect(await sendForever(new URL('/v1/traces', ingest.url), 100_000_000)).toBe(413);
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  });

  it('answers 503 with Retry-After while PostgreSQL is away, and has kept what it acknowledged', async () => {
    const acknowledged: string[] = [];
    let refused = 0;
    const send = async (worker: number, count: number) => {
      for (let n = 0; n < count; n += 1) {
        const name = `load ${worker} ${n}`;
        const { status, headers } = await post(bodyOf(traceOf(name, START + n)));
        if (status === 200) acknowledged.push(traceOf(name, START)[0]?.traceId ?? '');
        else {
          expect([status, headers.get('retry-after')]).toEqual([503, '5']);
          refused += 1;
        }
      }
    };
    const load = Promise.all(Array.from({ length: 6 }, (_, worker) => send(worker, 120)));
    while (acknowledged.length < 100) await delay(5);
    proxy.cut();
    while (refused < 20) await delay(5);
    proxy.mend();
    await load;
    expect(acknowledged.length).toBeGreaterThan(100);
    const { rows } = await ingest.admin.query<{ id: string }>(
      'select distinct trace_id as id from ingest.received_part',
    );
    const kept = new Set(rows.map(({ id }) => id));
    expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
  });

  it('asks which source is meant when there are two', async () => {
    await ingest.createSource({ name: 'second', kind: 'OTLP' });
    expect(await post(bodyOf(tracesOf(1, 0)))).toMatchObject({
      status: 400,
      text: expect.stringContaining('x-signalbox-source'),
    });
    expect(await post(bodyOf(tracesOf(1, 0)), { 'x-signalbox-source': 'second' })).toMatchObject({ status: 200 });
    expect(JSON.stringify(await ingest.extract(source, START, START + 1))).toContain('sent to, not read');
  });
});

/** Sends spaces without saying how many will come. @returns the status that ends it */
function sendForever(url: URL, bytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      { method: 'POST', headers: { 'content-type': 'application/json' } },
      (response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      },
    );
    request.on('error', reject);
    const chunk = Buffer.alloc(1_000_000, 32);
    let sent = 0;
    const more = () => {
      while (sent < bytes && !request.destroyed) {
        sent += chunk.length;
        if (!request.write(chunk)) return void request.once('drain', more);
      }
      request.end();
    };
    more();
  });
}
