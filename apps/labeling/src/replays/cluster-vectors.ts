import { kmeans } from 'ml-kmeans';

/** More would leave a pool of some hundred prompts too few of each. */
const MOST_CLUSTERS = 10;
const LEAST_MEMBERS = 10;
const ITERATIONS = 25;

/**
 * The cluster of each vector: k-means++ (Arthur and Vassilvitskii, 2007) over unit vectors, among which the nearest is the most similar.
 * Those without a vector are one of their own.
 */
export function clusterVectors(vectors: readonly (Float32Array | null)[], seed: number): number[] {
  const known = vectors.flatMap((vector) => (vector ? [Array.from(vector)] : []));
  const count = Math.min(MOST_CLUSTERS, Math.floor(known.length / LEAST_MEMBERS));
  const found = count < 2 ? known.map(() => 0) : kmeans(known, count, { seed, maxIterations: ITERATIONS }).clusters;
  let next = 0;
  return vectors.map((vector) => (vector ? (found[next++] ?? 0) : MOST_CLUSTERS));
}
