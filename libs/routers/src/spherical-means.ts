import { dot } from './dense.js';
import { uniform } from './random.js';

/** Centres move little after the first passes. */
const ITERATIONS = 4;

/**
 * Centres of unit-norm rows by spherical k-means (Dhillon and Modha 2001), started at rows that are drawn at random. One that no row is
 * nearest to stays where it is.
 *
 * @param vectors [n, dim] unit-norm
 * @param rows indices of those that count
 * @returns [min(count, rows), dim] unit-norm
 */
export function sphericalMeans(
  vectors: Float32Array,
  dim: number,
  rows: readonly number[],
  { count: most, seed }: { count: number; seed: number },
): Float32Array {
  const count = Math.min(most, rows.length);
  const next = uniform(seed);
  const start = [...rows];
  for (let k = 0; k < count; k += 1) {
    const other = k + Math.floor(next() * (start.length - k));
    [start[k], start[other]] = [start[other] ?? 0, start[k] ?? 0];
  }
  const centres = new Float32Array(count * dim);
  for (let k = 0; k < count; k += 1)
    centres.set(vectors.subarray((start[k] ?? 0) * dim, ((start[k] ?? 0) + 1) * dim), k * dim);
  for (let iteration = 0; iteration < ITERATIONS; iteration += 1) {
    const sums = new Float64Array(count * dim);
    for (const i of rows) {
      const { centre } = nearestCentre(vectors, i, dim, centres);
      for (let d = 0; d < dim; d += 1) sums[centre * dim + d]! += vectors[i * dim + d]!;
    }
    for (let k = 0; k < count; k += 1) {
      let square = 0;
      for (let d = 0; d < dim; d += 1) square += sums[k * dim + d]! ** 2;
      if (square === 0) continue;
      const scale = 1 / Math.sqrt(square);
      for (let d = 0; d < dim; d += 1) centres[k * dim + d] = sums[k * dim + d]! * scale;
    }
  }
  return centres;
}

/** The first of those of the highest cosine. */
export function nearestCentre(
  vectors: Float32Array,
  row: number,
  dim: number,
  centres: Float32Array,
): { centre: number; similarity: number } {
  let centre = 0;
  let similarity = -Infinity;
  for (let k = 0; k * dim < centres.length; k += 1) {
    const value = dot(vectors, row * dim, centres, k * dim, dim);
    if (value > similarity) {
      similarity = value;
      centre = k;
    }
  }
  return { centre, similarity };
}
