import type { Tradeoff } from '@signalbox/contracts';
import { highestUtility } from './choose.js';
import { constantFitter } from './constant.js';
import type { OutOfFold, RouterFitter, RouterParams } from './fitter.js';
import { averageQuality, sweepTradeoffs } from './frontier.js';
import { boundedMean, clusteredMean, studentQuantile } from './intervals.js';
import { kmeansFitter } from './kmeans.js';
import { knnFitter } from './knn.js';
import {
  availableCandidates,
  canonicalOrder,
  fullyObserved,
  isAskedCell,
  observedCandidates,
  type TrainingMatrix,
} from './matrix.js';
import { bestSingleOf, candidateMeans } from './means.js';
import type { FittedModel, RouterType } from './model.js';
import { groupedFolds } from './random.js';
import { ridgeFitter } from './ridge.js';

const FITTERS: Record<RouterType, RouterFitter> = {
  constant: constantFitter,
  kmeans: kmeansFitter,
  knn: knnFitter,
  ridge: ridgeFitter,
};
const FOLDS = 4;
/** From this many fully observed prompts on, policies are compared on them alone, without weights. */
const ENOUGH_FULL_ROWS = 100;
/** Out-of-fold gains flatter the setting they chose; a saving must keep this much more than the best single's quality. */
const GUARD = 0.003;
/** A saving must also hold quality above this loss at 97.5 % confidence out of fold: what the gate will ask for. */
const MAX_LOSS = 0.01;
/** Standard errors by which a gain must clear that loss to pass the gate four times in five: 1.96 + 0.84. */
const LIKELY_PASS = 2.8;
/** One in 700 of the routers fitted on data without a signal may pass for one with it. */
const SIGNAL_Z = 3;
const MAX_WEIGHT = 20;

export interface TrainOptions {
  types: readonly RouterType[];
  seed: number;
  /**
   * Prompts that the gate will compare on. The tradeoff is then one that so many prompts can be expected to prove; as many as were
   * compared out of fold when absent.
   */
  gatePrompts?: number;
  /** Seconds of a monotonic clock; a pure library has none of its own. Without it `fitSeconds` is null. */
  now?: () => number;
}

/** Out-of-fold figures: of prompts that the fit had not seen, inside the training part. */
export interface OutOfFoldFigures {
  /** Prompts that policies were compared on. */
  prompts: number;
  /** `fully-observed` rows alone, or `doubly-robust` terms of the logged ones; null when neither could be had. */
  method: 'fully-observed' | 'doubly-robust' | null;
  /** How many standard errors the predicted preferences between candidates agree with outcomes; under 3 is no signal. */
  signalZ: number;
  bestSingleQuality: number | null;
  /** Of the router at its tradeoff. */
  quality: number | null;
  gain: number | null;
  /** Standard error of the gain, clustered by group. */
  gainError: number | null;
  /** Share of the best single candidate's cost that is saved. */
  saved: number | null;
  aiq: number | null;
}

export interface TrainedRouter {
  type: RouterType;
  model: FittedModel;
  /** The hyper-parameters that were chosen. */
  params: RouterParams;
  outOfFold: OutOfFoldFigures;
  /** True when no gain was found out of fold, so that every decision is the best single candidate. */
  alwaysBestSingle: boolean;
  /** Search and fit together; null without a clock. */
  fitSeconds: number | null;
}

/**
 * Fits one router of each type. Hyper-parameters and tradeoff are chosen by grouped 4-fold out-of-fold prediction inside the given
 * rows: hyper-parameters by how well predicted preferences between candidates match outcomes (every observed cell counts, also a
 * single logged one), the tradeoff by the largest saving that keeps the best single candidate's quality (guard +0.3 points) and that a
 * gate on `gatePrompts` prompts would probably pass.
 *
 * A router falls back to the best single candidate for good (`params.alwaysBestSingle`) unless its preferences are signal (z >= 3)
 * and its out-of-fold gain is credibly positive, or it saves cost within the guard, or at some tradeoff its utility is credibly above that of
 * every single candidate (z >= 3).
 *
 * @returns the routers, best first: those with a proven gain, then by out-of-fold utility (mean of the quality at tradeoff 0 and the
 * area under the frontier). The first one is the default. The same rows in any order and the same seed give the same bytes.
 * @throws SignalboxError `TOO_FEW_LABELS` when no candidate was ever scored
 */
