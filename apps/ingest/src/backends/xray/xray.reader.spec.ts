import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AwsRolePolicy, Outbound } from '@signalbox/outbound';
import { freshDatabase } from '@signalbox/testkit';
import { ingestDatabase } from '../../index.js';
import { START, traceOf, tracesOf } from '../../testing/calls.js';
import { FakeServer } from '../../testing/fake-server.js';
import { FakeXray, spanRow, type FakeXrayOptions } from '../../testing/fake-xray.js';
import { RunningIngest, unaccounted } from '../../testing/running-ingest.js';
import { openXray } from './open-xray.js';

jest.setTimeout(120_000);
const HOUR = 3_600_000;
const AWS = { region: 'eu-central-1', credentials: { username: 'AKIDEXAMPLE', password: 'very secret' } };

describe('an X-Ray source', () => {
  let ingest: RunningIngest;
  const servers: FakeServer[] = [];
  beforeAll(async () => {
    ingest = await RunningIngest.on(await freshDatabase([ingestDatabase]));
    await ingest.start();
  });
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));
  afterAll(() => ingest.end());

  const xray = async (options: Partial<FakeXrayOptions>) => {
    const { fake, server } = await FakeXray.start({ spans: [], ...options });
    servers.push(server);
    return { fake, server };
  };
  const extract = async (server: FakeServer, input: Record<string, unknown> = {}) => {
    const source = await ingest.createSource({
      ...{ name: server.url, kind: 'XRAY', endpoint: server.url, ...AWS },
      ...input,
    });
    return ingest.extract(source, START, START + HOUR);
  };

  const open = (endpoint: string, change: { path?: string; filter?: string } = {}, allowed = 'loopback') => {
    const absent = { serviceName: null, tenant: null, path: null, filter: null, headers: {} };
    const edges = { outbound: Outbound.allowing(allowed), awsRole: AwsRolePolicy.allowing('') };
    return openXray({ ...absent, ...AWS, endpoint, ...change }, edges);
  };

  it('says that what it read is not complete of what X-Ray lost and of what it never processed', async () => {
    const spans = tracesOf(6, 1_000, 'gaps');
    const [first = '', , second = ''] = spans.map(({ traceId }) => traceId);
    const { server } = await xray({ spans, limitExceeded: [first], unprocessed: [second] });
    const read = await extract(server);
    expect(read).toMatchObject({
      ...{ status: 'SUCCEEDED', complete: false, spansRead: 9, callsStored: 5 },
      problem: { code: 'SOURCE_TRACE_PARTIAL', message: expect.stringContaining('2 traces') },
    });
    expect(unaccounted(read)).toBe(0);
  });

  it('reads from Transaction Search what is not among the segments', async () => {
    const spans = tracesOf(7, 1_000, 'search only');
    const ids = [...new Set(spans.map(({ traceId }) => traceId))];
    const { fake, server } = await xray({ spans, searchOnly: ids.slice(2) });
    expect(await extract(server)).toMatchObject({ complete: true, spansRead: 14, callsStored: 7 });
    expect(fake.operations).toContain('/ListRetrievedTraces');
  });

  it('narrows a window that is refused for its length', async () => {
    const { server } = await xray({ spans: tracesOf(5, 60_000, 'narrow'), maxRangeMs: HOUR / 4 });
    expect(await extract(server)).toMatchObject({ complete: true, callsStored: 5 });
  });

  it('asks with its service and its filter', async () => {
    const spans = [...traceOf('right', START + 1), ...traceOf('wrong', START + 2, { service: 'other' })];
    const { fake, server } = await xray({ spans });
    const filter = 'annotation.gen_ai_operation_name = "chat"';
    expect(await extract(server, { serviceName: 'gateway', filter })).toMatchObject({ complete: true, callsStored: 1 });
    expect(fake.filters.at(-1)).toBe(`(service("gateway")) AND (${filter})`);
  });

  it.each([
    [{ status: 403, name: 'AccessDeniedException' }, 'SOURCE_REFUSED', 'xray:GetTraceSummaries'],
    [{ status: 403, name: 'UnrecognizedClientException' }, 'SOURCE_REFUSED', 'access key'],
    [{ status: 400, name: 'InvalidRequestException' }, 'SOURCE_REFUSED', 'Check'],
    [{ status: 301, name: 'PermanentRedirect' }, 'SOURCE_REFUSED', 'Check'],
  ])('tells what to do about %j, and no secret', async (error, code, step) => {
    const { server } = await xray({ error });
    const { problem } = await extract(server);
    expect(problem).toMatchObject({
      ...{ code, message: expect.stringContaining(error.name) },
      nextStep: expect.stringContaining(step),
    });
    expect(JSON.stringify(problem)).not.toContain(AWS.credentials.password);
  });

  it('tells a page, another API, a closed port and a forbidden address from an empty X-Ray', async () => {
    const answering = async (answer: { status: number; body: unknown; type?: string }) => {
      const server = await FakeServer.start(() => Promise.resolve(answer));
      servers.push(server);
      return server.url;
    };
    const page = await answering({ status: 200, body: '<html>', type: 'text/html' });
    await expect(open(page)).rejects.toMatchObject({ code: 'SOURCE_NOT_JSON' });
    await expect(open(await answering({ status: 200, body: {} }))).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
    await expect(open(page.replace('127.0.0.1', 'localhost'), {}, '')).rejects.toMatchObject({
      code: 'ADDRESS_REFUSED',
    });
    await expect(open(page, {}, '')).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
    await expect(open('http://127.0.0.1:1025')).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  });

  it('puts what content logs hold onto the spans of Transaction Search that they name', async () => {
    const [call] = traceOf('content', START + 500_000);
    if (!call) throw new TypeError('no call');
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o' };
    const record = (eventName: string, body: object) =>
      JSON.stringify({
        ...{ traceId: call.traceId, spanId: call.spanId, timeUnixNano: 1, attributes: { 'event.name': eventName } },
        body,
      });
    const answer = { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'the sky' } };
    const spans = [{ ...call, attributes }];
    const { fake, server } = await xray({
      spans,
      groups: {
        'aws/spans': spans.map((span) => ({ timestamp: span.start + 1_500, message: spanRow(span) })),
        '/aws/agent': [
          { timestamp: call.start - 5_000, message: record('gen_ai.user.message', { content: 'what is up?' }) },
          { timestamp: call.start + 5_000, message: record('gen_ai.choice', answer) },
          { timestamp: call.start, message: 'a plain line' },
        ],
      },
    });
    const filter = '{ $.kind = "CLIENT" }';
    const reader = await open(server.url, { path: 'aws/spans,/aws/agent', filter });
    const page = await reader.search('', START, START + HOUR, 100);
    expect(page).toMatchObject({ traces: 1, malformed: 0, partial: 0 });
    expect(page.spans.map(({ events }) => events.map(({ name, body }) => [name, body]))).toEqual([
      [
        ['gen_ai.user.message', { content: 'what is up?' }],
        ['gen_ai.choice', answer],
      ],
    ]);
    const patterns = (group: string) =>
      fake.logs.asked.filter((each) => each.logGroupIdentifier === group).map(({ filterPattern }) => filterPattern);
    expect(patterns('aws/spans')).toContain(filter);
    expect(patterns('/aws/agent')).not.toContain(filter);
    const wrong = await extract(server, { name: 'wrong group', path: 'aws/span' });
    expect(wrong.problem).toMatchObject({ code: 'SOURCE_REFUSED', nextStep: expect.stringContaining('log groups') });
  });

  it('reads a trace of Transaction Search whole, whatever windows its spans lie in', async () => {
    const [call, other] = traceOf('long', START + 1_000);
    if (!call || !other) throw new TypeError('no trace');
    const spans = [call, { ...other, start: START + 40 * 60_000 }];
    const lines = spans.map((span) => ({ timestamp: span.start, message: spanRow(span) }));
    const { fake, server } = await xray({ spans, groups: { 'aws/spans': lines } });
    expect(await extract(server, { path: 'aws/spans' })).toMatchObject({ complete: true, callsStored: 1 });
    expect(fake.operations).toContain('/StartTraceRetrieval');
    expect(await ingest.count('ingest.llm_call where trace_id = $1', [call.traceId])).toBe(1);
  });
});
