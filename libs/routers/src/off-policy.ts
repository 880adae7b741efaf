import { ERROR_CODES, type ProblemRecord } from '@signalbox/contracts';
import { clusteredMean, studentQuantile, wilsonInterval } from './intervals.js';
import type { TrainingMatrix } from './matrix.js';

/** Fewer effective observations than this give no interval that covers (design, rule 4). */
export const MIN_EFFECTIVE_SAMPLE_SIZE = 30;
const MAX_WEIGHT = 20;

/** What a log says about a policy that it did not follow. */
export interface OffPolicySupport {
  /** Logged rows with a known outcome and propensity. */
  rows: number;
  /** Kish's effective size of the rows on which the two policies agree. */
  effectiveSampleSize: number;
  /** Largest weight before clipping. */
  maxWeight: number;
  /** Share of rows on which the serving policy would never make the new policy's choice. */
  unsupportedShare: number;
}

export interface OffPolicyEstimate {
  value: number;
  ci95: [number, number];
}

export interface OffPolicyReport {
  support: OffPolicySupport;
  /** Self-normalised inverse propensity (Swaminathan and Joachims 2015), Wilson interval on the effective size. */
  snips: OffPolicyEstimate | null;
  /** Doubly robust (Dudik et al. 2011) with an outcome model fitted on other rows, Student interval with ESS - 1. */
  doublyRobust: OffPolicyEstimate | null;
  /** The rows used and the doubly robust term of each, for paired differences. */
  used: number[];
  terms: Float64Array;
  refused: ProblemRecord | null;
}

/** Rows of a matrix whose logged cell has an outcome and a propensity. */
export function loggedRows(matrix: TrainingMatrix): number[] {
  const m = matrix.candidates.length;
  const rows: number[] = [];
  for (let i = 0; i < matrix.n; i += 1) {
    const c = matrix.logged?.[i] ?? -1;
    if (c < 0) continue;
    const propensity = matrix.propensity?.[i * m + c] ?? NaN;
    if (propensity > 0 && !Number.isNaN(matrix.quality[i * m + c] ?? NaN)) rows.push(i);
  }
  return rows;
}

/**
 * Estimates the quality of a deterministic policy from logs of another one.
 *
 * @param choices candidate index that the policy would choose, by row of the matrix
 * @param expected n x m quality predicted by a model that has not seen these rows
 * @returns estimates, or the reason why there is none: `NO_PROPENSITIES`, or `OFF_POLICY_UNSUPPORTED` under an effective size of 30
 */
export function offPolicy(
  matrix: TrainingMatrix,
  policy: string,
  choices: ArrayLike<number>,
  expected: Float64Array,
): OffPolicyReport {
  const m = matrix.candidates.length;
  const used = loggedRows(matrix);
  const terms = new Float64Array(used.length);
  let weights = 0;
  let squares = 0;
  let weighted = 0;
  let maxWeight = 0;
  let unsupported = 0;
  for (const [k, i] of used.entries()) {
    const choice = choices[i] ?? -1;
    const logged = matrix.logged?.[i] ?? -1;
    const direct = expected[i * m + choice] ?? 0;
    terms[k] = direct;
    const possible = matrix.propensity?.[i * m + choice] ?? NaN;
    if (!(possible > 0)) unsupported += 1;
    if (choice !== logged) continue;
    const weight = Math.min(1 / possible, MAX_WEIGHT);
    const reward = matrix.quality[i * m + logged] ?? 0;
    maxWeight = Math.max(maxWeight, 1 / possible);
    weights += weight;
    squares += weight * weight;
    weighted += weight * reward;
    terms[k] = direct + weight * (reward - direct);
  }
  const effectiveSampleSize = squares > 0 ? (weights * weights) / squares : 0;
  const unsupportedShare = used.length > 0 ? unsupported / used.length : 1;
  const support = { rows: used.length, effectiveSampleSize, maxWeight, unsupportedShare };
  const nothing = { support, snips: null, doublyRobust: null, used, terms };
  if (used.length === 0) {
    return {
      ...nothing,
      refused: problem('NO_PROPENSITIES', `${policy}: no logged call of the test part has a propensity and a label.`),
    };
  }
  if (effectiveSampleSize < MIN_EFFECTIVE_SAMPLE_SIZE) {
    const size = effectiveSampleSize.toFixed(1);
    const message = `${policy}: the logs hold ${size} effective calls like it would make; an interval needs ${MIN_EFFECTIVE_SAMPLE_SIZE}.`;
    return { ...nothing, refused: problem('OFF_POLICY_UNSUPPORTED', message) };
  }
  const snips = weighted / weights;
  const groups = used.map((i) => matrix.groups[i] ?? '');
  const { mean, standardError } = clusteredMean(terms, groups);
  const half = studentQuantile(0.975, effectiveSampleSize - 1) * standardError;
  return {
    support,
    snips: { value: snips, ci95: wilsonInterval(snips, effectiveSampleSize) },
    doublyRobust: { value: mean, ci95: [mean - half, mean + half] },
    used,
    terms,
    refused: null,
  };
}

export function problem(code: ProblemRecord['code'], message: string): ProblemRecord {
  return { code, message, nextStep: ERROR_CODES[code] };
}
