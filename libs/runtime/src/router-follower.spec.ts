import { describe, expect, it } from '@jest/globals';
import { accept, reject, type Result } from '@signalbox/contracts';
import type { ObjectStore } from '@signalbox/object-store';
import type { FittedModel } from '@signalbox/routers';
import { pointAlias, RouterFollower, writeArtefact } from './index.js';

/** A store in memory that can be told to fail like a dead disk. */
class MemoryStore implements ObjectStore {
  readonly objects = new Map<string, Uint8Array>();
  reads: string[] = [];
  dead = false;

  urlOf(key: string): string {
    return `memory:///${key}`;
  }
  put(key: string, bytes: Uint8Array): Promise<Result<{ created: boolean }>> {
    return this.replace(key, bytes);
  }
  async putStream(key: string, pieces: AsyncIterable<Uint8Array>): Promise<Result<{ created: boolean }>> {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    return this.replace(key, Buffer.concat(all));
  }
  replace(key: string, bytes: Uint8Array): Promise<Result<{ created: boolean }>> {
    const created = !this.objects.has(key);
    this.objects.set(key, bytes);
    return Promise.resolve(accept({ created }));
  }
  remove(key: string): Promise<Result<{ removed: boolean }>> {
    return Promise.resolve(accept({ removed: this.objects.delete(key) }));
  }
  get(key: string): Promise<Result<Uint8Array>> {
    if (this.dead) return Promise.reject(new Error('EIO: i/o error'));
    this.reads.push(key);
    const bytes = this.objects.get(key);
    return Promise.resolve(bytes ? accept(bytes) : reject('NOT_FOUND', key, 'gone'));
  }
  async read(key: string, { from, bytes }: { from: number; bytes: number }): Promise<Result<Uint8Array>> {
    const whole = await this.get(key);
    return whole.ok ? accept(whole.value.subarray(from, from + bytes)) : whole;
  }
  exists(key: string): Promise<Result<boolean>> {
    return Promise.resolve(accept(this.objects.has(key)));
  }
  list(): Promise<Result<string[]>> {
    return Promise.resolve(accept([...this.objects.keys()]));
  }
}

async function deploy(store: ObjectStore, version: number): Promise<void> {
  const one = { shape: [1], data: Float32Array.of(0.5) };
  const model: FittedModel = {
    type: 'constant',
    candidates: ['only'],
    dim: 0,
    bestSingle: 'only',
    params: { alwaysBestSingle: 1 },
    tensors: { qualityMean: one, costMean: one, secondsMean: one },
    tradeoff: { usd: 0, seconds: 0 },
  };
  const written = await writeArtefact(store, {
    router: 'bot',
    version,
    model,
    embedding: null,
    datasetHash: null,
    metrics: {},
    candidates: [
      {
        name: 'only',
        inputPrice: null,
        outputPrice: null,
        cachedInputPrice: null,
        maxInputTokens: null,
        capabilities: [],
        regions: [],
        available: true,
      },
    ],
    exploration: { epsilon: 0 },
    codeVersion: '0.1.0',
  });
  if (!written.ok) throw new Error(written.error.hint);
  const pointed = await pointAlias(store, 'bot', 'champion', { version, manifestSha256: written.value.sha256 });
  if (!pointed.ok) throw new Error(pointed.error.hint);
}

describe('a follower of an alias', () => {
  it('has no version before a first load, and says why', async () => {
    const follower = new RouterFollower(new MemoryStore(), 'bot', 'champion');
    expect(await follower.reload()).toMatchObject({ ok: false });
    expect(follower.current).toBeNull();
    expect(follower.problem?.code).toBe('NOT_FOUND');
  });

  it('moves when the alias does, and reads no model while it does not', async () => {
    const store = new MemoryStore();
    await deploy(store, 1);
    const follower = new RouterFollower(store, 'bot', 'champion');
    expect(await follower.reload()).toMatchObject({ ok: true, value: { changed: true } });
    store.reads = [];
    expect(await follower.reload()).toMatchObject({ ok: true, value: { changed: false } });
    expect(store.reads).toEqual(['routers/bot/champion.json']);
    await deploy(store, 2);
    expect(await follower.reload()).toMatchObject({ ok: true, value: { changed: true } });
    expect(follower.current?.name).toBe('bot@2');
  });

  it('keeps the last good version while the store is dead or the next version broken, and tells it', async () => {
    const store = new MemoryStore();
    await deploy(store, 1);
    const follower = new RouterFollower(store, 'bot', 'champion');
    await follower.reload();
    store.dead = true;
    expect(await follower.reload()).toMatchObject({ ok: false, error: { code: 'DEPENDENCY_UNAVAILABLE' } });
    expect(follower.current?.name).toBe('bot@1');
    store.dead = false;

    await deploy(store, 2);
    const model = store.objects.get('routers/bot/2/model.onnx') ?? new Uint8Array();
    store.objects.set('routers/bot/2/model.onnx', model.slice().reverse());
    await follower.reload();
    expect(follower.current?.name).toBe('bot@1');
    expect(follower.problem?.code).toBe('ARTIFACT_CORRUPT');

    store.objects.set('routers/bot/2/model.onnx', model);
    await follower.reload();
    expect(follower.current?.name).toBe('bot@2');
    expect(follower.problem).toBeNull();
  });

  it('ends on the newest version when reloads overlap', async () => {
    const store = new MemoryStore();
    await deploy(store, 1);
    const follower = new RouterFollower(store, 'bot', 'champion');
    const first = follower.reload();
    await deploy(store, 2);
    await Promise.all([first, follower.reload()]);
    expect(follower.current?.name).toBe('bot@2');
  });
});
