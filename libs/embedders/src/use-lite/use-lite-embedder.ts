import { SignalboxError } from '@signalbox/contracts';
import { fileURLToPath } from 'node:url';
import { isFloat32Array, isInt32Array } from 'node:util/types';
import { Piscina } from 'piscina';
import { z } from 'zod';
import type { Embedded, Embedder, EmbedProgress } from '../embedder.js';
import { chunksOf } from './chunks.js';
import { USE_LITE_SPACE } from './use-lite-space.js';

/** Distinct texts whose tokens are held at once; bounds this thread's memory, and grouping gains nothing beyond it. */
const WINDOW_TEXTS = 2_048;
/** A task's texts are copied into the worker's heap, whose limit is below. */
const TOKENIZE_TEXTS = 256;
const TOKENIZE_CHARACTERS = 1_000_000;
/** Past 16 rows or 256 tokens a pass gets no faster, while others wait longer for the worker and its memory grows. */
const PASS_ROWS = 16;
const PASS_TOKENS = 256;
/** Loading again takes about half a second; a resting worker holds 130 MB or more. */
const IDLE_MS = 60_000;
/** For vocabulary, graph and texts; the weights lie in WebAssembly's memory, outside of these limits. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 };

/** Workers run compiled JavaScript; a test runner loads this file from src. */
function workerFile(): string {
  const compiled = import.meta.url.endsWith('.ts') ? '../../dist/use-lite/use-lite.worker.js' : './use-lite.worker.js';
  return fileURLToPath(new URL(compiled, import.meta.url));
}

const Tokenized = z.array(
  z.object({ used: z.custom<Int32Array>((value) => isInt32Array(value)), tokens: z.number().int() }),
);

interface Chunk {
  text: number;
  tokens: Int32Array;
  vector: Float32Array | null;
}

/** Universal Sentence Encoder lite in `workers` threads; see {@link Embedder} for what it promises. */
export function createUseLiteEmbedder(workers: number): Embedder {
  let closed = false;
  let failure: unknown;
  const pool = new Piscina<unknown, unknown>({
    filename: workerFile(),
    minThreads: 0,
    maxThreads: workers,
    idleTimeout: IDLE_MS,
    resourceLimits: RESOURCE_LIMITS,
    // Not this process's flags: heap limits and import conditions are meant for the main thread.
    execArgv: [],
  });
  // A thread that dies outside of a task (its file is missing, it cannot start) would leave the queue waiting forever.
  pool.on('error', (error: unknown) => {
    failure ??= error;
    void pool.destroy();
  });

  async function run(name: 'tokenize' | 'encode', task: unknown): Promise<unknown> {
    if (closed) throw new Error('The embedder is closed.');
    try {
      return await pool.run(task, { name });
    } catch (error) {
      if (closed) throw new Error('The embedder was closed while it worked.', { cause: error });
      throw new Error('The embedding worker failed.', { cause: failure ?? error });
    }
  }

  async function tokenize(texts: readonly string[]): Promise<z.infer<typeof Tokenized>> {
    return Tokenized.parse(await run('tokenize', texts));
  }

  async function encode(pass: readonly Chunk[]): Promise<void> {
    const answer = await run(
      'encode',
      pass.map((chunk) => chunk.tokens),
    );
    if (!isFloat32Array(answer)) throw new Error('Not vectors.');
    pass.forEach((chunk, row) => {
      chunk.vector = new Float32Array(answer.subarray(row * USE_LITE_SPACE.dim, (row + 1) * USE_LITE_SPACE.dim));
    });
  }

  async function embedWindow(texts: readonly string[], onText: (text: number) => void): Promise<Embedded[]> {
    const tokenized: z.infer<typeof Tokenized>[] = [];
    await eachInParallel(tasksOf(texts), workers, async (task, at) => {
      tokenized[at] = await tokenize(task);
    });
    const split = tokenized.flat().map(({ used, tokens }) => ({ used, tokens, parts: chunksOf(used) }));
    const chunks = split.flatMap(({ parts }, text) => parts.map((tokens): Chunk => ({ text, tokens, vector: null })));
    const missing = split.map(({ parts }) => parts.length);
    // One more pass than workers is under way, so that none waits for this thread; the rest stays here.
    await eachInParallel(passesOf(chunks), workers + 1, async (pass) => {
      await encode(pass);
      for (const { text } of pass) {
        missing[text] = (missing[text] ?? 0) - 1;
        if (missing[text] === 0) onText(text);
      }
    });
    const vectors = split.map((): Float32Array[] => []);
    for (const chunk of chunks) if (chunk.vector) vectors[chunk.text]?.push(chunk.vector);
    return split.map(({ used, tokens, parts }, text) => ({
      vector: unitMean(vectors[text] ?? []),
      chunks: parts.length,
      tokens,
      tokensUsed: used.length,
    }));
  }

  async function embedDetailed(texts: readonly string[], onProgress?: EmbedProgress): Promise<Embedded[]> {
    if (closed) throw new Error('The embedder is closed.');
    const times = new Map<string, number>();
    texts.forEach((text, index) => {
      if (text.trim() === '') {
        throw new SignalboxError(
          'INVALID_INPUT',
          `Text ${index} is empty; there is no vector of nothing. Leave it out.`,
        );
      }
      times.set(text, (times.get(text) ?? 0) + 1);
    });
    const byText = new Map<string, Embedded>();
    let done = 0;
    for (const window of slices([...times.keys()], WINDOW_TEXTS)) {
      const embedded = await embedWindow(window, (text) => {
        done += times.get(window[text] ?? '') ?? 0;
        onProgress?.(done, texts.length);
      });
      embedded.forEach((result, i) => byText.set(window[i] ?? '', result));
    }
    return texts.map((text) => {
      const result = byText.get(text);
      if (!result) throw new Error('A text was lost.');
      return result;
    });
  }

  return {
    space: USE_LITE_SPACE,
    embedDetailed,
    async embedAll(texts, onProgress) {
      return (await embedDetailed(texts, onProgress)).map((result) => result.vector);
    },
    async close() {
      closed = true;
      await pool.destroy();
    },
  };
}

