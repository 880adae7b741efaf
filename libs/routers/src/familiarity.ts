import { groupedFolds } from './random.js';
import { nearestCentre, sphericalMeans } from './spherical-means.js';

/** A decision compares its prompt with every anchor: 64 of 512 numbers are some 20 microseconds. */
const ANCHORS = 64;
/** k-means on more rows moves the anchors little and costs time. */
const SAMPLE = 2000;
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
    const anchors = sphericalMeans(vectors, dim, sampled(outside), { count: ANCHORS, seed });
    for (const i of sampled(inside)) heldOut.push(nearestCentre(vectors, i, dim, anchors).similarity);
  }
  const anchors = sphericalMeans(vectors, dim, sampled(Array.from({ length: n }, (_, i) => i)), {
    count: ANCHORS,
    seed,
  });
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
