import { studentQuantile } from './intervals.js';

/** Moments of scores, with sample variances (n - 1). */
export interface ScoreMoments {
  n: number;
  mean: number;
  variance: number;
}

export interface JudgedScores {
  /** The judge's scores of answers that no person scored. */
  judgeAlone: ScoreMoments;
  /** Of answers that both scored. */
  both: { human: ScoreMoments; judge: ScoreMoments; covariance: number };
}

export interface CorrectedMean {
  /** What people would say on average, 0..1. */
  mean: number;
  ci95: [number, number];
  /** How far the judge is relied on, 0 (people alone) to 1. */
  weight: number;
}

/** With fewer answers that people scored, the variance of the correction is itself not known. */
export const CORRECTED_FROM = 20;

/**
 * What people would say of all answers on average, of the judge's scores of all and people's of some: the judge's mean, less what it
 * is off by on those that people scored (Angelopoulos et al., "Prediction-powered inference", 2023), with the judge weighted by
 * how far it tells what people say, so that a poor judge does not widen the interval (the same, "PPI++", 2023). The answers that
 * people scored must be a random part of all.
 *
 * @returns null with fewer than {@link CORRECTED_FROM} answers that people scored, or none that only the judge did
 */
export function correctedMean({ judgeAlone, both }: JudgedScores): CorrectedMean | null {
  const { human, judge, covariance } = both;
  if (human.n < CORRECTED_FROM || judgeAlone.n < 2) return null;
  const all = human.n + judgeAlone.n;
  const spread = ((human.n - 1) * judge.variance + (judgeAlone.n - 1) * judgeAlone.variance) / (all - 2);
  const best = spread > 0 ? covariance / (spread * (1 + human.n / judgeAlone.n)) : 0;
  const weight = Math.min(Math.max(best, 0), 1);
  const mean = weight * judgeAlone.mean + human.mean - weight * judge.mean;
  const rest = human.variance - 2 * weight * covariance + weight * weight * judge.variance;
  const error = Math.sqrt((weight * weight * judgeAlone.variance) / judgeAlone.n + Math.max(rest, 0) / human.n);
  const half = studentQuantile(0.975, human.n - 1) * error;
  const bounded = (value: number) => Math.min(Math.max(value, 0), 1);
  return { mean: bounded(mean), ci95: [bounded(mean - half), bounded(mean + half)], weight };
}
