import pMap from 'p-map';
import { isFloat32Array, isInt32Array } from 'node:util/types';
import { z } from 'zod';
import { chunkedTexts, type Chunk } from '../chunk-results.js';
import type { Embedder } from '../embedder.js';
import type { EmbeddingSpace } from '../embedding-space.js';
import { taskSlices } from '../task-slices.js';
import { textEmbedder } from '../text-embedder.js';
import { workerPool } from '../worker-pool.js';
import { readModelFolder } from './model-folder.js';

export interface OnnxEmbedderOptions {
  provider: 'onnx';
  /** Of one sentence model: `model.onnx`, `tokenizer.json`, `config.json`, `1_Pooling/config.json`. */
  folder: string;
  /** What the space calls the model; the folder's name when absent. */
  model?: string | undefined;
  /** Worker threads, 1 when absent; each loads the model for itself. */
  workers?: number | undefined;
  /** Versions of routers carry the model's files. */
  inArtefact?: boolean | undefined;
}

/** The worker embeds them one after the other; so many that handing them over costs nothing, so few that progress is told. */
const PASS_TOKENS = 1_024;
/** For the tokenizer's vocabulary and texts; the graph lies outside of it. */
const HEAP_MB = 512;

const Tokenized = z.array(
  z.object({
    parts: z.array(z.custom<Int32Array>((value) => isInt32Array(value))).min(1),
    covered: z.number().min(0).max(1),
  }),
);

/**
 * A sentence model in ONNX out of a local folder, run by onnxruntime in worker threads.
 * @throws SignalboxError EMBEDDER_FOLDER_INVALID
 */
export async function createOnnxEmbedder(options: OnnxEmbedderOptions, workers: number): Promise<Embedder> {
  const { name, dim, revision } = await readModelFolder(options.folder);
  const space: EmbeddingSpace = { provider: 'onnx', model: options.model ?? name, revision, dim, normalised: true };
  const pool = workerPool({
    ...{ file: 'onnx/onnx.worker.js', threads: workers, heapMb: HEAP_MB },
    data: { folder: options.folder, revision },
  });
  return textEmbedder({
    space,
    async embed(texts, onText) {
      const tokenized = await pMap(
        taskSlices(texts),
        async (task) => Tokenized.parse(await pool.run('tokenize', task)),
        { concurrency: workers },
      );
      const chunked = chunkedTexts(tokenized.flat(), onText);
      await pMap(
        passesOf(chunked.chunks),
        async (pass) => {
          const answer = await pool.run(
            'encode',
            pass.map(({ part }) => part),
          );
          if (!isFloat32Array(answer)) throw new Error('Not vectors.');
          pass.forEach((chunk, row) => (chunk.vector = answer.slice(row * dim, (row + 1) * dim)));
          chunked.embedded(pass);
        },
        { concurrency: workers + 1 },
      );
      return chunked.results();
    },
    close: () => pool.close(),
  });
}

function passesOf(chunks: readonly Chunk<Int32Array>[]): Chunk<Int32Array>[][] {
  const passes: Chunk<Int32Array>[][] = [];
  let tokens = Number.POSITIVE_INFINITY;
  for (const chunk of [...chunks].sort((left, right) => left.part.length - right.part.length)) {
    if (tokens + chunk.part.length > PASS_TOKENS) {
      passes.push([]);
      tokens = 0;
    }
    passes.at(-1)?.push(chunk);
    tokens += chunk.part.length;
  }
  return passes;
}
