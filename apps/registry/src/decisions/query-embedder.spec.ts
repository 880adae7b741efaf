import 'reflect-metadata';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createEmbedder, embedderFiles as embedderFilesOf, OwnEmbedder, USE_LITE_SPACE } from '@signalbox/embedders';
import { openObjectStore } from '@signalbox/object-store';
import { loadVersion, writeArtefact, type LoadedVersion } from '@signalbox/runtime';
import { fakeEmbeddingServer, type FakeEmbeddingServer } from '@signalbox/testkit';
import { trainedModel } from '../registry.harness.js';
import { CarriedEmbedders } from './carried-embedders.js';
import { QueryEmbedder } from './query-embedder.js';

let server: FakeEmbeddingServer;
let own: OwnEmbedder;
let embedder: QueryEmbedder;
beforeAll(async () => {
  Logger.overrideLogger(false);
  server = await fakeEmbeddingServer();
  const chosen = { provider: 'openai' as const, baseUrl: `${server.url}/v1`, model: 'words', dimensions: 64 };
  own = new OwnEmbedder(chosen, { workers: 1, timeoutSeconds: 0.3, retries: 0 });
  embedder = new QueryEmbedder(own, new CarriedEmbedders(openObjectStore('file:///nothing/is/carried')));
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

const candidate = (name: string) => ({
  ...{ name, inputPrice: null, outputPrice: null, cachedInputPrice: null, maxInputTokens: null },
  ...{ capabilities: [], regions: [], available: true },
});

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

  it('comes from the embedder that travels with the version where that is another one, until its files are not those that were published', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-carried-'));
    const store = openObjectStore(pathToFileURL(folder).href);
    const there = new QueryEmbedder(own, new CarriedEmbedders(store));
    const embedderFiles = (await embedderFilesOf({ provider: 'use-lite' })) ?? new Map<string, string>();
    const version = async (number: number) => {
      const written = await writeArtefact(store, {
        ...{ router: 'support-bot', version: number, embedding: USE_LITE_SPACE, datasetHash: null, metrics: {} },
        ...{ model: trainedModel(), candidates: ['large', 'small'].map(candidate), exploration: { epsilon: 0 } },
        ...{ codeVersion: 'spec', embedderFiles },
      });
      if (!written.ok) throw new Error(written.error.hint);
      const loaded = await loadVersion(store, 'support-bot', number);
      if (!loaded.ok) throw new Error(loaded.error.hint);
      return loaded.value;
    };
    const local = await createEmbedder({ provider: 'use-lite' });
    try {
      const [expected] = await local.embedAll(['Which model?']);
      server.instead = () => ({ status: 503, body: {} });
      const first = await version(1);
      await there.prepare(first);
      expect(await there.vectorOf('Which model?', first)).toEqual(expected);
      const damaged = new QueryEmbedder(own, new CarriedEmbedders(store));
      const second = await version(2);
      await writeFile(join(folder, 'routers/support-bot/2/embedder/vocab.json'), '[]');
      await expect(damaged.prepare(second)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
      expect(await damaged.vectorOf('Which model?', second)).toBeNull();
      await damaged.onApplicationShutdown();
    } finally {
      await Promise.all([local.close(), there.onApplicationShutdown()]);
      await rm(folder, { recursive: true });
    }
  }, 60_000);

  it('is never given to a version that reads vectors of another space', async () => {
    await expect(embedder.vectorOf('Which model?', await reading({ model: 'other' }))).rejects.toMatchObject({
      code: 'ARTIFACT_INVALID',
      message: expect.stringContaining('support-bot@2 reads vectors of openai/other@'),
    });
  });
});
