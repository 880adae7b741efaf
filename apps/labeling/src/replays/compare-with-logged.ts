import { weightedInterval, weightedMean } from '@signalbox/routers';
import type { ComparedCell, ComparedPrompt } from './comparison.repository.js';

/** How a policy would have done beside the answers as logged. */
export interface Comparison {
  policy: string;
  prompts: number;
  unscored: number;
  mean: number | null;
  meanCi95: [number, number] | null;
  paired: number;
  meanDifference: number | null;
  meanDifferenceCi95: [number, number] | null;
}

type Paired = ComparedCell & { score: number; loggedScore: number };
const isScored = <T extends { score: number | null }>(cell: T): cell is T & { score: number } => cell.score !== null;
const isPaired = <T extends { score: number | null; loggedScore: number | null }>(cell: T): cell is T & Paired =>
  isScored(cell) && cell.loggedScore !== null;

const weightsOf = (cells: readonly { inclusion: number }[]): number[] => cells.map(({ inclusion }) => 1 / inclusion);
const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Every prompt given to one candidate. Each prompt counts for as many as it stands for: one over its probability to be drawn. */
export function compareCandidate(policy: string, cells: readonly ComparedCell[]): Comparison {
  const scored = cells.filter(isScored);
  const paired = scored.filter(isPaired);
  return {
    ...{ policy, prompts: cells.length, unscored: cells.length - scored.length, paired: paired.length },
    ...meanOf(
      scored.map(({ score }) => score),
      weightsOf(scored),
    ),
    ...differenceOf(
      paired.map(({ score, loggedScore }) => score - loggedScore),
      weightsOf(paired),
    ),
  };
}

/**
 * Every prompt given to the challenger's choice: the difference is zero where that is who answered. Where it is not, the prompts whose two
 * answers have a score stand for those that have none as well, which a budget or a failure left out.
 */
export function compareChoices(policy: string, prompts: readonly ComparedPrompt[]): Comparison {
  const same = prompts.filter(({ differs }) => !differs);
  const different = prompts.filter(({ differs }) => differs);
  const paired = different.filter(isPaired);
  const standsFor = sumOf(weightsOf(different)) / sumOf(weightsOf(paired));
  const known = paired.length > 0 || different.length === 0;
  return {
    ...{ policy, prompts: prompts.length, unscored: different.length - paired.length, paired: paired.length },
    ...{ mean: null, meanCi95: null },
    ...differenceOf(
      known ? [...same.map(() => 0), ...paired.map(({ score, loggedScore }) => score - loggedScore)] : [],
      known ? [...weightsOf(same), ...weightsOf(paired).map((weight) => weight * standsFor)] : [],
    ),
  };
}

function meanOf(values: readonly number[], weights: readonly number[]): Pick<Comparison, 'mean' | 'meanCi95'> {
  if (values.length === 0) return { mean: null, meanCi95: null };
  return { mean: weightedMean(values, weights), meanCi95: weightedInterval(values, weights, [0, 1]) };
}

function differenceOf(
  values: readonly number[],
  weights: readonly number[],
): Pick<Comparison, 'meanDifference' | 'meanDifferenceCi95'> {
  if (values.length === 0) return { meanDifference: null, meanDifferenceCi95: null };
  return {
    meanDifference: weightedMean(values, weights),
    meanDifferenceCi95: weightedInterval(values, weights, [-1, 1]),
  };
}
