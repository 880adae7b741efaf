import pMap from 'p-map';
import { chunkedTexts, type Chunk } from '../chunk-results.js';
import type { Embedded } from '../embedder.js';

/** Batches that are made ready at once; how many of them are asked at a time is the server's own limit. */
const BATCHES_AT_ONCE = 8;

export interface BatchLimits {
  texts: number;
  bytes: number;
}

/**
 * Embeds texts that are split into parts, in batches of parts of like length, as servers pad the parts of a batch to its longest.
 * @param embed the vectors of some parts, in their order, each of length 1
 */
export async function embedInBatches(
  texts: readonly { parts: readonly string[]; covered: number }[],
  limits: BatchLimits,
  embed: (parts: readonly string[]) => Promise<readonly Float32Array[]>,
  onText: (text: number) => void,
): Promise<Embedded[]> {
  const chunked = chunkedTexts(texts, onText);
  await pMap(
    batchesOf(chunked.chunks, limits),
    async (batch) => {
      const vectors = await embed(batch.map(({ part }) => part));
      batch.forEach((chunk, i) => (chunk.vector = vectors[i] ?? null));
      chunked.embedded(batch);
    },
    { concurrency: BATCHES_AT_ONCE },
  );
  return chunked.results();
}

function batchesOf(chunks: readonly Chunk<string>[], limits: BatchLimits): Chunk<string>[][] {
  const sized = chunks.map((chunk) => ({ chunk, bytes: Buffer.byteLength(chunk.part, 'utf8') }));
  const batches: Chunk<string>[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const next of sized.sort((left, right) => left.bytes - right.bytes)) {
    const last = batches.at(-1);
    if (last && last.length < limits.texts && bytes + next.bytes <= limits.bytes) {
      last.push(next.chunk);
      bytes += next.bytes;
    } else {
      batches.push([next.chunk]);
      bytes = next.bytes;
    }
  }
  return batches;
}
