import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Dot product of `a[at..at+length]` and `b[bt..bt+length]`. Four sums at once: one chain of additions would wait on itself. */
export function dot(a: Float32Array, at: number, b: Float32Array, bt: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < length; k += 4) {
    s0 += a[at + k]! * b[bt + k]!;
    s1 += a[at + k + 1]! * b[bt + k + 1]!;
    s2 += a[at + k + 2]! * b[bt + k + 2]!;
    s3 += a[at + k + 3]! * b[bt + k + 3]!;
  }
  for (; k < length; k += 1) s0 += a[at + k]! * b[bt + k]!;
  return s0 + s1 + (s2 + s3);
}

/**
 * Products of `rows` rows of `a` from row `first` with all n rows of `b`, into `out` [rows, n]. Four rows by four columns stay in
 * registers, which is about three times as fast as one dot product after another.
 */
export function products(
  a: Float32Array,
  first: number,
  rows: number,
  b: Float32Array,
  n: number,
  dim: number,
  out: Float32Array,
): void {
  let i = 0;
  for (; i + 3 < rows; i += 4) {
    const a0 = (first + i) * dim;
    const a1 = a0 + dim;
    const a2 = a1 + dim;
    const a3 = a2 + dim;
    let j = 0;
    for (; j + 1 < n; j += 2) {
      const b0 = j * dim;
      const b1 = b0 + dim;
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      let s20 = 0;
      let s21 = 0;
      let s30 = 0;
      let s31 = 0;
      for (let k = 0; k < dim; k += 1) {
        const x = b[b0 + k]!;
        const y = b[b1 + k]!;
        const r0 = a[a0 + k]!;
        const r1 = a[a1 + k]!;
        const r2 = a[a2 + k]!;
        const r3 = a[a3 + k]!;
        s00 += r0 * x;
        s01 += r0 * y;
        s10 += r1 * x;
        s11 += r1 * y;
        s20 += r2 * x;
        s21 += r2 * y;
        s30 += r3 * x;
        s31 += r3 * y;
      }
      out[i * n + j] = s00;
      out[i * n + j + 1] = s01;
      out[(i + 1) * n + j] = s10;
      out[(i + 1) * n + j + 1] = s11;
      out[(i + 2) * n + j] = s20;
      out[(i + 2) * n + j + 1] = s21;
      out[(i + 3) * n + j] = s30;
      out[(i + 3) * n + j + 1] = s31;
    }
    for (; j < n; j += 1) {
      for (let r = 0; r < 4; r += 1) out[(i + r) * n + j] = dot(a, a0 + r * dim, b, j * dim, dim);
    }
  }
  for (; i < rows; i += 1) {
    for (let j = 0; j < n; j += 1) out[i * n + j] = dot(a, (first + i) * dim, b, j * dim, dim);
  }
}

/** Mean of the rows of a [n, dim]. */
export function meanRow(a: Float32Array, n: number, dim: number): Float64Array {
  const mean = new Float64Array(dim);
  for (let i = 0; i < n; i += 1) for (let k = 0; k < dim; k += 1) mean[k]! += a[i * dim + k]!;
  for (let k = 0; k < dim; k += 1) mean[k]! /= Math.max(n, 1);
  return mean;
}

/**
 * The `rank` principal directions of the centred rows, as [dim, rank], columns by falling variance; the identity when `rank`
 * covers the whole space.
 */
export function principalDirections(
  a: Float32Array,
  n: number,
  dim: number,
  centre: Float64Array,
  rank: number,
): Float64Array {
  const directions = new Float64Array(dim * rank);
  if (rank >= dim) {
    for (let k = 0; k < dim; k += 1) directions[k * rank + k] = 1;
    return directions;
  }
  const covariance = new Float64Array(dim * dim);
  const row = new Float64Array(dim);
  for (let i = 0; i < n; i += 1) {
    for (let k = 0; k < dim; k += 1) row[k] = a[i * dim + k]! - centre[k]!;
    addOuter(covariance, row, dim);
  }
  mirror(covariance, dim);
  const decomposition = new EigenvalueDecomposition(Matrix.from1DArray(dim, dim, covariance), {
    assumeSymmetric: true,
  });
  const vectors = decomposition.eigenvectorMatrix;
  // Eigenvalues come in rising order.
  for (let k = 0; k < dim; k += 1)
    for (let r = 0; r < rank; r += 1) directions[k * rank + r] = vectors.get(k, dim - 1 - r);
  return directions;
}

/** Adds z z' to the lower triangle of a [d, d]. */
export function addOuter(into: Float64Array, z: Float64Array, d: number): void {
  for (let r = 0; r < d; r += 1) {
    const value = z[r]!;
    if (value === 0) continue;
    const at = r * d;
    for (let c = 0; c <= r; c += 1) into[at + c]! += value * z[c]!;
  }
}

/** Copies the lower triangle to the upper one. */
export function mirror(a: Float64Array, d: number): void {
  for (let r = 0; r < d; r += 1) for (let c = 0; c < r; c += 1) a[c * d + r] = a[r * d + c]!;
}

/** Lower Cholesky factor of a symmetric positive definite matrix [d, d], of which the lower triangle is read. */
export function cholesky(a: Float64Array, d: number): Float64Array {
  const factor = new Float64Array(d * d);
  for (let r = 0; r < d; r += 1) {
    for (let c = 0; c <= r; c += 1) {
      let sum = a[r * d + c]!;
      for (let k = 0; k < c; k += 1) sum -= factor[r * d + k]! * factor[c * d + k]!;
      factor[r * d + c] = r === c ? Math.sqrt(sum) : sum / factor[c * d + c]!;
    }
  }
  return factor;
}

/** Solves L L' x = b. */
export function solveCholesky(factor: Float64Array, b: Float64Array, d: number): Float64Array {
  const x = Float64Array.from(b);
  for (let r = 0; r < d; r += 1) {
    let sum = x[r]!;
    for (let k = 0; k < r; k += 1) sum -= factor[r * d + k]! * x[k]!;
    x[r] = sum / factor[r * d + r]!;
  }
  for (let r = d - 1; r >= 0; r -= 1) {
    const value = x[r]! / factor[r * d + r]!;
    x[r] = value;
    for (let k = 0; k < r; k += 1) x[k]! -= factor[r * d + k]! * value;
  }
  return x;
}

/** (L L')^-1 in full. */
export function invertCholesky(factor: Float64Array, d: number): Float64Array {
  const inverse = new Float64Array(d * d);
  // Rows of L^-1, then its Gram matrix: both walk memory in rows.
  const lower = new Float64Array(d * d);
  for (let c = 0; c < d; c += 1) {
    lower[c * d + c] = 1 / factor[c * d + c]!;
    for (let r = c + 1; r < d; r += 1) {
      let sum = 0;
      for (let k = c; k < r; k += 1) sum -= factor[r * d + k]! * lower[k * d + c]!;
      lower[r * d + c] = sum / factor[r * d + r]!;
    }
  }
  for (let k = 0; k < d; k += 1) {
    for (let r = 0; r <= k; r += 1) {
      const value = lower[k * d + r]!;
      for (let c = 0; c <= r; c += 1) inverse[r * d + c]! += value * lower[k * d + c]!;
    }
  }
  mirror(inverse, d);
  return inverse;
}
