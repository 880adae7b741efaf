import { fakeEmbeddingServer, type FakeEmbeddingServer, type OtherAnswer } from '@signalbox/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { describeEmbedder } from '../embedder.conformance.js';
import { createEmbedder } from '../embedder.js';
import { spaceId } from '../embedding-space.js';

let server: FakeEmbeddingServer;
beforeAll(async () => {
  server = await fakeEmbeddingServer();
});
afterEach(() => {
  server.instead = () => null;
  server.asked.length = 0;
  server.mostInFlight = 0;
});
afterAll(() => server.close());

type Options = Extract<Parameters<typeof createEmbedder>[0], { provider: 'openai' }>;
const create = (options: Partial<Options> = {}) =>
  createEmbedder({ provider: 'openai', baseUrl: `${server.url}/v1`, model: 'words', ...options });

async function using<T>(options: Partial<Options>, work: (embedder: Awaited<ReturnType<typeof create>>) => Promise<T>) {
  const embedder = await create(options);
  try {
    return await work(embedder);
  } finally {
    await embedder.close();
  }
}

describeEmbedder('openai', () => create());

describe('a server of /v1/embeddings', () => {
  it('is sent its key and model, texts of like length together, and no more of them at once than it takes', async () => {
    const texts = Array.from({ length: 200 }, (_, i) => `text ${i} ${'word '.repeat(i % 7)}`);
    await using({ apiKey: 'secret', dimensions: 64 }, async (embedder) => {
      server.instead = async () => new Promise((resolve) => setImmediate(() => resolve(null as never)));
      await embedder.embedAll(texts);
    });
    expect(server.asked.length).toBe(Math.ceil(200 / 32));
    expect(new Set(server.asked.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer secret']));
    expect(server.asked[0]?.body).toMatchObject({ model: 'words', dimensions: 64, encoding_format: 'float' });
    expect(Math.max(...server.asked.map((asked) => asked.texts.length))).toBeLessThanOrEqual(32);
    expect(server.mostInFlight).toBeLessThanOrEqual(4);
    expect(server.mostInFlight).toBeGreaterThan(1);
    const spread = server.asked.map(({ texts: batch }) => {
      const lengths = batch.map(({ length }) => length);
      return Math.max(...lengths) - Math.min(...lengths);
    });
    expect(Math.max(...spread)).toBeLessThanOrEqual(10);
  });

  it('is asked once how long its vectors are, unless the operator says so', async () => {
    expect(await using({}, async ({ space }) => space.dim)).toBe(64);
    expect(server.asked).toHaveLength(1);
    expect(await using({ dimensions: 48 }, async ({ space }) => space.dim)).toBe(48);
    expect(server.asked).toHaveLength(1);
  });

  it('of another address, model, dimension, chunk or revision is another space', async () => {
    const spaces = [
      {},
      { baseUrl: `${server.url}/v1/` },
      { baseUrl: `${server.url.replace('127.0.0.1', 'localhost')}/v1` },
      { model: 'other' },
      { dimensions: 48 },
      { chunkBytes: 4_000 },
      { revision: '2026-01' },
    ].map(async (options) => using({ dimensions: 64, ...options }, async ({ space }) => spaceId(space)));
    const ids = await Promise.all(spaces);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(ids.length - 1);
    const named = await Promise.all(
      [`${server.url}/v1`, 'http://elsewhere.test/v1'].map((baseUrl) =>
        using({ baseUrl, revision: '2026-01', dimensions: 64 }, async ({ space }) => spaceId(space)),
      ),
    );
    expect(named[1]).toBe(named[0]);
  });

  it('gets a long text in chunks, and the vector is their mean', async () => {
    const [half, other] = ['alpha '.repeat(200), 'omega '.repeat(200)];
    await using({ dimensions: 64, chunkBytes: 1_203 }, async (embedder) => {
      const [long, first, second] = await embedder.embedDetailed([half + other, half, other]);
      expect([long?.chunks, long?.covered, first?.chunks, second?.chunks]).toEqual([2, 1, 1, 1]);
      const sum = first?.vector.map((value, i) => value + (second?.vector[i] ?? 0)) ?? new Float32Array();
      const norm = Math.hypot(...sum);
      long?.vector.forEach((value, i) => expect(value).toBeCloseTo((sum[i] ?? 0) / norm, 5));
    });
  });

  it('is never sent white space alone', async () => {
    await using({ dimensions: 64, chunkBytes: 64 }, async (embedder) => {
      const [embedded] = await embedder.embedDetailed([`  begin ${' '.repeat(500)} end\n`]);
      expect(embedded?.chunks).toBe(2);
    });
    expect(server.asked.flatMap(({ texts }) => texts).filter((text) => text.trim() === '')).toEqual([]);
  });

  const busy: OtherAnswer = { status: 429, headers: { 'retry-after': '1' }, body: { error: { message: 'later' } } };

  it('that is busy is asked again after the seconds that it names', async () => {
    const times: number[] = [];
    server.instead = () => {
      times.push(performance.now());
      return times.length === 1 ? busy : null;
    };
    await using({ dimensions: 64 }, (embedder) => embedder.embedAll(['a']));
    expect(times).toHaveLength(2);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  const vector = (...numbers: (number | string | null)[]) => ({
    body: { object: 'list', data: [{ object: 'embedding', index: 0, embedding: numbers }] },
  });
  const usual = Array.from({ length: 64 }, (_, i) => i + 1);
  it.each<[string, OtherAnswer, string]>([
    ['vectors of another dimension', vector(1, 2, 3), 'EMBEDDER_ANSWER_INVALID'],
    ['zeros', vector(...usual.map(() => 0)), 'EMBEDDER_ANSWER_INVALID'],
    ['a null among the numbers', vector(null, ...usual.slice(1)), 'EMBEDDER_ANSWER_INVALID'],
    [
      'a number that is infinite',
      { body: JSON.stringify(vector('inf').body).replace('"inf"', '1e999') },
      'EMBEDDER_ANSWER_INVALID',
    ],
    ['NaN, which is no JSON', { body: '{"data":[{"index":0,"embedding":[NaN]}]}' }, 'EMBEDDER_ANSWER_INVALID'],
    ['no vector', { body: { object: 'list', data: [] } }, 'EMBEDDER_ANSWER_INVALID'],
    [
      'a vector of an index that was not asked',
      { body: { data: [{ index: 1, embedding: usual }] } },
      'EMBEDDER_ANSWER_INVALID',
    ],
    [
      'an error of the request',
      { status: 400, body: { error: { message: 'secret text', code: 'bad_model' } } },
      'EMBEDDER_REFUSED',
    ],
    ['a page', { headers: { 'content-type': 'text/html' }, body: '<html>' }, 'EMBEDDER_ANSWER_INVALID'],
    ['another address', { status: 307, headers: { location: 'http://127.0.0.1:1/' }, body: {} }, 'EMBEDDER_REFUSED'],
  ])('that answers with %s gives no vector, but an error with a code', async (_, answer, code) => {
    await using({ dimensions: 64 }, async (embedder) => {
      server.instead = () => answer;
      const failure = await embedder.embedAll(['secret text']).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code });
      expect(String(failure)).not.toContain('secret text');
      server.instead = () => null;
      expect(await embedder.embedAll(['secret text'])).toHaveLength(1);
    });
  });

  it('that mixes the order of its answers is read by their index', async () => {
    await using({ dimensions: 64 }, async (embedder) => {
      const [a, b] = await embedder.embedAll(['a', 'b']);
      const [one, two] = [[...(b ?? [])], [...(a ?? [])]];
      server.instead = () => ({
        body: {
          data: [
            { index: 1, embedding: one },
            { index: 0, embedding: two },
          ],
        },
      });
      const again = await embedder.embedAll(['a', 'b']);
      expect(Math.hypot(...(again[0] ?? []).map((value, i) => value - (a?.[i] ?? 0)))).toBeCloseTo(0, 5);
    });
  });

  it('that is not there is named, without its path being called again and again', async () => {
    const gone = await fakeEmbeddingServer();
    await gone.close();
    await expect(create({ baseUrl: `${gone.url}/v1` })).rejects.toMatchObject({ code: 'EMBEDDER_UNREACHABLE' });
  }, 15_000);
});
