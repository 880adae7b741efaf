import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Outbound } from '@signalbox/outbound';
import { freshDatabase } from '@signalbox/testkit';
import { ingestDatabase } from '../../index.js';
import { START, traceOf, tracesOf } from '../../testing/calls.js';
import { FakeServer } from '../../testing/fake-server.js';
import { FakeTempo, type FakeTempoOptions } from '../../testing/fake-tempo.js';
import { RunningIngest, unaccounted } from '../../testing/running-ingest.js';
import { TempoReader } from './tempo.reader.js';

jest.setTimeout(60_000);
const HOUR = 3_600_000;

describe('a Tempo source', () => {
  let ingest: RunningIngest;
  const servers: FakeServer[] = [];
  beforeAll(async () => {
    ingest = await RunningIngest.on(await freshDatabase([ingestDatabase]));
    await ingest.start();
  });
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));
  afterAll(() => ingest.end());

  const tempo = async (options: Partial<FakeTempoOptions>) => {
    const { fake, server } = await FakeTempo.start({ spans: [], age: 'new', ...options });
    servers.push(server);
    return { fake, server };
  };
  const extract = async (server: FakeServer, input: Record<string, unknown> = {}) => {
    const source = await ingest.createSource({ name: server.url, kind: 'TEMPO', endpoint: server.url, ...input });
    return ingest.extract(source, START, START + HOUR);
  };

  it('says that what it read is not complete when Tempo cuts a trace, and keeps what came', async () => {
    const spans = tracesOf(5, 1_000, 'partial');
    const { server } = await tempo({ spans, partial: [spans[2]?.traceId ?? ''] });
    const read = await extract(server);
    expect(read).toMatchObject({
      ...{ status: 'SUCCEEDED', complete: false, spansRead: 9, callsStored: 5 },
      problem: { code: 'SOURCE_TRACE_PARTIAL', message: expect.stringContaining('1 traces') },
      source: { watermark: null },
    });
    expect(unaccounted(read)).toBe(0);
  });

  it('asks with its tenant, its service and its filter', async () => {
    const spans = [
      ...traceOf('right', START + 1),
      ...traceOf('other service', START + 2, { service: 'other' }),
      ...traceOf('other model', START + 3, { attributes: { 'gen_ai.request.model': 'o3' } }),
    ];
    const { fake, server } = await tempo({ spans, tenant: 'blue' });
    const filter = '{ span.gen_ai.request.model = "gpt-4o" }';
    const read = await extract(server, { tenant: 'blue', serviceName: 'gateway', filter });
    expect(read).toMatchObject({ status: 'SUCCEEDED', complete: true, callsStored: 1 });
    expect(fake.searches.at(-1)?.get('q')).toBe(
      `{ resource.service.name = "gateway" } && ${filter} with (most_recent=true)`,
    );
    const without = await extract(server, { name: 'no tenant' });
    expect(without).toMatchObject({ status: 'FAILED', problem: { code: 'SOURCE_REFUSED' } });
    expect(without.problem?.message).toContain('no org id');
  });

  it('tells a page, another API and a query that Tempo does not understand from an empty Tempo', async () => {
    const open = async (answer: { status: number; body: unknown; type?: string }) => {
      const server = await FakeServer.start(() => Promise.resolve(answer));
      servers.push(server);
      return TempoReader.open(Outbound.allowing('loopback'), server.url, { serviceName: null, filter: '{' }, {});
    };
    await expect(open({ status: 200, body: '<html>', type: 'text/html' })).rejects.toMatchObject({
      code: 'SOURCE_NOT_JSON',
    });
    await expect(open({ status: 200, body: { data: [] } })).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
    await expect(open({ status: 400, body: 'parse error' })).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
    await expect(open({ status: 200, body: { metrics: {} } })).resolves.toBeInstanceOf(TempoReader);
  });
});
