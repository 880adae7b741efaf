import type { GateCheckRecord, GateReportRecord } from '@signalbox/contracts';
import { boundedMean, normalCdf, normalQuantile, studentQuantile } from './intervals.js';

/** One-sided error that all gates of a router may spend together. */
const TOTAL_ERROR = 0.05;
/** `promptsNeeded` is what this power takes. */
const WANTED_POWER = 0.8;

/** A policy on the prompts of the gate: which candidate it chooses, and what came of it. Same prompts, same order, for all. */
export interface GatePolicy {
  /** How the report calls it, e.g. `support-bot@7` or `best single candidate`. */
  name: string;
  choices: readonly string[];
  /** 0..1, by prompt. */
  quality: ArrayLike<number>;
  /** USD a call, by prompt; NaN where unknown. */
  costUsd: ArrayLike<number>;
}

export interface GateInput {
  challenger: GatePolicy;
  champion: GatePolicy;
  bestSingle: GatePolicy;
  /** The best version of the last 90 days, where it is another than the champion: losses must not add up over many gates. */
  bestOfLast90Days?: GatePolicy;
  /** Cluster of each prompt. */
  groups: readonly string[];
  /** Gates that this router has been through before. */
  gatesBefore: number;
}

export interface GateLimits {
  /** Quality that may be lost, as a fraction: .01 is one point. */
  maxQualityLoss: number;
  /** Cost of the challenger over that of the other policy. */
  maxCostRatio: number;
  minPower: number;
  minEffectiveSampleSize: number;
}

export const DEFAULT_GATE_LIMITS: GateLimits = {
  maxQualityLoss: 0.01,
  maxCostRatio: 1,
  minPower: 0.5,
  minEffectiveSampleSize: 100,
};

/**
 * Decides whether a challenger may go live, on paired outcomes of prompts that neither policy was trained on.
 *
 * Against the champion and against the best single candidate alike it must either keep quality (lower bound of the paired difference above
 * `-maxQualityLoss`) at lower cost, or raise it (lower bound above 0) within `maxCostRatio`. Equal policies do not pass.
 *
 * Lower bounds are one-sided. The k-th gate of a router (from 0) spends 0.05 / ((k + 1)(k + 2)), which adds up to 0.05 over any number
 * of gates; the first is the lower end of a 95 % interval. Every comparison must pass, so that they need no share of their own.
 *
 * `power` is the chance that as many fresh prompts would pass the quality checks again, if the measured differences were the true ones.
 * `promptsNeeded` is how many more prompts would bring it to 80 %; null when no number would.
 */
export function gate(input: GateInput, limits: Partial<GateLimits> = {}): GateReportRecord {
  const set = { ...DEFAULT_GATE_LIMITS, ...limits };
  const error = TOTAL_ERROR / ((input.gatesBefore + 1) * (input.gatesBefore + 2));
  const versus = [input.champion, input.bestSingle].map((other) => compare(input, other, set, error));
  const groups = new Set(input.groups).size;
  const checks: GateCheckRecord[] = [
    {
      name: 'enough prompts',
      passed: groups >= set.minEffectiveSampleSize,
      measured: `${input.groups.length} prompts in ${groups} independent groups`,
      required: `at least ${set.minEffectiveSampleSize} independent groups`,
    },
    ...versus.flatMap(({ checks: own }) => own),
  ];
  if (input.bestOfLast90Days) checks.push(cumulativeCheck(input, input.bestOfLast90Days, set, error));
  const power = Math.min(...versus.map((comparison) => comparison.power));
  const needed = versus.map(({ promptsNeeded }) => promptsNeeded);
  checks.push({
    name: 'power',
    passed: power >= set.minPower,
    measured: `${percent(power)} chance to pass again on as many fresh prompts, if the measured differences are true`,
    required: `at least ${percent(set.minPower)}`,
  });
  const known = needed.flatMap((value) => (value === null ? [] : [value]));
  return {
    passed: checks.every(({ passed }) => passed),
    power,
    promptsNeeded: known.length === needed.length ? Math.max(...known) : null,
    checks,
  };
}

interface Comparison {
  checks: GateCheckRecord[];
  power: number;
  promptsNeeded: number | null;
}