export function train(matrix: TrainingMatrix, { types, seed, gatePrompts, now }: TrainOptions): TrainedRouter[] {
  const sorted = canonicalOrder(matrix);
  const folds = groupedFolds(sorted.groups, FOLDS, seed);
  const reference = outcomeSettings(sorted);
  const trained = types.map((type) => {
    const start = now?.();
    const { router, utility } = trainOne(FITTERS[type], sorted, folds, reference, { seed, gatePrompts });
    const fitSeconds = start === undefined || now === undefined ? null : now() - start;
    return { router: { ...router, fitSeconds }, rank: utility - (router.alwaysBestSingle ? 1 : 0) };
  });
  // The sort is stable: of equals the one that was named first is the default.
  return trained.sort((a, b) => b.rank - a.rank).map(({ router }) => router);
}

interface Settings {
  bestSingle: number;
  /** Candidates that can be chosen and of which an outcome is known. */
  observed: boolean[];
  full: boolean[];
  tradeoffs: number[];
  meanCosts: Float64Array;
}

function outcomeSettings(matrix: TrainingMatrix): Settings {
  const means = candidateMeans(matrix);
  const available = availableCandidates(matrix);
  const observed = observedCandidates(matrix).map((seen, c) => seen && available[c] === true);
  return {
    bestSingle: bestSingleOf(means, available),
    observed,
    full: fullyObserved(matrix, observed),
    tradeoffs: sweepTradeoffs(means.costUsd),
    meanCosts: means.costUsd,
  };
}

function trainOne(
  fitter: RouterFitter,
  matrix: TrainingMatrix,
  folds: Int32Array,
  settings: Settings,
  { seed, gatePrompts }: Pick<TrainOptions, 'seed' | 'gatePrompts'>,
): { router: Omit<TrainedRouter, 'fitSeconds'>; utility: number } {
  const grid = fitter.grid(matrix);
  const predictions = fitter.outOfFold(matrix, folds, grid);
  let chosen = 0;
  let best = -Infinity;
  for (const [p, prediction] of predictions.entries()) {
    const { fit } = preferences(matrix, prediction);
    if (fit > best) {
      best = fit;
      chosen = p;
    }
  }
  const prediction = predictions[chosen]!;
  const params = grid[chosen] ?? {};
  const signalZ = preferences(matrix, prediction).z;
  const comparison = comparisonOf(matrix, prediction, settings);
  const sweep =
    comparison === null ? [] : settings.tradeoffs.map((usd) => pointAt(matrix, prediction, settings, comparison, usd));
  const atQuality = sweep[0];
  const scale = Math.sqrt(Math.max(comparison === null ? 1 : comparison.rows.length / (gatePrompts ?? Infinity), 1));
  const pick = signalZ >= SIGNAL_Z ? choosePoint(sweep, scale) : null;
  const model = fitter.fit(matrix, params, { seed });
  const alwaysBestSingle = pick === null;
  const tradeoff: Tradeoff = { usd: pick?.usd ?? 0, seconds: 0 };
  const known = settings.meanCosts.filter((cost) => !Number.isNaN(cost));
  const aiq = averageQuality(
    sweep.filter(({ costUsdPerCall }) => !Number.isNaN(costUsdPerCall)),
    Math.min(...known),
    Math.max(...known),
  );
  const utility = ((atQuality?.quality ?? 0) + (aiq ?? atQuality?.quality ?? 0)) / 2;
  const router = {
    type: fitter.type,
    model: { ...model, tradeoff, params: { ...model.params, ...(alwaysBestSingle && { alwaysBestSingle: 1 }) } },
    params,
    alwaysBestSingle,
    outOfFold: {
      prompts: comparison?.rows.length ?? 0,
      method: comparison?.method ?? null,
      signalZ,
      bestSingleQuality: comparison?.bestSingleQuality ?? null,
      quality: pick?.quality ?? comparison?.bestSingleQuality ?? null,
      gain: pick?.gain ?? (comparison ? 0 : null),
      gainError: pick?.gainError ?? (comparison ? 0 : null),
      saved: pick?.saved ?? (comparison ? 0 : null),
      aiq,
    },
  };
  return { router, utility };
}

/**
 * How well predicted preferences between candidates match outcomes, over every observed cell.
 *
 * On a row the prediction of each candidate is centred by its mean under the probabilities with which cells came to be observed. What
 * is hard for every candidate is then uncorrelated with it, on a full row and on a single logged cell alike, so that neither a
 * prompt's difficulty nor the log's preferences can pass for skill.
 *
 * @returns `fit`, the reduction of squared error (a proper loss), and `z`, the agreement in standard errors clustered by group
 */
