import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { freshDatabase } from '@signalbox/testkit';
import { Outbound } from '@signalbox/outbound';
import { ingestDatabase } from '../../index.js';
import { START, traceOf, tracesOf } from '../../testing/calls.js';
import { FakeBucket, type FakeObject } from '../../testing/fake-bucket.js';
import { otlpResourceSpans, type FakeSpan } from '../../testing/fake-jaeger.js';
import { RunningIngest, unaccounted } from '../../testing/running-ingest.js';
import { BucketReader } from './bucket.reader.js';

jest.setTimeout(60_000);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const AWS = { kind: 'FILE', region: 'eu-central-1', credentials: { username: 'AKIDEXAMPLE', password: 'secret' } };

const objectOf = (key: string, spans: FakeSpan[], modified = START + DAY): FakeObject => ({
  key,
  body: JSON.stringify({ resourceSpans: otlpResourceSpans(spans) }),
  modified,
});

describe('a bucket', () => {
  let ingest: RunningIngest;
  beforeAll(async () => {
    ingest = await RunningIngest.on(await freshDatabase([ingestDatabase]), { awsRoleAllow: 's3://traces/litellm' });
    await ingest.start();
  });
  beforeEach(() => ingest.admin.query('truncate ingest.llm_call'));
  afterAll(() => ingest.end());

  const served = async (name: string, objects: FakeObject[], more: Record<string, unknown> = {}) => {
    const { fake, server } = await FakeBucket.start(objects);
    const source = { ...AWS, name, endpoint: server.url, path: 's3://traces/litellm/', ...more };
    return { fake, id: await ingest.createSource(source), stop: () => server.stop() };
  };

  it("is read of LiteLLM's payloads, an object each, with all that they say", async () => {
    const file = new URL('../../../../../libs/spans/src/fixtures/litellm/1.110.2-sdk.payloads.jsonl', import.meta.url);
    const payloads = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
    const starts = payloads
      .map((line) => /"startTime": ?([\d.]+)/.exec(line)?.[1] ?? '')
      .map((text) => Number(text) * 1_000);
    const objects = payloads.map((body, index) => {
      const day = new Date(starts[index] ?? 0).toISOString().slice(0, 10);
      return { key: `litellm/${day}/time-10-00-00-000000_call-${index}.json`, body, modified: starts[index] ?? 0 };
    });
    const { id, stop } = await served('payloads', objects);
    const first = Math.floor(Math.min(...starts));
    const read = await ingest.extract(id, first - HOUR, first + HOUR);
    await stop();
    expect(read).toMatchObject({ status: 'SUCCEEDED', complete: true, spansRead: 5, callsStored: 5 });
    expect(read.coverage).toMatchObject({ calls: 5, withQuery: 5, withModel: 5, byDialect: { 'litellm-payload': 5 } });
  });

  it('is read in parts where an hour holds more than a page, and counts once what is malformed or too large to fetch', async () => {
    const objects = Array.from({ length: 12 }, (_, n) =>
      objectOf(`litellm/2026-03-01/${n}.json`, tracesOf(500, 100, `part ${n}`, START + n * 50_000)),
    );
    const { fake, id, stop } = await served('parts', [
      ...objects,
      { key: 'litellm/2026-03-01/broken.json', body: 'no traces', modified: START + DAY },
      { key: 'litellm/2026-03-01/large.json', body: '{}', modified: START + DAY, size: 40_000_000 },
    ]);
    const read = await ingest.extract(id, START - HOUR, START + HOUR);
    await stop();
    expect(read).toMatchObject({ status: 'SUCCEEDED', complete: true, callsStored: 6_000 });
    expect(read.skipped).toContainEqual({ reason: 'malformed_span', count: 2 });
    expect(unaccounted(read)).toBe(0);
    expect(fake.fetched).not.toContain('litellm/2026-03-01/large.json');
  });

  it('fetches nothing of other days, and what it needs a few times at the most', async () => {
    const spans = Array.from({ length: 10 }, (_, day) => traceOf(`day ${day}`, START + day * DAY));
    const objects = spans.map((ofTrace, day) =>
      objectOf(
        `litellm/${new Date(START + day * DAY).toISOString().slice(0, 10)}/${day}.json`,
        ofTrace,
        START + day * DAY + HOUR,
      ),
    );
    const { fake, id, stop } = await served('days', objects);
    const read = await ingest.extract(id, START + 5 * DAY, START + 5 * DAY + HOUR);
    await stop();
    expect(read).toMatchObject({ complete: true, callsStored: 1, spansRead: 2 });
    expect([...new Set(fake.fetched)].map((key) => key.slice(-6, -5)).sort()).toEqual(['5']);
  });

  const reader = async (objects: FakeObject[], work: (reader: BucketReader) => Promise<void>) => {
    const { server } = await FakeBucket.start(objects);
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
    const access = { region: 'eu-central-1', endpoint: server.url, credentials };
    try {
      await work(
        await BucketReader.open(Outbound.allowing('loopback'), access, { bucket: 'traces', prefix: 'litellm/' }),
      );
    } finally {
      await server.stop();
    }
  };

  it('gives no more than was asked for', async () => {
    const objects = Array.from({ length: 40 }, (_, n) =>
      objectOf(`litellm/${n}.json`, traceOf(`call ${n}`, START + n)),
    );
    await reader(objects, async (bucket) => {
      const cut = await bucket.search('', START, START + HOUR, 3);
      const whole = await bucket.search('', START, START + HOUR, 100);
      expect([cut.traces, cut.spans.length, whole.traces, whole.spans.length]).toEqual([3, 6, 40, 80]);
    });
  });

  it('gives the traces of a window alone, each whole though its spans lie in objects of different days', async () => {
    const [call, other] = traceOf('split', START + HOUR);
    if (call === undefined || other === undefined) throw new Error('a trace has two spans');
    const late = { ...other, start: START + 30 * HOUR };
    const first = [call, ...traceOf('beside', START + 5 * HOUR)];
    await reader(
      [objectOf('litellm/2026-03-01/a.json', first), objectOf('litellm/2026-03-02/b.json', [late], START + 31 * HOUR)],
      async (bucket) => {
        const [before, after] = [
          await bucket.search('', START, START + 2 * HOUR, 100),
          await bucket.search('', START + 30 * HOUR, START + 31 * HOUR, 100),
        ];
        expect(before.spans.map(({ spanId }) => spanId)).toEqual([call.spanId]);
        expect(after.spans.map(({ spanId }) => spanId).sort()).toEqual([call.spanId, other.spanId].sort());
        expect([before.traces, after.traces]).toEqual([1, 1]);
        expect(await bucket.trace(call.traceId)).toHaveLength(2);
        expect(await bucket.trace('0'.repeat(32))).toBeNull();
      },
    );
  });

  it('counts the call of such a trace once', async () => {
    const [call, other] = traceOf('split', START + HOUR);
    if (call === undefined || other === undefined) throw new Error('a trace has two spans');
    const late = objectOf('litellm/2026-03-02/b.json', [{ ...other, start: START + 30 * HOUR }], START + 31 * HOUR);
    const { id, stop } = await served('split', [objectOf('litellm/2026-03-01/a.json', [call]), late]);
    const read = await ingest.extract(id, START, START + 2 * DAY);
    await stop();
    expect(read).toMatchObject({ complete: true, callsStored: 1, status: 'SUCCEEDED' });
    expect(unaccounted(read)).toBe(0);
  });

  it('counts an object that is no trace, and a span that is none, once, and reads the others', async () => {
    const stray = { key: 'litellm/2026-03-01/_SUCCESS.json', body: '{"done":true}', modified: START + DAY };
    const half = objectOf('litellm/2026-03-01/a.json', tracesOf(4, 3 * HOUR));
    half.body = half.body.replace(/"spanId":"[0-9a-f]+"/, '"spanId":"?"');
    const { id, stop } = await served('stray', [stray, half]);
    const read = await ingest.extract(id, START, START + DAY);
    await stop();
    expect(read).toMatchObject({
      callsStored: 3,
      spansRead: 9,
      skipped: expect.arrayContaining([{ reason: 'malformed_span', count: 2 }]),
    });
  });

  it('is read without what was removed since it was listed, and counts what lies in an archive', async () => {
    const { id, stop } = await served('holes', [
      objectOf('litellm/2026-03-01/a.json', tracesOf(4, HOUR)),
      { ...objectOf('litellm/2026-03-01/b.json', traceOf('gone', START)), refused: 'NoSuchKey' },
      { ...objectOf('litellm/2026-03-01/c.json', traceOf('archived', START)), refused: 'InvalidObjectState' },
    ]);
    const read = await ingest.extract(id, START, START + DAY);
    await stop();
    expect(read).toMatchObject({ status: 'SUCCEEDED', callsStored: 4 });
    expect(read).toMatchObject({ skipped: expect.arrayContaining([{ reason: 'malformed_span', count: 1 }]) });
  });

  it.each([
    ['of wrong credentials', { credentials: { username: 'OTHER', password: 'x' } }, /access key/],
    ['that is not there', { path: 's3://absent/litellm/' }, /bucket in path/],
  ])('%s is refused with the next step', async (name, change, step) => {
    const { id, stop } = await served(name, [], change);
    const read = await ingest.extract(id, START, START + HOUR);
    await stop();
    expect(read).toMatchObject({
      status: 'FAILED',
      problem: { code: 'SOURCE_REFUSED', nextStep: expect.stringMatching(step) },
    });
  });

  it("is read with the process's own credentials where the operator lists it", async () => {
    const { server } = await FakeBucket.start([objectOf('litellm/2026-03-01/a.json', tracesOf(4, HOUR))]);
    // As an operator sets them for a store of the installation's own.
    const set = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_ENDPOINT_URL_S3: server.url };
    const before = { ...process.env };
    Object.assign(process.env, set);
    try {
      const source = { kind: 'FILE', region: AWS.region, name: 'role', path: 's3://traces/litellm/' };
      const read = await ingest.extract(await ingest.createSource(source), START, START + DAY);
      expect(read).toMatchObject({ status: 'SUCCEEDED', complete: true, callsStored: 4 });
    } finally {
      process.env = before;
      await server.stop();
    }
  });

  it('is diagnosed by its newest objects, as other sources are', async () => {
    const now = Date.now();
    const { id, stop } = await served('doctor', [
      objectOf('litellm/a.json', tracesOf(4, 60_000, 'now', now - HOUR), now),
    ]);
    const { data } = await ingest.graph<{ diagnoseSource: { read: object } }>(
      'query ($id: ID!) { diagnoseSource(sourceId: $id) { read { traces spans end } } }',
      { id },
    );
    await stop();
    expect(data.diagnoseSource.read).toEqual({ traces: 4, spans: 8, end: 'RANGE_READ' });
  });
});
