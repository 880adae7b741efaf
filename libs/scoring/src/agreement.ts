import { whyItObeys, type CanaryFigures } from './canaries.js';
import { modelFamily } from './model-family.js';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** One answer that a judge and a person scored, both 0..1. */
export interface RatedPair {
  judge: number;
  human: number;
  /** Length of the answer in characters, where known. */
  answerLength?: number | null;
  /** Name of the model that answered, where known. */
  model?: string | null;
}

/** How far a judge agrees with people on the answers of one family of models. */
export interface FamilyAgreement {
  family: string;
  pairs: number;
  kappa: number | null;
  kappaCi95: [number, number] | null;
}

/** How far a judge agrees with people. Fields are those of the GraphQL type `JudgeCalibration`. */
export interface Calibration {
  pairs: number;
  kappa: number | null;
  kappaCi95: [number, number] | null;
  spearman: number | null;
  spearmanCi95: [number, number] | null;
  /** By how much the judge scores above people for each doubling of the answer's length. */
  lengthSlope: number | null;
  /** By the family of the model that answered, the one with the most pairs first. */
  families: FamilyAgreement[];
  /** Null until the canaries were asked. */
  canaries: CanaryFigures | null;
  passesGate: boolean;
  /** Why the judge passes or not, for a person. */
  reason: string;
}

/** Fewer pairs leave an interval too wide to tell a fair judge from a poor one. */
export const CALIBRATION_PAIRS = 100;
/** What the lower bound of kappa must reach before a judge's labels train a router. */
export const KAPPA_FLOOR = 0.4;
const RESAMPLES = 2000;

/**
 * Cohen's kappa with quadratic weights (Cohen, "Weighted kappa", 1968): one less the mean squared disagreement over that expected
 * of two independent raters with the same marginals. Levels at equal steps need no categories: the formula is then the concordance
 * coefficient (Fleiss and Cohen, 1973; Lin, 1989). With two levels it is the plain kappa.
 *
 * @returns null when both raters always give one and the same score: chance then explains all
 */
export function weightedKappa(pairs: readonly RatedPair[]): number | null {
  const judge = momentsOf(pairs.map((pair) => pair.judge));
  const human = momentsOf(pairs.map((pair) => pair.human));
  const expected = judge.variance + human.variance + (judge.mean - human.mean) ** 2;
  if (pairs.length === 0 || expected <= Number.EPSILON) return null;
  const observed = pairs.reduce((sum, pair) => sum + (pair.judge - pair.human) ** 2, 0) / pairs.length;
  return 1 - observed / expected;
}

/**
 * A 95 % interval of {@link weightedKappa}: percentiles of 2,000 resamples of the pairs (Efron, "Bootstrap methods: another look
 * at the jackknife", 1979). The same pairs and seed give the same interval.
 *
 * @returns null when kappa is not defined, or not in more than one of twenty resamples
 */
export function kappaInterval(pairs: readonly RatedPair[], options: { seed: number }): [number, number] | null {
  return bootstrapInterval(pairs, weightedKappa, options);
}

/** A 95 % interval of {@link spearman}, of the same resamples as {@link kappaInterval}, and null when that would be. */
export function spearmanInterval(pairs: readonly RatedPair[], options: { seed: number }): [number, number] | null {
  return bootstrapInterval(pairs, spearman, options);
}

function bootstrapInterval(
  pairs: readonly RatedPair[],
  statistic: (pairs: readonly RatedPair[]) => number | null,
  { seed }: { seed: number },
): [number, number] | null {
  if (pairs.length === 0) return null;
  const random = xoroshiro128plus(seed);
  const values: number[] = [];
  for (let resample = 0; resample < RESAMPLES; resample++) {
    const drawn = pairs.flatMap(() => pairs[uniformInt(random, 0, pairs.length - 1)] ?? []);
    const value = statistic(drawn);
    if (value !== null) values.push(value);
  }
  if (values.length < 0.95 * RESAMPLES) return null;
  values.sort((left, right) => left - right);
  const lower = values[Math.floor(0.025 * (values.length - 1))];
  const upper = values[Math.ceil(0.975 * (values.length - 1))];
  return lower === undefined || upper === undefined ? null : [lower, upper];
}

/** Spearman's rank correlation of judge and human, ties sharing their mean rank; null when either never varies. */
export function spearman(pairs: readonly RatedPair[]): number | null {
  const judge = ranksOf(pairs.map((pair) => pair.judge));
  const human = ranksOf(pairs.map((pair) => pair.human));
  const scale = Math.sqrt(momentsOf(judge).variance * momentsOf(human).variance);
  return scale > 0 ? covariance(judge, human) / scale : null;
}

