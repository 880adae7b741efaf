import type { TrainingMatrix } from './matrix.js';
import type { FittedModel, RouterType } from './model.js';

export type RouterParams = Record<string, number>;

/** What a router predicted for each row by a fit that never saw the row's fold. n x m, row-major. */
export interface OutOfFold {
  quality: Float64Array;
  costUsd: Float64Array;
}

/**
 * A way to learn a router. All routers learn the whole vector of rewards with missing cells masked; none learns "the model that
 * answered" (Li 2025, arXiv 2505.12601, for kNN; the log's choice is not a label).
 */
export interface RouterFitter {
  type: RouterType;
  /** Hyper-parameters worth trying on a matrix of this size. Never empty. */
  grid(matrix: TrainingMatrix): RouterParams[];
  /** Fits on every row. The same rows in any order and the same seed give the same bytes. */
  fit(matrix: TrainingMatrix, params: RouterParams, options: { seed: number }): FittedModel;
  /**
   * Predicts each row from the other folds, for each of `params`; the work that they share is done once.
   * @param folds the fold of each row, from 0
   */
  outOfFold(matrix: TrainingMatrix, folds: Int32Array, params: readonly RouterParams[]): OutOfFold[];
}

/** Indices of the rows outside and inside one fold. */
export function splitFold(folds: Int32Array, fold: number): { inside: number[]; outside: number[] } {
  const inside: number[] = [];
  const outside: number[] = [];
  for (const [i, of] of folds.entries()) (of === fold ? inside : outside).push(i);
  return { inside, outside };
}

export function foldCount(folds: Int32Array): number {
  return folds.reduce((most, fold) => Math.max(most, fold + 1), 0);
}