function compare({ challenger, groups }: GateInput, other: GatePolicy, limits: GateLimits, error: number): Comparison {
  const n = groups.length;
  const differing = challenger.choices.filter((choice, i) => choice !== other.choices[i]).length;
  const change: GateCheckRecord = {
    name: `differs from ${other.name}`,
    passed: differing > 0,
    measured:
      differing > 0
        ? `${differing} of ${n} prompts go to another candidate`
        : `no difference: all ${n} prompts go to the same candidates`,
    required: 'at least 1 prompt',
  };
  const { mean, lower, standardError } = lowerBound(challenger, other, groups, differing, error);
  const ratio = costRatio(challenger, other);
  const keeps = lower > -limits.maxQualityLoss;
  const raises = lower > 0;
  const cheaper = ratio !== null && ratio < 1;
  const withinCost = ratio !== null && ratio <= limits.maxCostRatio;
  // Quality may be lost only for a saving: without one the challenger must be better.
  const margin = cheaper ? limits.maxQualityLoss : 0;
  const quality: GateCheckRecord = {
    name: `quality against ${other.name}`,
    passed: cheaper ? keeps : raises,
    measured: `${points(mean)} (${percent(1 - error)} sure of more than ${points(lower)})`,
    required: cheaper
      ? `sure of more than ${points(-limits.maxQualityLoss)}, since it costs less`
      : 'sure of more than 0 points, since it does not cost less',
  };
  const cost: GateCheckRecord = {
    name: `cost against ${other.name}`,
    passed: cheaper || withinCost,
    measured:
      ratio === null ? 'unknown: too few prompts have the cost of both' : `${percent(ratio)} of its cost a call`,
    required: `less than 100%, or at most ${percent(limits.maxCostRatio)} with higher quality`,
  };
  const z = normalQuantile(1 - error);
  const distance = mean + margin;
  const power = differing === 0 || !(standardError > 0) ? 0 : normalCdf(distance / standardError - z);
  const wanted = z + normalQuantile(WANTED_POWER);
  const all = distance > 0 ? Math.ceil(n * ((wanted * standardError) / distance) ** 2) : null;
  return {
    checks: [change, quality, cost],
    power,
    promptsNeeded: differing === 0 || all === null ? null : Math.max(all - n, 0),
  };
}

function cumulativeCheck(
  { challenger, groups }: GateInput,
  best: GatePolicy,
  limits: GateLimits,
  error: number,
): GateCheckRecord {
  const differing = challenger.choices.filter((choice, i) => choice !== best.choices[i]).length;
  const { mean, lower } = lowerBound(challenger, best, groups, differing, error);
  return {
    name: 'loss against the best of 90 days',
    passed: lower > -limits.maxQualityLoss,
    measured: `${points(mean)} against ${best.name} (${percent(1 - error)} sure of more than ${points(lower)})`,
    required: `sure of more than ${points(-limits.maxQualityLoss)}`,
  };
}

function lowerBound(
  challenger: GatePolicy,
  other: GatePolicy,
  groups: readonly string[],
  differing: number,
  error: number,
): { mean: number; lower: number; standardError: number } {
  if (differing === 0 || groups.length === 0) return { mean: 0, lower: 0, standardError: 0 };
  const differences = Float64Array.from(groups, (_, i) => (challenger.quality[i] ?? NaN) - (other.quality[i] ?? NaN));
  const bounded = boundedMean(differences, groups, [-1, 1]);
  const lower = bounded.mean - studentQuantile(1 - error, bounded.clusters - 1) * bounded.standardError;
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  return { mean, lower, standardError: bounded.standardError };
}

/** Over the prompts of which both costs are known; null when that is fewer than half of them. */
function costRatio(challenger: GatePolicy, other: GatePolicy): number | null {
  let ours = 0;
  let theirs = 0;
  let known = 0;
  for (let i = 0; i < challenger.costUsd.length; i += 1) {
    const a = challenger.costUsd[i] ?? NaN;
    const b = other.costUsd[i] ?? NaN;
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    ours += a;
    theirs += b;
    known += 1;
  }
  return known * 2 < challenger.costUsd.length || theirs === 0 ? null : ours / theirs;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

function points(difference: number): string {
  const value = difference * 100;
  return `${value > 0 ? '+' : ''}${value.toFixed(2)} points`;
}
