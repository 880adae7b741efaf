import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Result } from '@signalbox/contracts';
import { openObjectStore, type ObjectStore } from '@signalbox/object-store';
import type { FittedModel } from '@signalbox/routers';
import { decide, fetchEmbedder, loadAlias, loadVersion, pointAlias, RouterFollower, writeArtefact } from './index.js';
import type { ArtefactInput, ManifestCandidate, WrittenArtefact } from './index.js';

const MANIFEST = 'routers/support-bot/7/manifest.json';
const MODEL = 'routers/support-bot/7/model.onnx';
const POINTER = 'routers/support-bot/champion.json';

let folder: string;
let store: ObjectStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-runtime-'));
  store = openObjectStore(pathToFileURL(folder).href);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function candidate(name: string): ManifestCandidate {
  return {
    name,
    inputPrice: 0.5,
    outputPrice: 1.5,
    cachedInputPrice: null,
    maxInputTokens: 8000,
    capabilities: ['tools'],
    regions: ['eu'],
    available: true,
  };
}

function vector(...data: number[]): { shape: number[]; data: Float32Array } {
  return { shape: [data.length], data: Float32Array.from(data) };
}

function ridge(quality: [number, number]): FittedModel {
  const zeros = { shape: [2, 2], data: new Float32Array(4) };
  return {
    type: 'ridge',
    candidates: ['large', 'small'],
    dim: 2,
    bestSingle: 'large',
    params: { penalty: 1, familiarity: 0.5, alwaysBestSingle: 0 },
    tensors: {
      qualityMean: vector(0.7, 0.6),
      costMean: vector(0.01, NaN),
      secondsMean: vector(2, 1),
      centre: vector(0, 0),
      qualityWeights: zeros,
      qualityBias: vector(...quality),
      costWeights: zeros,
      costBias: vector(0.01, 0.001),
      secondsWeights: zeros,
      secondsBias: vector(2, 1),
      anchors: { shape: [1, 2], data: Float32Array.of(1, 0) },
    },
    tradeoff: { usd: 0, seconds: 0 },
  };
}

function artefact(change: Partial<ArtefactInput> = {}): ArtefactInput {
  return {
    router: 'support-bot',
    version: 7,
    model: ridge([0.6, 0.8]),
    embedding: {
      provider: 'use-lite',
      model: 'universal-sentence-encoder-lite',
      revision: '2',
      dim: 2,
      normalised: true,
    },
    datasetHash: 'a'.repeat(64),
    metrics: { quality: 0.81, bestSingle: 0.78, oracle: null },
    candidates: [candidate('large'), candidate('small')],
    exploration: { epsilon: 0.1 },
    codeVersion: '0.1.0',
    ...change,
  };
}