function preferences(matrix: TrainingMatrix, prediction: OutOfFold): { fit: number; z: number } {
  const m = matrix.candidates.length;
  const { quality } = matrix;
  const means = candidateMeans(matrix).quality;
  const predictedMeans = new Float64Array(m);
  for (let at = 0; at < prediction.quality.length; at += 1)
    predictedMeans[at % m]! += prediction.quality[at]! / matrix.n;
  const agreement: number[] = [];
  const clusters: string[] = [];
  let fit = 0;
  for (let i = 0; i < matrix.n; i += 1) {
    const weights = observationWeights(matrix, i);
    if (!weights) continue;
    let centre = 0;
    for (let c = 0; c < m; c += 1)
      if (weights[c]! > 0) centre += weights[c]! * (prediction.quality[i * m + c]! - predictedMeans[c]!);
    let agreed = 0;
    let squared = 0;
    for (let c = 0; c < m; c += 1) {
      const outcome = quality[i * m + c]!;
      if (Number.isNaN(outcome) || !(weights[c]! > 0)) continue;
      const preference = prediction.quality[i * m + c]! - predictedMeans[c]! - centre;
      agreed += preference * (outcome - means[c]!);
      squared += preference * preference;
    }
    fit += 2 * agreed - squared;
    agreement.push(agreed);
    clusters.push(matrix.groups[i] ?? '');
  }
  if (agreement.length < 2) return { fit: 0, z: 0 };
  const { mean, standardError } = clusteredMean(agreement, clusters);
  return { fit: fit / agreement.length, z: standardError > 0 ? mean / standardError : 0 };
}

/** Probabilities by which one row's observed cells are centred: equal on cells that were asked for, the policy's on a logged one. */
function observationWeights(matrix: TrainingMatrix, i: number): Float64Array | null {
  const m = matrix.candidates.length;
  const weights = new Float64Array(m);
  let asked = 0;
  for (let c = 0; c < m; c += 1) if (isAskedCell(matrix, i * m + c)) asked += 1;
  if (asked === 1) return null;
  let total = 0;
  for (let c = 0; c < m; c += 1) {
    if (asked > 1) weights[c] = isAskedCell(matrix, i * m + c) ? 1 / asked : 0;
    else weights[c] = matrix.propensity?.[i * m + c] ?? NaN;
    total += weights[c]!;
  }
  // Without the whole vector of probabilities the centre is unknown: the row says nothing about preferences.
  return Math.abs(total - 1) < 1e-3 ? weights : null;
}

/** The rows on which policies are compared, and what each candidate's choice is worth there. */
interface Comparison {
  method: 'fully-observed' | 'doubly-robust';
  rows: number[];
  groups: string[];
  value: (i: number, c: number) => number;
  cost: (i: number, c: number) => number;
  bestSingleQuality: number;
  bestSingleCost: number;
}

function comparisonOf(matrix: TrainingMatrix, prediction: OutOfFold, settings: Settings): Comparison | null {
  const m = matrix.candidates.length;
  const full = settings.full.flatMap((is, i) => (is ? [i] : []));
  const at = (values: Float64Array) => (i: number, c: number) => values[i * m + c] ?? NaN;
  if (full.length >= ENOUGH_FULL_ROWS) {
    const costsKnown = full.every((i) =>
      settings.observed.every((seen, c) => !seen || !Number.isNaN(at(matrix.costUsd)(i, c))),
    );
    return withBestSingle(matrix, settings, {
      method: 'fully-observed',
      rows: full,
      value: at(matrix.quality),
      cost: costsKnown ? at(matrix.costUsd) : at(prediction.costUsd),
    });
  }
  const rows = Array.from({ length: matrix.n }, (_, i) => i).filter(
    (i) => settings.full[i] || observationWeights(matrix, i) !== null,
  );
  if (!matrix.propensity || rows.length < ENOUGH_FULL_ROWS) return null;
  const { propensity, quality } = matrix;
  const value = (i: number, c: number): number => {
    const expected = prediction.quality[i * m + c]!;
    const outcome = quality[i * m + c]!;
    const chance = propensity[i * m + c]!;
    if (Number.isNaN(outcome) || !(chance > 0)) return expected;
    return expected + Math.min(1 / chance, MAX_WEIGHT) * (outcome - expected);
  };
  return withBestSingle(matrix, settings, { method: 'doubly-robust', rows, value, cost: at(prediction.costUsd) });
}

function withBestSingle(
  matrix: TrainingMatrix,
  { bestSingle }: Settings,
  comparison: Pick<Comparison, 'method' | 'rows' | 'value' | 'cost'>,
): Comparison {
  const mean = (of: (i: number, c: number) => number): number =>
    comparison.rows.reduce((sum, i) => sum + of(i, bestSingle), 0) / comparison.rows.length;
  return {
    ...comparison,
    groups: comparison.rows.map((i) => matrix.groups[i] ?? ''),
    bestSingleQuality: mean(comparison.value),
    bestSingleCost: mean(comparison.cost),
  };
}

