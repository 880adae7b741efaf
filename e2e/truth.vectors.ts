import { createHash } from 'node:crypto';

const DIM = 64;

/**
 * A unit-norm vector of hashed words and pairs of words. It stands in for the sentence encoder, which would take an hour for the
 * texts of twenty seeds: whether an interval covers the truth about a router does not depend on what the router reads.
 */
export function hashedVector(text: string): Float32Array {
  const words = text.toLowerCase().match(/[a-z]+|\d/g) ?? [];
  const sums = new Float64Array(DIM);
  for (const [index, word] of words.entries()) {
    for (const feature of [word, `${word} ${words[index + 1] ?? ''}`]) {
      const hash = hashOf(feature);
      sums[hash % DIM]! += hash & 0x8000_0000 ? 1 : -1;
    }
  }
  const norm = Math.hypot(...sums);
  return Float32Array.from(sums, (value) => (norm > 0 ? value / norm : DIM ** -0.5));
}

const hashes = new Map<string, number>();

function hashOf(feature: string): number {
  const known = hashes.get(feature);
  if (known !== undefined) return known;
  const hash = createHash('sha256').update(feature).digest().readUInt32BE();
  hashes.set(feature, hash);
  return hash;
}
