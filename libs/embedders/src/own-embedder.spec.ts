import { fakeEmbeddingServer, type FakeEmbeddingServer } from '@signalbox/testkit';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OwnEmbedder } from './own-embedder.js';

let server: FakeEmbeddingServer;
let own: OwnEmbedder;
beforeEach(async () => {
  server = await fakeEmbeddingServer();
  own = new OwnEmbedder({ provider: 'tei', baseUrl: server.url }, { workers: 1, timeoutSeconds: 1, retries: 0 });
});
afterEach(async () => {
  await own.close();
  await server.close();
});
const embed = () => own.use((embedder) => embedder.embedAll(['a']), { release: true });

describe('the embedder of a service', () => {
  it('is made once for all who ask at the same time', async () => {
    await Promise.all([own.space(), own.space(), embed(), embed()]);
    expect(server.asked.filter(({ texts }) => texts[0] !== 'a' && texts.length > 0)).toHaveLength(1);
  });

  it('stays open while somebody else still uses it', async () => {
    let finish: () => void = () => undefined;
    const long = own.use(
      async (embedder) => {
        await new Promise<void>((resolve) => (finish = resolve));
        return embedder.embedAll(['b']);
      },
      { release: true },
    );
    await embed();
    finish();
    expect(await long).toHaveLength(1);
  });

  it('is asked for again when its server was away', async () => {
    server.instead = () => ({ status: 503, body: {} });
    await expect(own.space()).rejects.toMatchObject({ code: 'EMBEDDER_UNREACHABLE' });
    await expect(embed()).rejects.toMatchObject({ code: 'EMBEDDER_UNREACHABLE' });
    server.instead = () => null;
    expect(await embed()).toHaveLength(1);
  });

  it('tells its files where versions shall carry them, and else none', async () => {
    const filesOf = (inArtefact?: boolean) =>
      new OwnEmbedder({ provider: 'use-lite', inArtefact }, { workers: 1 }).files();
    expect([...((await filesOf(true))?.keys() ?? [])]).toContain('vocab.json');
    expect([await filesOf(), await filesOf(false), await own.files()]).toEqual([null, null, null]);
  });

  it('makes no vectors of another space than those before, though it was given back in between', async () => {
    const before = await own.space();
    await embed();
    server.model = 'words-2';
    await expect(embed()).rejects.toMatchObject({ code: 'EMBEDDER_CHANGED' });
    expect(await own.space()).toEqual(before);
    server.model = 'words-1';
    expect(await embed()).toHaveLength(1);
  });
});