/**
 * Least-squares slope of (judge - human) on the binary logarithm of the answer's length: above 0, the judge pays for length what
 * people do not. Null when the lengths are not known or do not vary.
 */
export function lengthSlope(pairs: readonly RatedPair[]): number | null {
  const measured = pairs.flatMap(({ judge, human, answerLength }) =>
    answerLength === null || answerLength === undefined
      ? []
      : [{ excess: judge - human, doublings: Math.log2(answerLength + 1) }],
  );
  const doublings = measured.map((pair) => pair.doublings);
  const { variance } = momentsOf(doublings);
  if (!(variance > Number.EPSILON)) return null;
  return (
    covariance(
      doublings,
      measured.map((pair) => pair.excess),
    ) / variance
  );
}

/** {@link weightedKappa} by the family of the model that answered, the one with the most pairs first. */
export function agreementByFamily(pairs: readonly RatedPair[], options: { seed: number }): FamilyAgreement[] {
  const byFamily = Map.groupBy(pairs, ({ model }) => modelFamily(model ?? ''));
  return [...byFamily]
    .map(([family, ofFamily]) => ({
      ...{ family, pairs: ofFamily.length, kappa: weightedKappa(ofFamily) },
      kappaCi95: kappaInterval(ofFamily, options),
    }))
    .sort((left, right) => right.pairs - left.pairs || (left.family < right.family ? -1 : 1));
}

/**
 * Measures a judge against people and says whether its labels may train a router: see {@link KAPPA_FLOOR}.
 * @param canaries null while they have not been asked, so that nothing is known of what the judge obeys
 */
export function calibrationOf(
  pairs: readonly RatedPair[],
  canaries: CanaryFigures | null,
  options: { seed: number },
): Calibration {
  const kappaCi95 = kappaInterval(pairs, options);
  const { passesGate, reason } = gate(pairs.length, kappaCi95, canaries);
  return {
    pairs: pairs.length,
    kappa: weightedKappa(pairs),
    kappaCi95,
    spearman: spearman(pairs),
    spearmanCi95: spearmanInterval(pairs, options),
    lengthSlope: lengthSlope(pairs),
    families: agreementByFamily(pairs, options),
    canaries,
    passesGate,
    reason,
  };
}

function gate(
  pairs: number,
  interval: [number, number] | null,
  canaries: CanaryFigures | null,
): { passesGate: boolean; reason: string } {
  const obeys = canaries && whyItObeys(canaries);
  if (obeys) return { passesGate: false, reason: obeys };
  if (pairs < CALIBRATION_PAIRS) {
    const missing = CALIBRATION_PAIRS - pairs;
    const reason = `${pairs} answers have both a human label and a verdict; ${missing} more are needed.`;
    return { passesGate: false, reason };
  }
  if (interval === null) {
    return {
      passesGate: false,
      reason: 'Agreement is not defined: the scores do not vary. Label answers of mixed quality.',
    };
  }
  const lower = interval[0].toFixed(2);
  const agrees = interval[0] >= KAPPA_FLOOR;
  const verdict = agrees ? 'reaches' : 'is below';
  const reason = `The lower bound of kappa, ${lower}, ${verdict} ${KAPPA_FLOOR} on ${pairs} answers.`;
  if (agrees && canaries === null)
    return { passesGate: false, reason: `${reason} It has not answered its canaries yet: label once more with it.` };
  return { passesGate: agrees, reason };
}

function momentsOf(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}

function covariance(left: readonly number[], right: readonly number[]): number {
  const leftMean = momentsOf(left).mean;
  const rightMean = momentsOf(right).mean;
  return (
    left.reduce((sum, value, index) => sum + (value - leftMean) * ((right[index] ?? 0) - rightMean), 0) / left.length
  );
}

/** Scores have few levels, so that counting them is faster than sorting, of which resamples need thousands. */
function ranksOf(values: readonly number[]): number[] {
  const ties = new Map<number, number>();
  for (const value of values) ties.set(value, (ties.get(value) ?? 0) + 1);
  const ranks = new Map<number, number>();
  let below = 0;
  for (const [value, count] of [...ties].sort(([left], [right]) => left - right)) {
    ranks.set(value, below + (count - 1) / 2);
    below += count;
  }
  return values.map((value) => ranks.get(value) ?? 0);
}
