import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Rows with few entries: entry e of row r, for e from starts[r] to starts[r + 1], has value values[e] in column columns[e]. */
export interface SparseRows {
  starts: Uint32Array;
  columns: Uint32Array;
  values: Float64Array;
  width: number;
}

/** More directions than asked for, and passes over the rows, as Halko, Martinsson and Tropp recommend for slowly falling spectra. */
const OVERSAMPLING = 10;
const PASSES = 4;
/** Directions whose share of the greatest eigenvalue is below it are rounding. */
const NEGLIGIBLE = 1e-12;

/**
 * The first `rank` right singular vectors of A, as a matrix of `width` rows in row-major order; a column of zeros for each that A does
 * not have. Randomised subspace iteration (Halko, Martinsson and Tropp 2011, arXiv:0909.4061, algorithm 4.4) on the side of the
 * rows, of which a dataset has fewer, ended by Rayleigh and Ritz. The same rows and seed give the same bits.
 */
export function rightSingularVectors(a: SparseRows, rank: number, seed: number): Float64Array {
  const rows = a.starts.length - 1;
  const size = Math.min(rows, rank + OVERSAMPLING);
  const generator = xoroshiro128plus(seed);
  let basis: Float64Array = Float64Array.from({ length: rows * size }, () =>
    uniformInt(generator, 0, 1) === 0 ? -1 : 1,
  );
  for (let pass = 0; pass < PASSES; pass += 1) {
    const spread = times(a, timesTransposed(a, basis, size), size);
    basis = timesSquare(spread, whitening(gram(spread, size), size, size), size, size);
  }
  const back = timesTransposed(a, basis, size);
  return withFixedSigns(timesSquare(back, whitening(gram(back, size), size, rank), size, rank), rank);
}

/** A times a matrix of `size` columns. */
function times(a: SparseRows, matrix: Float64Array, size: number): Float64Array {
  const rows = a.starts.length - 1;
  const product = new Float64Array(rows * size);
  eachEntry(a, (row, column, value) => addScaled(product, row * size, matrix, column * size, value, size));
  return product;
}

function timesTransposed(a: SparseRows, matrix: Float64Array, size: number): Float64Array {
  const product = new Float64Array(a.width * size);
  eachEntry(a, (row, column, value) => addScaled(product, column * size, matrix, row * size, value, size));
  return product;
}

function eachEntry(a: SparseRows, visit: (row: number, column: number, value: number) => void): void {
  for (let row = 0; row + 1 < a.starts.length; row += 1) {
    for (let e = a.starts[row]!; e < a.starts[row + 1]!; e += 1) visit(row, a.columns[e]!, a.values[e]!);
  }
}

function addScaled(to: Float64Array, at: number, from: Float64Array, start: number, scale: number, size: number): void {
  for (let i = 0; i < size; i += 1) to[at + i]! += scale * from[start + i]!;
}

/** The products of its columns with each other. */
function gram(matrix: Float64Array, size: number): Matrix {
  const sums = new Float64Array(size * size);
  for (let row = 0; row < matrix.length; row += size) {
    for (let i = 0; i < size; i += 1) addScaled(sums, i * size, matrix, row, matrix[row + i]!, i + 1);
  }
  const whole = new Matrix(size, size);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      whole.set(i, j, sums[i * size + j]!);
      whole.set(j, i, sums[i * size + j]!);
    }
  }
  return whole;
}

/** Eigenvalues, greatest first, and their vectors as columns. */
function eigen(symmetric: Matrix): { values: number[]; vectors: Matrix } {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  const order = realEigenvalues
    .map((_, i) => i)
    .sort((left, right) => realEigenvalues[right]! - realEigenvalues[left]!);
  const size = order.length;
  return {
    values: order.map((i) => Math.max(0, realEigenvalues[i]!)),
    vectors: eigenvectorMatrix.subMatrixColumn(order, 0, size - 1),
  };
}

/** What a matrix of these products has to be multiplied by to get its first `columns` directions, orthonormal; those that it has not are zeros. */
function whitening(products: Matrix, size: number, columns: number): Float64Array {
  const { values, vectors } = eigen(products);
  return Float64Array.from({ length: size * columns }, (_, at) => {
    const value = values[at % columns] ?? 0;
    return value > values[0]! * NEGLIGIBLE ? vectors.get(Math.floor(at / columns), at % columns) / Math.sqrt(value) : 0;
  });
}

function timesSquare(matrix: Float64Array, square: Float64Array, size: number, columns: number): Float64Array {
  const product = new Float64Array((matrix.length / size) * columns);
  for (let row = 0; row < matrix.length / size; row += 1) {
    for (let i = 0; i < size; i += 1)
      addScaled(product, row * columns, square, i * columns, matrix[row * size + i]!, columns);
  }
  return product;
}

/** The sign of a singular vector is a matter of rounding; here its greatest coordinate is positive. */
function withFixedSigns(matrix: Float64Array, columns: number): Float64Array {
  const greatest = new Float64Array(columns);
  matrix.forEach((value, at) => {
    if (Math.abs(value) > Math.abs(greatest[at % columns]!)) greatest[at % columns] = value;
  });
  return matrix.map((value, at) => (greatest[at % columns]! < 0 ? -value : value));
}
