/// <reference types="./jstat.d.ts" />
import jStat from 'jstat';

export interface MeanEstimate {
  mean: number;
  /** Standard error, robust to dependence within a cluster. */
  standardError: number;
  clusters: number;
}

/** Mean with a standard error that treats a cluster (near-duplicates, a conversation) as one draw. Values may not be NaN. */
export function clusteredMean(values: ArrayLike<number>, clusters: readonly string[]): MeanEstimate {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i += 1) sum += values[i] ?? 0;
  const mean = sum / n;
  const residuals = new Map<string, number>();
  for (let i = 0; i < n; i += 1) {
    const cluster = clusters[i] ?? '';
    residuals.set(cluster, (residuals.get(cluster) ?? 0) + (values[i] ?? 0) - mean);
  }
  let squares = 0;
  for (const residual of residuals.values()) squares += residual * residual;
  const count = residuals.size;
  const standardError = count > 1 ? Math.sqrt((count / (count - 1)) * squares) / n : NaN;
  return { mean, standardError, clusters: count };
}

/**
 * Interval of a clustered mean of values in [low, high]: Student's t with one degree of freedom less than there are clusters, after
 * one pseudo-cluster at each end (Agresti and Coull 1998 for a share, Bonett and Price 2012 for a difference of paired shares).
 * Without them an interval over mostly equal pairs, which is what routers give, covers 74-91 % where it claims 95 %.
 *
 * @param error probability outside, both sides together
 * @returns null with fewer than two clusters
 */
export function boundedInterval(
  values: ArrayLike<number>,
  clusters: readonly string[],
  [low, high]: readonly [number, number],
  error = 0.05,
): [number, number] | null {
  const estimate = boundedMean(values, clusters, [low, high]);
  if (estimate.clusters < 4) return null;
  const half = studentQuantile(1 - error / 2, estimate.clusters - 1) * estimate.standardError;
  return [Math.max(estimate.mean - half, low), Math.min(estimate.mean + half, high)];
}

/** The mean that {@link boundedInterval} is drawn around; its clusters include the two that were added. */
export function boundedMean(
  values: ArrayLike<number>,
  clusters: readonly string[],
  [low, high]: readonly [number, number],
): MeanEstimate {
  return clusteredMean([...Array.from(values), low, high], [...clusters, '\u0000low', '\u0000high']);
}

/**
 * {@link boundedInterval} of a weighted mean, of independent values that were drawn with unequal probabilities: the weights are one over
 * these (Hájek's mean, with its linearised error; the degrees of freedom are Kish's effective size, less one).
 *
 * @param weights above 0, in any unit
 * @returns null with fewer than two values
 */
export function weightedInterval(
  values: readonly number[],
  weights: readonly number[],
  [low, high]: readonly [number, number],
  error = 0.05,
): [number, number] | null {
  if (values.length < 2) return null;
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  const all = [...values, low, high];
  const scaled = [...weights.map((weight) => weight / mean), 1, 1];
  const centre = weightedMean(all, scaled);
  const squares = all.reduce((sum, value, i) => sum + ((scaled[i] ?? 0) * (value - centre)) ** 2, 0);
  const standardError = Math.sqrt((all.length / (all.length - 1)) * squares) / all.length;
  const half = studentQuantile(1 - error / 2, effectiveSize(scaled) - 1) * standardError;
  return [Math.max(centre - half, low), Math.min(centre + half, high)];
}

export function weightedMean(values: readonly number[], weights: readonly number[]): number {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return values.reduce((total, value, i) => total + (weights[i] ?? 0) * value, 0) / sum;
}

/** How many values of equal weight tell as much (Kish, "Survey Sampling", 1965). */
export function effectiveSize(weights: readonly number[]): number {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return sum ** 2 / weights.reduce((total, weight) => total + weight ** 2, 0);
}

/**
 * Half of the width that {@link boundedInterval} will have over `n` independent values, before one of them is known.
 * @param variance to expect of a value, 0..1
 */
export function expectedHalfWidth(n: number, variance: number, [low, high]: readonly [number, number]): number {
  const added = ((high - low) / 2) ** 2;
  const standardError = Math.sqrt((n * variance + 2 * added) / ((n + 1) * (n + 2)));
  return Math.min((high - low) / 2, studentQuantile(0.975, n + 1) * standardError);
}

/**
 * Interval of a mean paired difference. Where the two policies choose the same on every prompt the difference is exactly zero.
 * @param differ whether the two policies chose differently, by prompt
 */
export function pairedInterval(
  differences: ArrayLike<number>,
  clusters: readonly string[],
  differ: readonly boolean[],
  error = 0.05,
): [number, number] | null {
  if (!differ.includes(true)) return [0, 0];
  return boundedInterval(differences, clusters, [-1, 1], error);
}

/** Wilson's interval for a mean in [0, 1] at an effective sample size. */
export function wilsonInterval(mean: number, effectiveSize: number, error = 0.05): [number, number] {
  const z = normalQuantile(1 - error / 2);
  const share = Math.min(Math.max(mean, 0), 1);
  const scale = 1 + (z * z) / effectiveSize;
  const centre = (share + (z * z) / (2 * effectiveSize)) / scale;
  const half =
    (z / scale) * Math.sqrt((share * (1 - share)) / effectiveSize + (z * z) / (4 * effectiveSize * effectiveSize));
  return [Math.max(centre - half, 0), Math.min(centre + half, 1)];
}

export function studentQuantile(probability: number, degreesOfFreedom: number): number {
  return jStat.studentt.inv(probability, degreesOfFreedom);
}

export function normalQuantile(probability: number): number {
  return jStat.normal.inv(probability, 0, 1);
}

export function normalCdf(value: number): number {
  return jStat.normal.cdf(value, 0, 1);
}
