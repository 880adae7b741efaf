import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SignalboxError } from '@signalbox/contracts';
import type { Embedder } from '@signalbox/embedders';
import { cachedVectors } from './vector-cache.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-vectors-'));
  await writeFile(join(folder, 'file'), '');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** A text's vector is its length. */
const lengths: Pick<Embedder, 'space' | 'embedAll'> = {
  space: { provider: 'use-lite', model: 'length', revision: '1', dim: 1, normalised: false },
  embedAll: (texts) => Promise.resolve(texts.map(({ length }) => Float32Array.of(length))),
};

async function vectorsOf(texts: string[], cache: string) {
  const seen: { counts: object[]; problems: SignalboxError[] } = { counts: [], problems: [] };
  const vectors = await cachedVectors(texts, cache, lengths, {
    onStart: (counts) => seen.counts.push(counts),
    onProgress: (counts) => seen.counts.push(counts),
    onUnwritable: (problem) => seen.problems.push(problem),
  });
  return { vectors: vectors.map((vector) => [...vector]), ...seen };
}

describe('cachedVectors', () => {
  it('embeds each text once, and only texts that no earlier run has embedded', async () => {
    const cache = join(folder, 'cache');
    expect(await vectorsOf(['a', 'bb', 'a'], cache)).toEqual({
      vectors: [[1], [2], [1]],
      counts: [
        { texts: 2, missing: 2 },
        { done: 2, missing: 2, kept: true },
      ],
      problems: [],
    });
    expect((await vectorsOf(['ccc', 'bb'], cache)).counts).toEqual([
      { texts: 2, missing: 1 },
      { done: 1, missing: 1, kept: true },
    ]);
    expect((await vectorsOf(['ccc', 'bb'], cache)).counts).toEqual([]);
  });

  it('works without a folder that it can write, and says so once', async () => {
    const texts = Array.from({ length: 200 }, (_, k) => 'x'.repeat(k + 1));
    const { vectors, counts, problems } = await vectorsOf(texts, join(folder, 'file', 'cache'));
    expect(vectors).toEqual(texts.map(({ length }) => [length]));
    expect(counts.at(-1)).toEqual({ done: 200, missing: 200, kept: false });
    expect(problems).toEqual([
      expect.objectContaining({ code: 'DATA_FOLDER_UNWRITABLE', nextStep: expect.stringContaining('SIGNALBOX_DATA') }),
    ]);
  });
});