function tasksOf(texts: readonly string[]): string[][] {
  const tasks: string[][] = [];
  let task: string[] = [];
  let characters = 0;
  for (const text of texts) {
    if (task.length === TOKENIZE_TEXTS || (task.length > 0 && characters + text.length > TOKENIZE_CHARACTERS)) {
      tasks.push(task);
      task = [];
      characters = 0;
    }
    task.push(text);
    characters += text.length;
  }
  return task.length > 0 ? [...tasks, task] : tasks;
}

/**
 * Groups chunks of exactly equal length. Padding, which other ragged batches need, moves the last bits of a vector by
 * what else is in its batch; without it each row is the same as if computed alone.
 */
function passesOf(chunks: readonly Chunk[]): Chunk[][] {
  const byLength = new Map<number, Chunk[]>();
  for (const chunk of chunks) {
    const group = byLength.get(chunk.tokens.length);
    if (group) group.push(chunk);
    else byLength.set(chunk.tokens.length, [chunk]);
  }
  return [...byLength].flatMap(([length, group]) =>
    slices(group, Math.max(1, Math.min(PASS_ROWS, Math.floor(PASS_TOKENS / length)))),
  );
}

function unitMean(vectors: readonly Float32Array[]): Float32Array {
  const [first] = vectors;
  if (!first) throw new Error('A text has no chunk.');
  if (vectors.length === 1) return first;
  const sum = new Float64Array(first.length);
  for (const vector of vectors) vector.forEach((value, i) => (sum[i] = (sum[i] ?? 0) + value));
  const norm = Math.sqrt(sum.reduce((total, value) => total + value * value, 0));
  return Float32Array.from(sum, (value) => value / norm);
}

function slices<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** Runs at most `width` of the items at a time. After a failure no further item is started. */
async function eachInParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  let failed = false;
  const lane = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failed) return;
      await work(item, index).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
}
