import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { freshDatabase } from '@signalbox/testkit';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { ingestDatabase } from '../index.js';
import { START, traceOf } from '../testing/calls.js';
import { FakeBucket } from '../testing/fake-bucket.js';
import { FakeJaeger, otlpResourceSpans, type FakeSpan } from '../testing/fake-jaeger.js';
import { FakeTempo } from '../testing/fake-tempo.js';
import { FakeXray, spanRow } from '../testing/fake-xray.js';
import { RunningIngest, unaccounted } from '../testing/running-ingest.js';

jest.setTimeout(120_000);
const HOUR = 3_600_000;
const SEEDS = Array.from({ length: 20 }, (_, seed) => seed + 1);

interface Served {
  source: Record<string, unknown>;
  /** Faults that were made on the way. */
  faults(): number;
  stop(): Promise<void>;
}

/** Traces of one seed, at least and at the most. */
type Size = readonly [number, number];
const MUCH: Size = [200, 600];
const LITTLE: Size = [20, 60];

/** Traffic of a seed: hours of quiet and bursts within one second. */
function trafficOf(seed: number, size: Size): FakeSpan[] {
  const random = xoroshiro128plus(seed);
  const bursts = Array.from({ length: 1 + (seed % 3) }, () => uniformInt(random, 0, 5 * HOUR));
  const count = uniformInt(random, ...size);
  return Array.from({ length: count }, (_, index) => {
    const burst = bursts[uniformInt(random, 0, 2 * bursts.length - 1)];
    const start = burst === undefined ? uniformInt(random, 0, 6 * HOUR - 1) : burst + uniformInt(random, 0, 900);
    return traceOf(`seed ${seed} trace ${index}`, START + start);
  }).flat();
}

const jaeger =
  (api: 'v1' | 'v3') =>
  async (spans: FakeSpan[], seed: number): Promise<Served> => {
    const fake = await FakeJaeger.start({ api, spans, seed });
    return {
      source: { kind: 'JAEGER', endpoint: fake.url },
      faults: () => fake.faults,
      stop: () => fake.stop(),
    };
  };

const tempo =
  (age: 'new' | 'old') =>
  async (spans: FakeSpan[], seed: number): Promise<Served> => {
    const { server } = await FakeTempo.start({ spans, age, seed });
    return { source: { kind: 'TEMPO', endpoint: server.url }, faults: () => server.faults, stop: () => server.stop() };
  };

const AWS = { kind: 'XRAY', region: 'eu-central-1', credentials: { username: 'AKIDEXAMPLE', password: 'secret' } };

const xray = async (spans: FakeSpan[], seed: number): Promise<Served> => {
  const { server } = await FakeXray.start({ spans, seed });
  return { source: { ...AWS, endpoint: server.url }, faults: () => server.faults, stop: () => server.stop() };
};

const transactionSearch = async (spans: FakeSpan[], seed: number): Promise<Served> => {
  const lines = spans.map((span) => ({ timestamp: span.start, message: spanRow(span) }));
  const { server } = await FakeXray.start({ spans, seed, groups: { 'aws/spans': lines } });
  const source = { ...AWS, endpoint: server.url, path: 'aws/spans' };
  return { source, faults: () => server.faults, stop: () => server.stop() };
};

/** An object for each trace, as a gateway writes them: named by the day of its clock, or by nothing. */
const bucket = async (spans: FakeSpan[], seed: number): Promise<Served> => {
  const objects = [...Map.groupBy(spans, ({ traceId }) => traceId)].map(([traceId, ofTrace]) => {
    const start = ofTrace[0]?.start ?? 0;
    const day = new Date(start + (seed % 2 === 0 ? 14 : -12) * HOUR).toISOString().slice(0, 10);
    const key = seed % 3 === 0 ? `litellm/${traceId}.json` : `litellm/team/${day}/${traceId}.json`;
    return { key, body: JSON.stringify({ resourceSpans: otlpResourceSpans(ofTrace) }), modified: start + 60_000 };
  });
  const { server } = await FakeBucket.start(objects, seed);
  const source = { ...AWS, kind: 'FILE', endpoint: server.url, path: 's3://traces/litellm/' };
  return { source, faults: () => server.faults, stop: () => server.stop() };
};

describe('a trace backend', () => {
  let ingest: RunningIngest;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-traces-'));
    ingest = await RunningIngest.on(await freshDatabase([ingestDatabase]), { traceFiles: folder });
    await ingest.start();
  });
  beforeEach(() => ingest.admin.query('truncate ingest.llm_call'));
  afterAll(async () => {
    await ingest.end();
    await rm(folder, { recursive: true });
  });

  const files = async (spans: FakeSpan[], seed: number): Promise<Served> => {
    const half = Math.floor(spans.length / 4) * 2;
    for (const [index, part] of [spans.slice(0, half), spans.slice(half)].entries())
      await writeFile(
        join(folder, `${seed}-${index}.json`),
        JSON.stringify({ resourceSpans: otlpResourceSpans(part) }),
      );
    return {
      source: { kind: 'FILE', path: '.' },
      faults: () => 0,
      stop: async () => {
        for (const index of [0, 1]) await rm(join(folder, `${seed}-${index}.json`));
      },
    };
  };

  const stored = async (): Promise<string[]> =>
    (await ingest.admin.query<{ key: string }>('select trace_id || span_id as key from ingest.llm_call')).rows
      .map(({ key }) => key)
      .sort();

  describe.each([
    ['Jaeger by its API v3', jaeger('v3'), true, 20],
    ['Jaeger by its API v1', jaeger('v1'), true, 20],
    ['Tempo', tempo('new'), true, 20],
    ['Tempo before 2.8', tempo('old'), true, 20],
    ['X-Ray', xray, true, 2],
    ['X-Ray by Transaction Search', transactionSearch, true, 2],
    ['files', files, false, 20],
    ['a bucket', bucket, true, 6],
  ] as const)('read from %s', (_name, serve, failing, withMuch) => {
    let faults = 0;
    // The SDK of AWS waits seconds where it is refused: twenty times much traffic would take ten minutes.
    const sizeOf = (seed: number) => (seed > withMuch ? LITTLE : MUCH);
    it.each(SEEDS)('is read whole, each call once, whatever its server does (seed %i)', async (seed) => {
      const spans = trafficOf(seed, sizeOf(seed));
      const served = await serve(spans, seed);
      try {
        const source = await ingest.createSource({ name: `${_name} ${seed}`, ...served.source });
        const read = await ingest.extract(source, START, START + 6 * HOUR);
        expect(read).toMatchObject({ status: 'SUCCEEDED', complete: true, problem: null, spansRead: spans.length });
        expect(unaccounted(read)).toBe(0);
        const calls = spans.filter(({ name }) => name.startsWith('chat')).map((span) => span.traceId + span.spanId);
        expect(await stored()).toEqual(calls.sort());
        faults += served.faults();
      } finally {
        await served.stop();
      }
    });

    it('which failed often enough for that to mean something', () => {
      expect(faults > 0).toBe(failing);
    });
  });
});
