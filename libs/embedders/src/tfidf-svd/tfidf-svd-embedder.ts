import pMap from 'p-map';
import { createHash } from 'node:crypto';
import { isFloat32Array } from 'node:util/types';
import type { Embedder } from '../embedder.js';
import type { EmbeddingSpace } from '../embedding-space.js';
import { taskSlices } from '../task-slices.js';
import { textEmbedder } from '../text-embedder.js';
import { workerPool } from '../worker-pool.js';
import { readTfidfSvd } from './tfidf-svd-model.js';

export interface TfidfSvdEmbedderOptions {
  provider: 'tfidf-svd';
  /** As `fitTfidfSvd` returns it. */
  model: Uint8Array;
  /** Worker threads, 1 when absent. */
  workers?: number | undefined;
}

/** Name of the file that holds a model. */
export const EMBEDDER_FILE = 'embedder.safetensors';

const HEAP_MB = 256;

/**
 * Hashed TF-IDF with a truncated SVD that was fitted on a dataset's texts. It reads the whole of every text.
 * @throws SignalboxError ARTIFACT_INVALID
 */
export async function createTfidfSvdEmbedder({ model }: TfidfSvdEmbedderOptions, workers: number): Promise<Embedder> {
  const space = tfidfSvdSpace(model);
  const { dim } = space;
  const shared = new Uint8Array(new SharedArrayBuffer(model.byteLength));
  shared.set(model);
  const pool = workerPool({ file: 'tfidf-svd/tfidf-svd.worker.js', threads: workers, heapMb: HEAP_MB, data: shared });
  return textEmbedder({
    space,
    async embed(texts, onText) {
      const slices = taskSlices(texts);
      const starts = slices.map((_, i) => slices.slice(0, i).reduce((total, { length }) => total + length, 0));
      const answers = await pMap(
        slices,
        async (slice, i) => {
          const answer = await pool.run('embed', slice);
          if (!isFloat32Array(answer)) throw new Error('Not vectors.');
          slice.forEach((_, row) => onText((starts[i] ?? 0) + row));
          return slice.map((_, row) => answer.slice(row * dim, (row + 1) * dim));
        },
        { concurrency: workers + 1 },
      );
      return answers.flat().map((vector) => ({ vector, chunks: 1, covered: 1 }));
    },
    close: () => pool.close(),
  });
}

/** The space of a model that `fitTfidfSvd` returned. @throws SignalboxError ARTIFACT_INVALID */
export function tfidfSvdSpace(model: Uint8Array): EmbeddingSpace {
  const revision = createHash('sha256').update(model).digest('hex').slice(0, 16);
  const { dim } = readTfidfSvd(model);
  return { provider: 'tfidf-svd', model: 'hashed-tfidf-svd', revision, dim, normalised: true };
}