interface SweepPoint {
  usd: number;
  quality: number;
  costUsdPerCall: number;
  gain: number;
  gainError: number;
  /** Bounds of the gain at 97.5 % each, with the correction for pairs that are mostly equal. */
  lower: number;
  saved: number;
  /** Standard errors by which its utility at this tradeoff is above that of the single candidate with the highest one. */
  overSinglesZ: number;
}

function pointAt(
  matrix: TrainingMatrix,
  prediction: OutOfFold,
  { bestSingle, observed }: Settings,
  { rows, groups, value, cost, bestSingleQuality, bestSingleCost }: Comparison,
  usd: number,
): SweepPoint {
  const m = matrix.candidates.length;
  const gains = new Float64Array(rows.length);
  const advantages = new Float64Array(rows.length);
  const constant = bestConstant(matrix, { rows, value, cost }, usd, observed);
  const seconds = new Float64Array(m);
  let total = 0;
  for (const [k, i] of rows.entries()) {
    const row = {
      quality: prediction.quality.subarray(i * m, (i + 1) * m),
      costUsd: prediction.costUsd.subarray(i * m, (i + 1) * m),
      seconds,
    };
    const choice = highestUtility(row, { usd, seconds: 0 }, (c) => observed[c] === true);
    gains[k] = value(i, choice) - value(i, bestSingle);
    total += cost(i, choice);
    advantages[k] = value(i, choice) - value(i, constant) - (usd > 0 ? usd * (cost(i, choice) - cost(i, constant)) : 0);
  }
  const advantage = clusteredMean(advantages, groups);
  const bounded = boundedMean(gains, groups, [-1, 1]);
  const { mean, standardError } = clusteredMean(gains, groups);
  const costUsdPerCall = total / rows.length;
  return {
    usd,
    quality: bestSingleQuality + mean,
    costUsdPerCall,
    gain: mean,
    gainError: standardError,
    lower: bounded.mean - studentQuantile(0.975, bounded.clusters - 1) * bounded.standardError,
    saved: 1 - costUsdPerCall / bestSingleCost,
    overSinglesZ: advantage.standardError > 0 ? advantage.mean / advantage.standardError : 0,
  };
}

/** The single candidate of the highest utility on these very rows: with hindsight, so that beating it is no luck of the draw. */
function bestConstant(
  matrix: TrainingMatrix,
  { rows, value, cost }: Pick<Comparison, 'rows' | 'value' | 'cost'>,
  usd: number,
  observed: readonly boolean[],
): number {
  const utilities = matrix.candidates.map((_, c) =>
    observed[c] ? rows.reduce((sum, i) => sum + value(i, c) - (usd > 0 ? usd * cost(i, c) : 0), 0) : -Infinity,
  );
  return utilities.indexOf(Math.max(...utilities));
}

/**
 * The largest saving that keeps quality within the guard and will probably pass the gate; else the most certain saving within the guard or
 * within the gate's margin; else the best quality, when that is credibly above the best single candidate. A router that is credibly above
 * every single candidate at some tradeoff, though at none without a loss, is kept for those who ask for that tradeoff, and starts where its
 * loss is least; the gate has the last word. Else nothing.
 * @param scale standard error at the gate over that of these points
 */
function choosePoint(sweep: readonly SweepPoint[], scale: number): SweepPoint | null {
  const certainty = ({ gain, gainError }: SweepPoint): number => gain - LIKELY_PASS * scale * gainError;
  const mostCertain = (points: readonly SweepPoint[]): SweepPoint =>
    points.reduce((best, point) => (certainty(point) > certainty(best) ? point : best));
  const saving = sweep.filter(({ lower, saved }) => lower >= -MAX_LOSS && saved > 0);
  const guarded = saving.filter(({ gain }) => gain >= GUARD);
  const likely = guarded.filter((point) => certainty(point) >= -MAX_LOSS);
  if (likely.length > 0) return likely.reduce((best, point) => (point.saved > best.saved ? point : best));
  if (guarded.length > 0) return mostCertain(guarded);
  const [quality] = sweep;
  if (quality && quality.lower > 0) return quality;
  if (sweep.some(({ overSinglesZ }) => overSinglesZ >= SIGNAL_Z))
    return mostCertain(saving.length > 0 ? saving : sweep);
  return null;
}
