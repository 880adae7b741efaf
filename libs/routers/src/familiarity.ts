import { dot } from './dense.js';
import { groupedFolds, uniform } from './random.js';

/** A decision compares its prompt with every anchor: 64 of 512 numbers are some 20 microseconds. */
const ANCHORS = 64;
/** k-means on more rows moves the anchors little and costs time. */
const SAMPLE = 2000;
const ITERATIONS = 4;
/** Share of prompts like those of training that may count as unfamiliar. */
const QUANTILE = 0.01;
const FOLDS = 4;

export interface Familiarity {
  /** [count, dim], unit-norm. */
  anchors: Float32Array;
  count: number;
  /** Cosine to the nearest anchor under which a prompt is unfamiliar: the 1 % quantile of held-out training rows. */
  threshold: number;
}

/** Anchors by spherical k-means (Dhillon and Modha 2001), and the threshold from rows whose groups the anchors never saw. */
export function familiarityOf(
  vectors: Float32Array,
  n: number,
  dim: number,
  groups: readonly string[],
  seed: number,
): Familiarity {
  const folds = groupedFolds(groups, FOLDS, seed);
  const heldOut: number[] = [];
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const inside: number[] = [];
    const outside: number[] = [];
    for (let i = 0; i < n; i += 1) (folds[i] === fold ? inside : outside).push(i);
    if (inside.length === 0 || outside.length === 0) continue;
    const anchors = sphericalMeans(vectors, dim, sampled(outside), seed);
    for (const i of sampled(inside)) heldOut.push(nearest(vectors, i, dim, anchors).similarity);
  }
  const anchors = sphericalMeans(vectors, dim, sampled(Array.from({ length: n }, (_, i) => i)), seed);
  heldOut.sort((a, b) => a - b);
  return {
    anchors,
    count: anchors.length / Math.max(dim, 1),
    threshold: heldOut[Math.floor(heldOut.length * QUANTILE)] ?? -1,
  };
}

/** Every so-many-th row: the rows come in an order of their groups, so that this is a sample across them. */
function sampled(rows: readonly number[]): number[] {
  if (rows.length <= SAMPLE) return [...rows];
  return Array.from({ length: SAMPLE }, (_, k) => rows[Math.floor((k * rows.length) / SAMPLE)] ?? 0);
}

function sphericalMeans(vectors: Float32Array, dim: number, rows: readonly number[], seed: number): Float32Array {
  const count = Math.min(ANCHORS, rows.length);
  const next = uniform(seed);
  const start = [...rows];
  for (let k = 0; k < count; k += 1) {
    const other = k + Math.floor(next() * (start.length - k));
    [start[k], start[other]] = [start[other] ?? 0, start[k] ?? 0];
  }
  const anchors = new Float32Array(count * dim);
  for (let k = 0; k < count; k += 1)
    anchors.set(vectors.subarray((start[k] ?? 0) * dim, ((start[k] ?? 0) + 1) * dim), k * dim);
  for (let iteration = 0; iteration < ITERATIONS; iteration += 1) {
    const sums = new Float64Array(count * dim);
    for (const i of rows) {
      const { anchor } = nearest(vectors, i, dim, anchors);
      for (let d = 0; d < dim; d += 1) sums[anchor * dim + d]! += vectors[i * dim + d]!;
    }
    for (let k = 0; k < count; k += 1) {
      let square = 0;
      for (let d = 0; d < dim; d += 1) square += sums[k * dim + d]! ** 2;
      // An anchor that no row is nearest to stays where it is.
      if (square === 0) continue;
      const scale = 1 / Math.sqrt(square);
      for (let d = 0; d < dim; d += 1) anchors[k * dim + d] = sums[k * dim + d]! * scale;
    }
  }
  return anchors;
}

function nearest(
  vectors: Float32Array,
  row: number,
  dim: number,
  anchors: Float32Array,
): { anchor: number; similarity: number } {
  let anchor = 0;
  let similarity = -Infinity;
  for (let k = 0; k * dim < anchors.length; k += 1) {
    const value = dot(vectors, row * dim, anchors, k * dim, dim);
    if (value > similarity) {
      similarity = value;
      anchor = k;
    }
  }
  return { anchor, similarity };
}
