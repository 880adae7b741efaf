/** The vector scaled to length 1, or null when it has none: a number that is not finite, or nothing but zeros. */
export function unitVector(vector: ArrayLike<number>): Float32Array | null {
  const values = Float64Array.from(vector);
  const norm = Math.sqrt(values.reduce((total, value) => total + value * value, 0));
  if (!Number.isFinite(norm) || norm === 0) return null;
  return Float32Array.from(values, (value) => value / norm);
}

/** The mean of unit vectors, scaled to length 1; one alone is returned as it is. */
export function unitMean(vectors: readonly Float32Array[]): Float32Array {
  const [first] = vectors;
  if (!first) throw new Error('A text has no chunk.');
  if (vectors.length === 1) return first;
  const sum = new Float64Array(first.length);
  for (const vector of vectors) vector.forEach((value, i) => (sum[i] = (sum[i] ?? 0) + value));
  const mean = unitVector(sum);
  if (!mean) throw new Error('The chunks of a text cancel each other out.');
  return mean;
}