function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.hint}`);
  return result.value;
}

function pathOf(key: string): string {
  return fileURLToPath(store.urlOf(key));
}

async function deploy(change: Partial<ArtefactInput> = {}): Promise<WrittenArtefact> {
  const input = artefact(change);
  const written = accepted(await writeArtefact(store, input));
  accepted(
    await pointAlias(store, input.router, 'champion', { version: input.version, manifestSha256: written.sha256 }),
  );
  return written;
}

describe('a deployed version', () => {
  it('decides as the model did that was written', async () => {
    await deploy();
    const loaded = accepted(await loadAlias(store, 'support-bot', 'champion'));
    expect(loaded.model).toEqual(ridge([0.6, 0.8]));
    expect(loaded.embedding?.dim).toBe(2);
    const decision = accepted(decide(loaded, Float32Array.of(1, 0), { u: 0.5 }));
    expect(decision).toMatchObject({ candidate: 'small', routerVersion: 'support-bot@7' });
    expect(decision.propensity).toBeCloseTo(0.95, 12);
    expect(decide(loaded, null, { u: 0.5, requires: ['region:us'] })).toMatchObject({
      error: { code: 'NO_CANDIDATE_ALLOWED' },
    });
  });

  it('works as a constant, which has no embedding', async () => {
    const { qualityMean, costMean, secondsMean } = ridge([0, 0]).tensors;
    const tensors = Object.fromEntries(
      Object.entries({ qualityMean, costMean, secondsMean }).flatMap(([name, t]) => (t ? [[name, t]] : [])),
    );
    const model: FittedModel = { ...ridge([0, 0]), type: 'constant', dim: 0, params: { alwaysBestSingle: 1 }, tensors };
    await deploy({ version: 1, model, embedding: null, datasetHash: null, metrics: {} });
    const loaded = accepted(await loadAlias(store, 'support-bot', 'champion'));
    expect(accepted(decide(loaded, null, { u: 0.5 }))).toMatchObject({ candidate: 'large', fellBack: false });
  });

  it('has the same bytes wherever and however often it is written', async () => {
    const first = await deploy();
    const bytes = [await readFile(pathOf(MODEL)), await readFile(pathOf(MANIFEST)), await readFile(pathOf(POINTER))];
    const again = await deploy({ metrics: { oracle: null, bestSingle: 0.78, quality: 0.81 } });
    expect(again).toEqual(first);
    expect([await readFile(pathOf(MODEL)), await readFile(pathOf(MANIFEST)), await readFile(pathOf(POINTER))]).toEqual(
      bytes,
    );
    expect(first.bytes).toBe((bytes[0]?.length ?? 0) + (bytes[1]?.length ?? 0));
    expect(bytes[1]?.toString()).not.toContain(folder);
  });

  it('is immutable', async () => {
    await deploy();
    const other = await writeArtefact(store, artefact({ model: ridge([0.9, 0.1]) }));
    expect(other).toMatchObject({ ok: false, error: { code: 'CONFLICT' } });
    expect((await loadAlias(store, 'support-bot', 'champion')).ok).toBe(true);
  });

  it.each<[string, Partial<ArtefactInput>]>([
    ['candidates in another order', { candidates: [candidate('small'), candidate('large')] }],
    ['an embedding of another length', { embedding: null }],
    ['a metric that is not a number', { metrics: { quality: NaN } }],
    ['a name that could climb', { router: '../x' }],
    ['version 0', { version: 0 }],
    ['an epsilon over 1', { exploration: { epsilon: 1.5 } }],
  ])('is not written with %s', async (_what, change) => {
    expect(await writeArtefact(store, artefact(change))).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT' } });
    expect(await store.list('')).toEqual({ ok: true, value: [] });
  });
});

describe('a corrupt artefact', () => {
  it.each([MODEL, MANIFEST, POINTER])(
    'is refused for one flipped bit anywhere in %s, and the last good version stays',
    async (key) => {
      await deploy();
      const good = await readFile(pathOf(key));
      const follower = new RouterFollower(store, 'support-bot', 'champion');
      accepted(await follower.reload());
      const kept = follower.current;
      const step = Math.max(1, Math.floor(good.length / 150));
      for (let at = 0; at < good.length; at += step) {
        const flipped = Buffer.from(good);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
        await writeFile(pathOf(key), flipped);
        const result = await loadAlias(store, 'support-bot', 'champion');
        expect([at, result.ok]).toEqual([at, false]);
        if (!result.ok) expect(['ARTIFACT_CORRUPT', 'ARTIFACT_INVALID', 'NOT_FOUND']).toContain(result.error.code);
      }
      await follower.reload();
      expect(follower.current).toBe(kept);
      await writeFile(pathOf(key), good);
      expect((await loadAlias(store, 'support-bot', 'champion')).ok).toBe(true);
    },
  );

  it.each([MODEL, MANIFEST])('is refused when %s is cut, longer or gone', async (key) => {
    await deploy();
    const good = await readFile(pathOf(key));
    for (const bytes of [good.subarray(0, good.length - 1), Buffer.concat([good, Buffer.from(' ')]), Buffer.alloc(0)]) {
      await writeFile(pathOf(key), bytes);
      expect(await loadAlias(store, 'support-bot', 'champion')).toMatchObject({
        ok: false,
        error: { code: 'ARTIFACT_CORRUPT' },
      });
    }
    await rm(pathOf(key));
    expect((await loadAlias(store, 'support-bot', 'champion')).ok).toBe(false);
  });

  it('is refused when the manifest of another version lies in its place', async () => {
    await deploy({ version: 6, model: ridge([0.9, 0.1]) });
    await deploy();
    await writeFile(pathOf(MANIFEST), await readFile(pathOf('routers/support-bot/6/manifest.json')));
    await writeFile(pathOf(MODEL), await readFile(pathOf('routers/support-bot/6/model.onnx')));
    expect(await loadAlias(store, 'support-bot', 'champion')).toMatchObject({
      ok: false,
      error: { code: 'ARTIFACT_CORRUPT' },
    });
    expect(await loadVersion(store, 'support-bot', 7)).toMatchObject({
      ok: false,
      error: { code: 'ARTIFACT_INVALID' },
    });
  });

  it('is refused when a manifest of the same name and version, but other content, lies in its place', async () => {
    await deploy();
    const text = (await readFile(pathOf(MANIFEST))).toString();
    await writeFile(pathOf(MANIFEST), text.replace('"epsilon":0.1', '"epsilon":0.9'));
    expect(await loadAlias(store, 'support-bot', 'champion')).toMatchObject({
      ok: false,
      error: { code: 'ARTIFACT_CORRUPT' },
    });
  });
});

describe('an embedder that travels with a version', () => {
  const WEIGHTS = 'routers/support-bot/7/embedder/onnx/model.onnx';
  const files = async () => {
    const large = join(folder, 'vocabulary');
    await writeFile(large, Buffer.alloc(5_000_000, 'word'));
    return new Map<string, Uint8Array | string>([
      ['vocab.json', large],
      ['onnx/model.onnx', Buffer.from('weights')],
    ]);
  };

  it('is published before the manifest that names it, with the same bytes each time, and fetched as it was', async () => {
    const embedderFiles = await files();
    const written = await deploy({ embedderFiles });
    expect(written.manifest.files.map(({ path }) => path)).toEqual([
      'model.onnx',
      'embedder/onnx/model.onnx',
      'embedder/vocab.json',
    ]);
    expect(written.bytes).toBeGreaterThan(5_000_000);
    expect(await deploy({ embedderFiles: new Map([...embedderFiles].reverse()) })).toEqual(written);
    const loaded = accepted(await loadAlias(store, 'support-bot', 'champion'));
    expect(loaded.carriesEmbedder).toBe(true);
    const fetched = join(folder, 'fetched');
    accepted(await fetchEmbedder(store, loaded, fetched));
    expect((await readdir(fetched, { recursive: true })).sort()).toEqual(['onnx', 'onnx/model.onnx', 'vocab.json']);
    expect(await readFile(join(fetched, 'onnx/model.onnx'), 'utf8')).toBe('weights');
    expect((await readFile(join(fetched, 'vocab.json'))).equals(await readFile(join(folder, 'vocabulary')))).toBe(true);
    accepted(await fetchEmbedder(store, loaded, fetched)); // as at the second start of a program
    await writeFile(join(fetched, 'vocab.json'), 'other');
    expect(await fetchEmbedder(store, loaded, fetched)).toMatchObject({ error: { code: 'CONFLICT' } });
    expect((await readdir(folder)).filter((name) => name.includes('unfinished-'))).toEqual([]);
  });

  it('is refused where a byte of it differs, is missing or is one more, and no alias is pointed to it', async () => {
    const { sha256: manifestSha256 } = accepted(await writeArtefact(store, artefact({ embedderFiles: await files() })));
    const good = await readFile(pathOf(WEIGHTS));
    const loaded = accepted(await loadVersion(store, 'support-bot', 7, manifestSha256));
    for (const [n, bytes] of [Buffer.from('Weights'), good.subarray(1), Buffer.concat([good, good]), null].entries()) {
      if (bytes) await writeFile(pathOf(WEIGHTS), bytes);
      else await rm(pathOf(WEIGHTS));
      const refused = { ok: false, error: { code: 'ARTIFACT_CORRUPT' } };
      expect(await fetchEmbedder(store, loaded, join(folder, `fetched-${n}`))).toMatchObject(refused);
      expect(await pointAlias(store, 'support-bot', 'champion', { version: 7, manifestSha256 })).toMatchObject(refused);
    }
    await writeFile(pathOf(WEIGHTS), good);
    accepted(await pointAlias(store, 'support-bot', 'champion', { version: 7, manifestSha256 }));
  });

  it('is no part of a version that names its space alone, nor of one that reads no vector', async () => {
    await deploy();
    const loaded = accepted(await loadAlias(store, 'support-bot', 'champion'));
    expect(loaded.carriesEmbedder).toBe(false);
    expect(await fetchEmbedder(store, loaded, join(folder, 'none'))).toMatchObject({ error: { code: 'NOT_FOUND' } });
    for (const path of ['../model.onnx', '.hidden', '/etc/passwd', 'a//b', '']) {
      const climbing = artefact({ version: 8, embedderFiles: new Map([[path, Buffer.from('x')]]) });
      expect(await writeArtefact(store, climbing)).toMatchObject({ error: { code: 'INVALID_INPUT' } });
    }
    expect((await store.list('routers/support-bot/8')).ok && (await store.list('routers/support-bot/8'))).toEqual({
      ok: true,
      value: [],
    });
  });
});

describe('a publish that was cut short', () => {
  it('is never visible through the alias', async () => {
    const good = await deploy({ version: 6 });
    const next = accepted(
      await writeArtefact(openObjectStore(pathToFileURL(join(folder, 'elsewhere')).href), artefact()),
    );
    const target = { version: 7, manifestSha256: next.sha256 };
    const champion = async (): Promise<string> => accepted(await loadAlias(store, 'support-bot', 'champion')).name;

    expect(await pointAlias(store, 'support-bot', 'champion', target)).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(await champion()).toBe('support-bot@6');

    const manifest = await readFile(join(folder, 'elsewhere', MANIFEST));
    accepted(await store.put(MANIFEST, manifest));
    expect(await pointAlias(store, 'support-bot', 'champion', target)).toMatchObject({
      error: { code: 'ARTIFACT_CORRUPT' },
    });
    expect(await champion()).toBe('support-bot@6');

    accepted(await writeArtefact(store, artefact()));
    expect(
      await pointAlias(store, 'support-bot', 'champion', { ...target, manifestSha256: good.sha256 }),
    ).toMatchObject({
      error: { code: 'ARTIFACT_CORRUPT' },
    });
    accepted(await pointAlias(store, 'support-bot', 'champion', target));
    expect(await champion()).toBe('support-bot@7');
  });

  it('is finished by writing it again', async () => {
    accepted(await writeArtefact(store, artefact()));
    await rm(pathOf(MANIFEST));
    await deploy();
    expect((await loadAlias(store, 'support-bot', 'champion')).ok).toBe(true);
  });
});
