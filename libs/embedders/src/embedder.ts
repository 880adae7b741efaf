import { SignalboxError } from '@signalbox/contracts';
import type { EmbeddingSpace } from './embedding-space.js';
import { createOnnxEmbedder, type OnnxEmbedderOptions } from './onnx/onnx-embedder.js';
import { createOpenaiEmbedder, type OpenaiEmbedderOptions } from './openai/openai-embedder.js';
import { createTeiEmbedder, type TeiEmbedderOptions } from './tei/tei-embedder.js';
import { createTfidfSvdEmbedder, type TfidfSvdEmbedderOptions } from './tfidf-svd/tfidf-svd-embedder.js';
import { createUseLiteEmbedder } from './use-lite/use-lite-embedder.js';

/** The vector of one text and how much of the text is in it. */
export interface Embedded {
  /** `space.dim` numbers. Texts that are equal share one array: copy before changing it. */
  vector: Float32Array;
  /** Parts that the text was embedded in; above 1 the vector is the unit-length mean of the parts' vectors. */
  chunks: number;
  /** Share of the text that the vector saw, above 0; below 1 when it is longer than the provider takes. */
  covered: number;
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

export interface UseLiteEmbedderOptions {
  provider: 'use-lite';
  /** Worker threads, 1 when absent. Each takes memory for its own copy of the model; more than the cores gain nothing. */
  workers?: number | undefined;
  /** Versions of routers carry the model's files. */
  inArtefact?: boolean | undefined;
}

/** What an operator may choose for every dataset alike. */
export type ChosenEmbedder = UseLiteEmbedderOptions | OpenaiEmbedderOptions | TeiEmbedderOptions | OnnxEmbedderOptions;

export type EmbedderOptions = ChosenEmbedder | TfidfSvdEmbedderOptions;

/**
 * An embedder whose workers start with the first text and end when idle or closed. A server is asked at once for what its space is.
 * @throws SignalboxError INVALID_INPUT for a provider or a number of workers that there is not, or what the provider finds wrong.
 */
export async function createEmbedder(options: EmbedderOptions): Promise<Embedder> {
  switch (options.provider) {
    case 'use-lite':
      return createUseLiteEmbedder(workersOf(options));
    case 'openai':
      return createOpenaiEmbedder(options);
    case 'tei':
      return createTeiEmbedder(options);
    case 'onnx':
      return createOnnxEmbedder(options, workersOf(options));
    case 'tfidf-svd':
      return createTfidfSvdEmbedder(options, workersOf(options));
  }
}

function workersOf({ workers = 1 }: { workers?: number | undefined }): number {
  if (!Number.isInteger(workers) || workers < 1 || workers > 64) {
    throw new SignalboxError('INVALID_INPUT', `workers must be an integer from 1 to 64, not ${workers}.`);
  }
  return workers;
}
