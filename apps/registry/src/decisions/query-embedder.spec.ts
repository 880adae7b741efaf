import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { OwnEmbedder } from '@signalbox/embedders';
import type { LoadedVersion } from '@signalbox/runtime';
import { fakeEmbeddingServer, type FakeEmbeddingServer } from '@signalbox/testkit';
import { QueryEmbedder } from './query-embedder.js';

let server: FakeEmbeddingServer;
let own: OwnEmbedder;
let embedder: QueryEmbedder;
beforeAll(async () => {
  Logger.overrideLogger(false);
  server = await fakeEmbeddingServer();
  const chosen = { provider: 'openai' as const, baseUrl: `${server.url}/v1`, model: 'words', dimensions: 64 };
  own = new OwnEmbedder(chosen, { workers: 1, timeoutSeconds: 0.3, retries: 0 });
  embedder = new QueryEmbedder(own);
});
afterEach(() => {
  server.instead = () => null;
});
afterAll(async () => {
  await embedder.onApplicationShutdown();
  await server.close();
});

const reading = async (changed: { model?: string } = {}) =>
  ({ name: 'support-bot@2', embedding: { ...(await own.space()), ...changed } }) as unknown as LoadedVersion;

describe('the vector of a prompt that is decided on', () => {
  it('comes from the embedder that the operator chose', async () => {
    expect(await embedder.vectorOf('Which model?', await reading())).toHaveLength(64);
  });

  it('is not waited for long, nor asked for again, when the server is away: the decision goes without', async () => {
    const before = server.asked.length;
    server.instead = () => new Promise(() => undefined);
    const start = performance.now();
    expect(await embedder.vectorOf('Which model now?', await reading())).toBeNull();
    expect(performance.now() - start).toBeLessThan(2_000);
    server.instead = () => ({ status: 503, body: {} });
    expect(await embedder.vectorOf('Which model then?', await reading())).toBeNull();
    expect(server.asked.length - before).toBe(2);
  });

  it('is never given to a version that reads vectors of another space', async () => {
    await expect(embedder.vectorOf('Which model?', await reading({ model: 'other' }))).rejects.toMatchObject({
      code: 'ARTIFACT_INVALID',
      message: expect.stringContaining('support-bot@2 reads vectors of openai/other@'),
    });
  });
});
