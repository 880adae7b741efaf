import pMap from 'p-map';
import { isFloat32Array, isInt32Array } from 'node:util/types';
import { z } from 'zod';
import { chunkedTexts, type Chunk } from '../chunk-results.js';
import { equalChunks } from '../chunks.js';
import type { Embedded, Embedder } from '../embedder.js';
import type { EmbeddingSpace } from '../embedding-space.js';
import { taskSlices } from '../task-slices.js';
import { textEmbedder } from '../text-embedder.js';
import { workerPool } from '../worker-pool.js';
import { CHUNK_TOKENS } from './chunks.js';
import { USE_LITE_SPACE } from './use-lite-space.js';

/** Past 16 rows or 256 tokens a pass gets no faster, while others wait longer for the worker and its memory grows. */
const PASS_ROWS = 16;
const PASS_TOKENS = 256;
/** For vocabulary, graph and texts; the weights lie in WebAssembly's memory, outside of this limit. */
const HEAP_MB = 128;

const Tokenized = z.array(
  z.object({ used: z.custom<Int32Array>((value) => isInt32Array(value)), tokens: z.number().int() }),
);

/** Files beside the installed ones, and the space that they make. */
interface UseLiteFolder {
  folder: string;
  space: EmbeddingSpace;
}

/** Universal Sentence Encoder lite in `workers` threads, of the installed files or of a folder; see {@link Embedder} for what it promises. */
export function createUseLiteEmbedder(workers: number, from: UseLiteFolder | null = null): Embedder {
  const pool = workerPool({
    ...{ file: 'use-lite/use-lite.worker.js', threads: workers, heapMb: HEAP_MB },
    ...(from && { data: { folder: from.folder } }),
  });

  async function encode(pass: readonly Chunk<Int32Array>[]): Promise<void> {
    const answer = await pool.run(
      'encode',
      pass.map(({ part }) => part),
    );
    if (!isFloat32Array(answer)) throw new Error('Not vectors.');
    pass.forEach((chunk, row) => {
      chunk.vector = new Float32Array(answer.subarray(row * USE_LITE_SPACE.dim, (row + 1) * USE_LITE_SPACE.dim));
    });
  }

  async function embed(texts: readonly string[], onText: (text: number) => void): Promise<Embedded[]> {
    const tokenized = await pMap(taskSlices(texts), async (task) => Tokenized.parse(await pool.run('tokenize', task)), {
      concurrency: workers,
    });
    const chunked = chunkedTexts(
      tokenized
        .flat()
        .map(({ used, tokens }) => ({ parts: equalChunks(used, CHUNK_TOKENS), covered: used.length / tokens })),
      onText,
    );
    // One more pass than workers is under way, so that none waits for this thread; the rest stays here.
    await pMap(
      passesOf(chunked.chunks),
      async (pass) => {
        await encode(pass);
        chunked.embedded(pass);
      },
      { concurrency: workers + 1 },
    );
    return chunked.results();
  }

  return textEmbedder({ space: from?.space ?? USE_LITE_SPACE, embed, close: () => pool.close() });
}

/**
 * Groups chunks of exactly equal length. Padding, which other ragged batches need, moves the last bits of a vector by
 * what else is in its batch; without it each row is the same as if computed alone.
 */
function passesOf(chunks: readonly Chunk<Int32Array>[]): Chunk<Int32Array>[][] {
  const byLength = new Map<number, Chunk<Int32Array>[]>();
  for (const chunk of chunks) {
    const group = byLength.get(chunk.part.length);
    if (group) group.push(chunk);
    else byLength.set(chunk.part.length, [chunk]);
  }
  return [...byLength].flatMap(([length, group]) =>
    slices(group, Math.max(1, Math.min(PASS_ROWS, Math.floor(PASS_TOKENS / length)))),
  );
}

function slices<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
