import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AwsRolePolicy, Outbound } from '@signalbox/outbound';
import { BACKENDS, type BackendSettings } from '../backends/backends.js';
import type { TraceReader } from '../backends/trace-reader.js';
import { TraceSourceKind } from '../sources/source.type.js';
import { START, tracesOf } from '../testing/calls.js';
import { FakeJaeger } from '../testing/fake-jaeger.js';
import { readSample, SampleEnd, sampleSource } from './read-sample.js';

const HOUR = 3_600_000;

/** A backend that holds nothing, and whose search number `last` is the last for which there is time. */
function emptyReader(last = Infinity) {
  const time = new AbortController();
  const searched: { from: number; to: number }[] = [];
  const reader: TraceReader = {
    limits: { traces: 200, fullShare: 1, mostTraces: 200, narrowestMs: 1, widestMs: HOUR },
    services: () => Promise.resolve(['']),
    search: (_service, from, to) => {
      searched.push({ from, to });
      if (searched.length > last) {
        time.abort(new Error('time is up'));
        return new Promise(() => undefined);
      }
      return Promise.resolve({ spans: [], traces: 0, malformed: 0, partial: 0 });
    },
    trace: () => Promise.resolve(null),
  };
  return { reader, searched, signal: time.signal };
}

describe('a sample', () => {
  it('ends when its time is up, even in the midst of a search, and says how far it came', async () => {
    const { reader, searched, signal } = emptyReader(4);
    const range = { from: 0, to: 1_000 * HOUR };
    const read = await readSample(reader, { services: [''], range, limit: 10 }, signal);
    expect(searched).toHaveLength(5);
    expect(read).toMatchObject({ end: SampleEnd.TIME_UP, reached: searched[3]?.from, traces: 0 });
  });

  it('is refused when nothing was searched in its time', async () => {
    const { reader, signal } = emptyReader(0);
    const range = { from: 0, to: HOUR };
    await expect(readSample(reader, { services: [''], range, limit: 10 }, signal)).rejects.toThrow('time is up');
  });

  it('goes back from the end in windows that touch and grow, no wider than the backend answers for', async () => {
    const { reader, searched, signal } = emptyReader();
    await readSample(reader, { services: [''], range: { from: 0, to: 5 * HOUR }, limit: 10 }, signal);
    const widths = searched.map(({ from, to }) => (to - from) / 60_000);
    expect(widths.slice(0, 3)).toEqual([1, 8, 60]);
    expect(Math.max(...widths)).toBe(60);
    expect(searched.slice(1).map(({ to }) => to)).toEqual(searched.slice(0, -1).map(({ from }) => from));
    expect(searched.at(-1)?.from).toBe(0);
  });

  it('looks at no more services than it may take traces, and does not call that the whole', async () => {
    const { reader, searched, signal } = emptyReader();
    const services = ['a', 'b', 'c'];
    const read = await readSample(reader, { services, range: { from: 0, to: 60_000 }, limit: 2 }, signal);
    expect(searched).toHaveLength(2);
    expect(read).toMatchObject({ services: ['a', 'b'], end: SampleEnd.SAMPLE_FULL, reached: 60_000 });
  });
});

describe('a source that does not answer in time', () => {
  const servers: { stop(): Promise<void> }[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

  const AWS = { region: 'eu-central-1', credentials: { username: 'AKIAEXAMPLE', password: 'secret' } };
  const NOTHING: BackendSettings = {
    ...{ endpoint: null, serviceName: null, tenant: null, region: null, path: null, filter: null },
    ...{ headers: {}, credentials: null },
  };
  const sample = (kind: TraceSourceKind, settings: Partial<BackendSettings>, longestMs: number) => {
    const edges = { outbound: Outbound.allowing('loopback'), awsRole: AwsRolePolicy.allowing(''), traceFiles: '' };
    const open = (signal: AbortSignal) => BACKENDS[kind].open({ ...NOTHING, ...settings }, { ...edges, signal });
    const range = { from: START, to: START + 5 * HOUR };
    return sampleSource(open, { serviceName: null, range, limit: 20 }, longestMs);
  };

  it.each([
    ['Jaeger', TraceSourceKind.JAEGER, {}],
    ['Tempo', TraceSourceKind.TEMPO, {}],
    ['X-Ray', TraceSourceKind.XRAY, AWS],
    ['Transaction Search', TraceSourceKind.XRAY, { ...AWS, path: 'aws/spans' }],
    ['a bucket', TraceSourceKind.FILE, { ...AWS, path: 's3://traces/litellm/' }],
  ])(
    'is refused as unreachable when it hangs at once, and no connection to it is left: %s',
    async (_name, kind, more) => {
      const silent = await silentServer();
      servers.push(silent);
      await expect(sample(kind, { ...more, endpoint: silent.url }, 300)).rejects.toMatchObject({
        code: 'SOURCE_UNREACHABLE',
      });
      expect(silent.asked()).toBeGreaterThan(0);
      await silent.isLeft();
    },
  );

  it('gives the sample that was read until a search hung, and closes it', async () => {
    let searches = 0;
    const hanging = new AbortController();
    const fake = await FakeJaeger.start({
      ...{ api: 'v3', spans: tracesOf(20, HOUR / 4) },
      beforeSearch: () => (++searches < 4 ? Promise.resolve() : new Promise(() => hanging.abort())),
    });
    servers.push(fake);
    const read = await sample(TraceSourceKind.JAEGER, { endpoint: fake.url }, 1_000);
    expect(hanging.signal.aborted).toBe(true);
    expect(read).toMatchObject({ end: SampleEnd.TIME_UP, traces: 4, reached: START + 5 * HOUR - 73 * 60_000 });
  });
});

/** Takes requests and answers none. */
async function silentServer() {
  let asked = 0;
  const server: Server = createServer(() => (asked += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('the server has no port');
  const connections = () =>
    new Promise<number>((resolve, reject) =>
      server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked: () => asked,
    isLeft: async () => {
      while ((await connections()) > 0) await new Promise((resolve) => setImmediate(resolve));
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
