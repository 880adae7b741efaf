import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { embedderFiles, openEmbedderFolder } from './embedder-folder.js';
import { describeEmbedder } from './embedder.conformance.js';
import { createEmbedder, type ChosenEmbedder, type EmbedderOptions } from './embedder.js';
import { spaceId } from './embedding-space.js';
import { writeTinyModel } from './onnx/tiny-model.conformance.js';
import { EMBEDDER_FILE, tfidfSvdSpace } from './tfidf-svd/tfidf-svd-embedder.js';
import { fitTfidfSvd } from './tfidf-svd/tfidf-svd-model.js';
import { USE_LITE_SPACE } from './use-lite/use-lite-space.js';

const TEXTS = ['France', 'Italy', 'Spain', 'Peru', 'Japan', 'Kenya'].flatMap((place) => [
  `What is the capital of ${place}?`,
  `Name the capital city of ${place}.`,
  `Translate "good morning" into the language of ${place}.`,
  `Write a Python function that prints the name ${place}.`,
  `Solve: a train through ${place} travels 120 km in 1.5 hours.`,
]);
const MODEL = fitTfidfSvd(TEXTS, { dim: 16, seed: 7 });

let root: string;
const at = (name: string) => join(root, name);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-folder-'));
  await writeTinyModel(at('tiny'));
  await copied({ provider: 'use-lite' }, 'use-lite');
  await copied({ provider: 'onnx', folder: at('tiny') }, 'onnx');
  await mkdir(at('tfidf-svd'));
  await writeFile(join(at('tfidf-svd'), EMBEDDER_FILE), MODEL);
});
afterAll(() => rm(root, { recursive: true }));

async function copied(options: ChosenEmbedder, name: string): Promise<void> {
  for (const [path, file] of (await embedderFiles(options)) ?? []) {
    await mkdir(dirname(join(at(name), path)), { recursive: true });
    await copyFile(file, join(at(name), path));
  }
}

const bits = (vector: Float32Array) =>
  createHash('sha256')
    .update(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength))
    .digest('hex');

const KINDS: [name: string, original: () => EmbedderOptions][] = [
  ['use-lite', () => ({ provider: 'use-lite' })],
  ['onnx', () => ({ provider: 'onnx', folder: at('tiny') })],
  ['tfidf-svd', () => ({ provider: 'tfidf-svd', model: MODEL })],
];

describe('the files of an embedder, in a folder elsewhere', () => {
  it.each(KINDS)(
    'make the same vectors as %s, to the last bit, in the same space',
    async (name, original) => {
      const here = await createEmbedder(original());
      const there = await openEmbedderFolder(at(name), spaceId(here.space));
      try {
        expect(there.space).toEqual(here.space);
        const texts = [...TEXTS.slice(0, 5), 'Größe, naïve, 東京', 'a much longer text '.repeat(200)];
        const [expected, found] = [await here.embedAll(texts), await there.embedAll(texts)];
        expect(found.map(bits)).toEqual(expected.map(bits));
      } finally {
        await Promise.all([here.close(), there.close()]);
      }
    },
    60_000,
  );

  it('are refused with ARTIFACT_CORRUPT where they make another space than is named', async () => {
    await writeFile(
      join(at('use-lite'), 'vocab.json'),
      `${await readFile(join(at('use-lite'), 'vocab.json'), 'utf8')} `,
    );
    await expect(openEmbedderFolder(at('use-lite'), spaceId(USE_LITE_SPACE))).rejects.toMatchObject({
      code: 'ARTIFACT_CORRUPT',
    });
    const other = { ...tfidfSvdSpace(MODEL), revision: '0'.repeat(16) };
    await expect(openEmbedderFolder(at('tfidf-svd'), spaceId(other))).rejects.toMatchObject({
      code: 'ARTIFACT_CORRUPT',
    });
    await expect(openEmbedderFolder(at('onnx'), 'onnx/tiny@0000000000000000/8/unit')).rejects.toMatchObject({
      code: 'ARTIFACT_CORRUPT',
    });
  });

  it('are none of a server', async () => {
    expect(await embedderFiles({ provider: 'tei', baseUrl: 'http://127.0.0.1:9' })).toBeNull();
    await expect(openEmbedderFolder(root, 'tei/bge@0000000000000000/8/unit')).rejects.toMatchObject({
      code: 'ARTIFACT_INVALID',
    });
  });
});

describeEmbedder('a folder with tfidf-svd', (workers) =>
  openEmbedderFolder(at('tfidf-svd'), spaceId(tfidfSvdSpace(MODEL)), workers),
);
