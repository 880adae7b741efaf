import type { Tradeoff } from '@signalbox/contracts';

export interface Tensor {
  shape: number[];
  /** Row-major. */
  data: Float32Array;
}

export type RouterType = 'constant' | 'kmeans' | 'knn' | 'ridge';

/**
 * A fitted router as plain data: what an artefact holds, and all that a decision reads.
 *
 * With m candidates and vectors of length d, the tensors are, by type:
 * - every type: `qualityMean` [m], `costMean` [m] USD a call, `secondsMean` [m]
 * - `knn`: `vectors` [n, d] unit-norm, `quality` [n, m], `qualityMask` [n, m] (1 observed, 0 missing; missing cells hold 0),
 *   `cost` [n, m], `costMask` [n, m], `seconds` [n, m], `secondsMask` [n, m]
 * - `kmeans`: `centres` [k, d] unit-norm, `quality` [k, m], `cost` [k, m], `seconds` [k, m] of the prompts nearest to each
 * - `ridge`: `centre` [d], `qualityWeights` [d, m], `qualityBias` [m], and the same for `cost` and `seconds`
 * - all but a constant: `anchors` [a, d] unit-norm points of the training vectors that tell unfamiliar prompts
 */
export interface FittedModel {
  type: RouterType;
  candidates: string[];
  /** Length of an input vector; 0 for a constant. */
  dim: number;
  /** The best single candidate on train: what a decision falls back to. */
  bestSingle: string;
  /**
   * Numbers that a prediction reads: `k` and `shrinkage` (knn), `clusters` and `shrinkage` (kmeans), `penalty` (ridge), `familiarity` (lowest cosine similarity to
   * the nearest anchor that is not unfamiliar), `alwaysBestSingle` (1 when no gain was found out of fold),
   * `unobserved:<candidate>` (1 for a candidate of which no outcome was ever seen; it is chosen only when nothing else is allowed).
   */
  params: Record<string, number>;
  tensors: Record<string, Tensor>;
  /** The tradeoff that training chose out of fold; the default of a decision. */
  tradeoff: Tradeoff;
}

/** What a model expects of each candidate for one prompt, in the order of `candidates`. */
export interface Prediction {
  /** 0..1. */
  quality: Float64Array;
  /** USD a call; NaN when no cost was ever observed. */
  costUsd: Float64Array;
  /** Seconds; NaN when no time was ever observed. */
  seconds: Float64Array;
  /** False when the prompt is unlike everything seen in training. */
  familiar: boolean;
}
