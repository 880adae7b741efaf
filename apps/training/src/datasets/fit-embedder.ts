import { createHash } from 'node:crypto';
import type { DatasetPart } from '@signalbox/contracts';
import { textHash } from '@signalbox/datasets';
import { fitTfidfSvd } from '@signalbox/embedders';
import type { KnownCalls } from './assemble.js';

/** What a dataset names instead of a space until its embedder is fitted. */
export const FITTED = 'tfidf-svd';
/** Numbers per vector, where there are as many texts. */
const DIM = 256;
/** Drawn at random from more: a fit takes about 7 ms for each, and words that so many texts do not hold are rare. */
const FIT_TEXTS = 10_000;
const DRAWS = 2 ** 32;

/**
 * Fits hashed TF-IDF with SVD on the labelled prompts of the training part, and on no others: a test prompt that helped to make the
 * vectors would be half known. The same texts in any order and the same seed give the same bytes.
 *
 * @param partOfRow by call, in order; null for a call that is no row
 * @returns a file as `fitTfidfSvd` writes it
 */
export function fitEmbedder(calls: KnownCalls, partOfRow: readonly (DatasetPart | null)[], seed: number): Uint8Array {
  const rows = partOfRow.filter((part) => part === 'train').length;
  const texts = new Set<string>();
  let number = 0;
  for (const { query } of calls.each()) {
    if (partOfRow[number] === 'train' && drawOf(query, seed) < FIT_TEXTS / rows) texts.add(query);
    number += 1;
  }
  return fitTfidfSvd([...texts], { dim: Math.min(DIM, texts.size), seed });
}

/** Uniform on [0, 1), the same for equal texts. */
function drawOf(text: string, seed: number): number {
  return (
    createHash('sha256')
      .update(`${seed} ${textHash(text)}`)
      .digest()
      .readUInt32BE(0) / DRAWS
  );
}
