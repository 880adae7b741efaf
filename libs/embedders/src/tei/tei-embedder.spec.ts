import {
  FAKE_CLIENT_BATCH,
  FAKE_INPUT_TOKENS,
  fakeEmbeddingServer,
  type FakeEmbeddingServer,
} from '@signalbox/testkit';
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
  server.model = 'words-1';
  server.asked.length = 0;
});
afterAll(() => server.close());

const create = (revision?: string) => createEmbedder({ provider: 'tei', baseUrl: server.url, apiKey: 'k', revision });

describeEmbedder('tei', () => create());

describe('text-embeddings-inference', () => {
  it('names its model and dimension, and another sha of it is another space', async () => {
    const first = await create();
    expect(first.space).toMatchObject({ provider: 'tei', model: 'signalbox/words', dim: 64, normalised: true });
    server.model = 'words-2';
    const second = await create();
    expect(spaceId(second.space)).not.toBe(spaceId(first.space));
    await Promise.all([first.close(), second.close()]);
  });

  it('is never asked to cut a text, nor for more texts or tokens than it takes', async () => {
    const embedder = await create();
    const long = Array.from({ length: 300 }, (_, i) => `w${i}`).join(' ');
    const texts = [long, ...Array.from({ length: 30 }, (_, i) => `short text ${i}`)];
    const [first] = await embedder.embedDetailed(texts);
    expect(first?.covered).toBe(1);
    expect(first?.chunks).toBeGreaterThanOrEqual(Math.ceil(300 / FAKE_INPUT_TOKENS));
    const embeds = server.asked.filter(({ path }) => path === '/embed');
    expect(embeds.every(({ body }) => body['truncate'] === false && body['normalize'] === true)).toBe(true);
    expect(Math.max(...embeds.map(({ texts: { length } }) => length))).toBeLessThanOrEqual(FAKE_CLIENT_BATCH);
    expect(new Set(server.asked.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer k']));
    await embedder.close();
  });

  it('halves the parts of a text whose tokens are not spread evenly', async () => {
    const embedder = await create();
    const uneven = `${'x '.repeat(200)}${'long'.repeat(200)}`;
    const [embedded] = await embedder.embedDetailed([uneven]);
    expect(embedded?.chunks).toBeGreaterThan(4);
    await embedder.close();
  });

  it('is sent no more of an endless text than it takes at once', async () => {
    const embedder = await create();
    const [endless] = await embedder.embedDetailed(['word '.repeat(1_000_000)]);
    expect(endless?.covered).toBeLessThan(0.01);
    const longest = Math.max(...server.asked.flatMap(({ texts }) => texts.map(({ length }) => length)));
    expect(longest).toBeLessThanOrEqual(1_000_000);
    await embedder.close();
  }, 20_000);

  it('that serves another model while this process runs gives no vector', async () => {
    const embedder = await create();
    server.model = 'words-2';
    await expect(embedder.embedAll(['a'])).rejects.toMatchObject({ code: 'EMBEDDER_CHANGED' });
    server.model = 'words-1';
    expect(await embedder.embedAll(['a'])).toHaveLength(1);
    await embedder.close();
  });

  it('of a local folder, which has no sha, needs a revision by the operator', async () => {
    const usual = await (await fetch(`${server.url}/info`)).json();
    server.instead = ({ path }) => (path === '/info' ? { body: { ...(usual as object), model_sha: null } } : null);
    await expect(create()).rejects.toMatchObject({
      code: 'EMBEDDER_ANSWER_INVALID',
      message: expect.stringContaining('EMBEDDER_REVISION'),
    });
    const named = await create('mine-1');
    const other = await create('mine-2');
    expect(spaceId(named.space)).not.toBe(spaceId(other.space));
    await Promise.all([named.close(), other.close()]);
  });

  it('whose model classifies is refused', async () => {
    const usual = await (await fetch(`${server.url}/info`)).json();
    const classifier = { classifier: { id2label: {}, label2id: {} } };
    server.instead = ({ path }) =>
      path === '/info' ? { body: { ...(usual as object), model_type: classifier } } : null;
    await expect(create()).rejects.toMatchObject({ code: 'EMBEDDER_ANSWER_INVALID' });
  });
});
