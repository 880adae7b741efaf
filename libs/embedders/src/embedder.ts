import { SignalboxError } from '@signalbox/contracts';
import type { EmbeddingSpace } from './embedding-space.js';
import { createUseLiteEmbedder } from './use-lite/use-lite-embedder.js';

/** The vector of one text and how much of the text is in it. */
export interface Embedded {
  /** `space.dim` numbers. Texts that are equal share one array: copy before changing it. */
  vector: Float32Array;
  /** Parts that the text was embedded in; above 1 the vector is the unit-length mean of the parts' vectors. */
  chunks: number;
  /** Length of the text in the model's tokens. */
  tokens: number;
  /** Tokens that the vector saw; fewer than `tokens` when the text is longer than the provider takes. */
  tokensUsed: number;
}

/** Called whenever texts are done, with how many of those given; never falling, and `done === total` at the end. */
export type EmbedProgress = (done: number, total: number) => void;

/**
 * Text to vectors. For one space a text has one vector, to the last bit: whatever else is in the call, in whichever
 * order, and however many workers there are.
 */
export interface Embedder {
  readonly space: EmbeddingSpace;
  /**
   * Vectors in the order of the texts.
   * @throws SignalboxError INVALID_INPUT when a text holds nothing but white space; nothing is embedded then.
   */
  embedAll(texts: readonly string[], onProgress?: EmbedProgress): Promise<Float32Array[]>;
  /** As {@link embedAll}, with the length of each text and the part of it that the vector covers. */
  embedDetailed(texts: readonly string[], onProgress?: EmbedProgress): Promise<Embedded[]>;
  /** Ends the worker threads. Calls under way are rejected; later calls too. */
  close(): Promise<void>;
}

export interface EmbedderOptions {
  provider: 'use-lite';
  /** Worker threads, 1 when absent. Each takes memory for its own copy of the model; more than the cores gain nothing. */
  workers?: number;
}

/**
 * An embedder whose workers start with the first text and end when idle or closed.
 * @throws SignalboxError INVALID_INPUT for a provider or a number of workers that there is not.
 */
export async function createEmbedder(options: EmbedderOptions): Promise<Embedder> {
  const workers = options.workers ?? 1;
  if (!Number.isInteger(workers) || workers < 1 || workers > 64) {
    throw new SignalboxError('INVALID_INPUT', `workers must be an integer from 1 to 64, not ${workers}.`);
  }
  switch (options.provider) {
    case 'use-lite':
      return createUseLiteEmbedder(workers);
    default:
      throw new SignalboxError(
        'INVALID_INPUT',
        `There is no embedding provider ${String(options.provider)}; there is use-lite.`,
      );
  }
}
