import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { nanosOf } from './jaeger-server.js';
import { startSampleServers, type SampleServers } from './servers.js';
import { generateTraffic } from './traffic.js';

const CALLS = 1200;
const OPTIONS = { seed: 11, scenario: 'default', calls: CALLS } as const;
const traffic = generateTraffic(OPTIONS);
let servers: SampleServers;

beforeAll(async () => {
  servers = await startSampleServers(OPTIONS);
});
afterAll(() => servers.close());

const body = z.object({
  result: z.object({
    resourceSpans: z.array(
      z.object({
        scopeSpans: z.array(
          z.object({
            spans: z.array(z.object({ traceId: z.string(), spanId: z.string(), startTimeUnixNano: z.string() })),
          }),
        ),
      }),
    ),
  }),
});

async function search(parameters: Record<string, string>) {
  const response = await fetch(`${servers.jaegerUrl}/api/v3/traces?${new URLSearchParams(parameters).toString()}`);
  const text = await response.text();
  const spans =
    response.status === 200
      ? body
          .parse(JSON.parse(text))
          .result.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans))
      : [];
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    text,
    spans,
    traces: new Set(spans.map(({ traceId }) => traceId)),
  };
}
const inWindow = (min: number, max: number, depth?: number) =>
  search({
    'query.serviceName': 'litellm',
    'query.startTimeMin': new Date(min).toISOString(),
    'query.startTimeMax': new Date(max).toISOString(),
    ...(depth === undefined ? {} : { 'query.searchDepth': String(depth) }),
  });
const FROM = Date.parse(traffic.from);
const TO = Date.parse(traffic.to);

describe('the Jaeger server', () => {
  it('returns a full page and no more, whichever traces those are', async () => {
    expect((await inWindow(FROM, TO)).traces.size).toBe(100);
    expect((await inWindow(FROM, TO, 7)).traces.size).toBe(7);
  });

  it('halving full windows finds every trace', async () => {
    const found = new Set<string>();
    const read = async (min: number, max: number): Promise<void> => {
      const page = await inWindow(min, max, 200);
      if (page.traces.size < 200) {
        for (const traceId of page.traces) found.add(traceId);
        return;
      }
      const middle = Math.floor((min + max) / 2);
      await read(min, middle);
      await read(middle, max);
    };
    await read(FROM, TO);
    expect(found).toEqual(new Set([...traffic.calls, ...traffic.others].map(({ traceId }) => traceId)));
  });

  it('finds a trace by any span that starts in the window', async () => {
    const [call] = traffic.calls;
    if (call === undefined) throw new Error('no calls');
    const afterRoot = Math.ceil(call.startUs / 1000);
    expect((await inWindow(afterRoot, afterRoot + 60)).traces).toContain(call.traceId);
    expect((await inWindow(afterRoot - 60_000, afterRoot - 1)).traces).not.toContain(call.traceId);
  });

  it('answers 404 in JSON when nothing matches', async () => {
    const nothing = { status: 404, type: 'application/json' };
    expect(await inWindow(FROM - 86_400_000, FROM)).toMatchObject(nothing);
    const other = {
      'query.serviceName': 'other',
      'query.startTimeMin': traffic.from,
      'query.startTimeMax': traffic.to,
    };
    expect(await search(other)).toMatchObject({
      ...nothing,
      text: '{"error":{"httpCode":404,"message":"No traces found"}}',
    });
  });

  it.each([
    ['no times', {}],
    ['one time', { 'query.startTimeMin': traffic.from }],
    ['times that are none', { 'query.startTimeMin': 'yesterday', 'query.startTimeMax': traffic.to }],
    ['an empty window', { 'query.startTimeMin': traffic.to, 'query.startTimeMax': traffic.to }],
    [
      'a depth that is no number',
      { 'query.startTimeMin': traffic.from, 'query.startTimeMax': traffic.to, 'query.searchDepth': 'all' },
    ],
    [
      'a parameter it does not know',
      { 'query.startTimeMin': traffic.from, 'query.startTimeMax': traffic.to, 'query.durationMin': '1s' },
    ],
  ])('answers 400 to %s', async (_, parameters) => {
    expect(await search({ 'query.serviceName': 'litellm', ...parameters })).toMatchObject({
      status: 400,
      type: 'application/json',
    });
  });

  it('refuses a depth beyond its limit instead of shortening the page', async () => {
    expect(await inWindow(FROM, TO, 501)).toMatchObject({ status: 500 });
    expect(await inWindow(FROM, TO, 0)).toMatchObject({ status: 500 });
    expect((await inWindow(FROM, TO, 500)).traces.size).toBe(500);
  });

  it('finds by operation, and lists services and operations', async () => {
    const window = {
      'query.serviceName': 'litellm',
      'query.startTimeMin': traffic.from,
      'query.startTimeMax': traffic.to,
    };
    const found = await search({ ...window, 'query.operationName': 'litellm_request', 'query.searchDepth': '500' });
    expect(found.traces.size).toBe(
      Math.min(500, traffic.calls.filter(({ dialect }) => dialect === 'litellm-a').length),
    );
    expect(await (await fetch(`${servers.jaegerUrl}/api/v3/services`)).json()).toEqual({ services: ['litellm'] });
    expect(await (await fetch(`${servers.jaegerUrl}/api/v3/operations?service=litellm`)).json()).toMatchObject({
      operations: expect.arrayContaining([{ name: 'litellm.completion', spanKind: 'client' }]),
    });
  });

  it('gives one trace by its id', async () => {
    const traceId = traffic.calls[5]?.traceId ?? '';
    const one = await fetch(`${servers.jaegerUrl}/api/v3/traces/${traceId}`);
    expect(await one.text()).toContain(traceId);
    expect((await fetch(`${servers.jaegerUrl}/api/v3/traces/${'f'.repeat(32)}`)).status).toBe(404);
    expect((await fetch(`${servers.jaegerUrl}/api/v3/traces/none`)).status).toBe(400);
  });

  it('answers the page of the user interface where version 1 of the API was', async () => {
    const gone = await fetch(`${servers.jaegerUrl}/api/traces?service=litellm`);
    expect(gone.status).toBe(200);
    expect(gone.headers.get('content-type')).toContain('text/html');
  });

  it.each(['feedback.jsonl', 'ground-truth.jsonl', 'human-labels.jsonl', 'candidates.json'])(
    '%s says that it is sample data',
    async (name) => {
      const response = await fetch(`${servers.jaegerUrl}/sample/${name}`);
      expect(response.headers.get('x-signalbox-sample')).toContain('sample traffic');
      const [line = ''] = (await response.text()).split('\n');
      expect(line.startsWith('{"sample":"Signalbox sample traffic')).toBe(true);
    },
  );

  it('reads times to the nanosecond', () => {
    expect(nanosOf('2026-03-02T00:00:00.000000001Z')).toBe(BigInt(FROM) * 1_000_000n + 1n);
    expect(nanosOf('2026-03-02T01:00:00+01:00')).toBe(BigInt(FROM) * 1_000_000n);
    expect(nanosOf('2026-03-02')).toBeNull();
  });
});
