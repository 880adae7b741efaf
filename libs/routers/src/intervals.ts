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
