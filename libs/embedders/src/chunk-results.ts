import type { Embedded } from './embedder.js';
import { unitMean } from './unit-vectors.js';

/** A part of a text, whose vector is still to come. */
export interface Chunk<T> {
  text: number;
  part: T;
  vector: Float32Array | null;
}

export interface ChunkedTexts<T> {
  chunks: Chunk<T>[];
  /** Tells that these chunks have their vectors. */
  embedded(chunks: readonly Chunk<T>[]): void;
  /** Once every chunk has its vector. */
  results(): Embedded[];
}

/**
 * Keeps account of the parts that texts are embedded in.
 * @param texts of each its parts, at least one, and the share of it that they hold
 * @param onText called when the last part of a text has its vector
 */
export function chunkedTexts<T>(
  texts: readonly { parts: readonly T[]; covered: number }[],
  onText: (text: number) => void,
): ChunkedTexts<T> {
  const missing = texts.map(({ parts }) => parts.length);
  const byText = texts.map(({ parts }, text) => parts.map((part): Chunk<T> => ({ text, part, vector: null })));
  return {
    chunks: byText.flat(),
    embedded(chunks) {
      for (const { text } of chunks) {
        missing[text] = (missing[text] ?? 0) - 1;
        if (missing[text] === 0) onText(text);
      }
    },
    results: () =>
      byText.map((chunks, text) => ({
        vector: unitMean(chunks.flatMap(({ vector }) => (vector ? [vector] : []))),
        chunks: chunks.length,
        covered: texts[text]?.covered ?? 1,
      })),
  };
}
