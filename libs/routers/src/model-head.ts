import { SignalboxError } from '@signalbox/contracts';
import { availableCandidates, type TrainingMatrix } from './matrix.js';
import { bestSingleOf, type CandidateMeans } from './means.js';
import type { FittedModel, RouterType, Tensor } from './model.js';

/**
 * What every type of model has: candidates, means, and the best single candidate.
 * @throws SignalboxError `TOO_FEW_LABELS` when no candidate was ever scored.
 */
export function modelHead(type: RouterType, matrix: TrainingMatrix, means: CandidateMeans): FittedModel {
  const bestSingle = matrix.candidates[bestSingleOf(means, availableCandidates(matrix))];
  if (bestSingle === undefined) {
    throw new SignalboxError(
      'TOO_FEW_LABELS',
      `None of the ${matrix.n} training prompts has a scored answer of a candidate that is available.`,
    );
  }
  return {
    type,
    candidates: [...matrix.candidates],
    dim: matrix.dim,
    bestSingle,
    params: unobservedParams(matrix.candidates, means),
    tensors: {
      qualityMean: tensor([matrix.candidates.length], means.quality),
      costMean: tensor([matrix.candidates.length], means.costUsd),
      secondsMean: tensor([matrix.candidates.length], means.seconds),
    },
    tradeoff: { usd: 0, seconds: 0 },
  };
}

export function tensor(shape: number[], data: ArrayLike<number>): Tensor {
  return { shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

/** Name of the parameter that marks a candidate of which no outcome was ever seen. */
export function unobservedParam(candidate: string): string {
  return `unobserved:${candidate}`;
}

function unobservedParams(candidates: readonly string[], means: CandidateMeans): Record<string, number> {
  return Object.fromEntries(
    candidates.flatMap((candidate, c) => (means.effectiveCount[c] === 0 ? [[unobservedParam(candidate), 1]] : [])),
  );
}
