import { availableCandidates, isAskedCell, observedCandidates, type TrainingMatrix } from './matrix.js';
import { byCodeUnit } from './order.js';

/** Weights of single logged cells are cut here: one lucky rare choice must not carry a mean. */
const MAX_WEIGHT = 20;
/** How many average observations of all candidates each mean is shrunk by. */
const PRIOR_CELLS = 4;
/** From this effective number on, cells of known propensity stand alone, without those of unknown. */
const ENOUGH_KNOWN = 30;
/** From so many asked cells of every candidate on, qualities come from asked cells alone. */
const ENOUGH_ASKED = 100;
/** A yardstick with fewer scores of a candidate does not cover it. */
const ENOUGH_SCORES = 20;
/** The order in which kinds of labels are believed. */
const KINDS = ['METRIC', 'HUMAN', 'JUDGE', 'FEEDBACK'];

export interface CandidateMeans {
  quality: Float64Array;
  costUsd: Float64Array;
  seconds: Float64Array;
  /** Effective number of observations behind each quality; 0 for a candidate that was never scored. */
  effectiveCount: Float64Array;
}

/**
 * Means of each candidate over the population of prompts.
 *
 * A serving policy that sends easy prompts to a weak candidate flatters it, so logged cells are weighted by 1 / propensity,
 * self-normalised and clipped (Swaminathan and Joachims 2015). Cells that were asked at random are a sample of their own; the two
 * are joined by their effective sizes.
 *
 * A judge and a metric score on different scales, and candidates are logged on different mixes of them. So qualities come from asked
 * cells alone, where every candidate met the same prompts, once there are 100 of every candidate; before that from the one yardstick
 * (a labeler, or all task metrics together) that covers most candidates. Quality is shrunk to the pooled mean, which a candidate without any
 * observation gets; cost and time of such a candidate are NaN, since prices differ by orders of magnitude.
 */
export function candidateMeans(matrix: TrainingMatrix): CandidateMeans {
  const m = matrix.candidates.length;
  const quality = comparableQualities(matrix);
  const raw = matrix.candidates.map((_, c) => weightedMean(matrix, quality, c));
  const total = raw.reduce((sum, { count }) => sum + count / (count + PRIOR_CELLS), 0);
  const pooled =
    total > 0
      ? raw.reduce((sum, { mean, count }) => sum + (count > 0 ? (mean * count) / (count + PRIOR_CELLS) : 0), 0) / total
      : 0.5;
  const plain = (values: Float64Array): Float64Array =>
    Float64Array.from({ length: m }, (_, c) => weightedMean(matrix, values, c).mean);
  return {
    quality: Float64Array.from(raw, ({ mean, count }) =>
      count > 0 ? (mean * count + pooled * PRIOR_CELLS) / (count + PRIOR_CELLS) : pooled,
    ),
    costUsd: plain(matrix.costUsd),
    seconds: plain(matrix.seconds),
    effectiveCount: Float64Array.from(raw, ({ count }) => count),
  };
}

/**
 * The best single candidate: the highest mean less one standard error, so that a candidate seen a few times does not win by
 * luck; the cheaper one among equals. -1 when none that is available was ever scored.
 */
export function bestSingleOf(
  { quality, costUsd, effectiveCount }: CandidateMeans,
  available: readonly boolean[],
): number {
  let best = -1;
  let bestBound = -Infinity;
  for (let c = 0; c < quality.length; c += 1) {
    const count = effectiveCount[c] ?? 0;
    if (count === 0 || available[c] !== true) continue;
    const mean = quality[c] ?? 0;
    const bound = mean - Math.sqrt(Math.max(mean * (1 - mean), 0) / (count + PRIOR_CELLS));
    const cheaper = bound === bestBound && (costUsd[c] ?? Infinity) < (costUsd[best] ?? Infinity);
    if (bound > bestBound || cheaper) {
      best = c;
      bestBound = bound;
    }
  }
  return best;
}

/** The qualities that may be compared between candidates; NaN elsewhere. */
function comparableQualities(matrix: TrainingMatrix): Float64Array {
  const m = matrix.candidates.length;
  const { quality } = matrix;
  if (!matrix.asked) return quality;
  const counts = new Int32Array(m);
  for (let at = 0; at < quality.length; at += 1) if (isAskedCell(matrix, at)) counts[at % m]! += 1;
  const available = availableCandidates(matrix);
  const enough = observedCandidates(matrix).every((seen, c) => !seen || !available[c] || counts[c]! >= ENOUGH_ASKED);
  if (enough) return quality.map((value, at) => (isAskedCell(matrix, at) ? value : NaN));
  const yardstick = widestYardstick(matrix);
  if (yardstick === null) return quality;
  return quality.map((value, at) => (matrix.yardsticks?.[Math.floor(at / m)]?.name === yardstick ? value : NaN));
}

/** The yardstick with 20 scores or more of most candidates, then the one believed first, then the one of most rows. */
function widestYardstick({ yardsticks, quality, candidates }: TrainingMatrix): string | null {
  const m = candidates.length;
  const found = new Map<string, { belief: number; rows: number; scores: Int32Array }>();
  for (const [i, { name, kind }] of (yardsticks ?? []).entries()) {
    const belief = KINDS.includes(kind ?? '') ? KINDS.indexOf(kind ?? '') : KINDS.length;
    const own = found.get(name) ?? { belief, rows: 0, scores: new Int32Array(m) };
    found.set(name, own);
    own.rows += 1;
    for (let c = 0; c < m; c += 1) if (!Number.isNaN(quality[i * m + c] ?? NaN)) own.scores[c]! += 1;
  }
  const covered = (scores: Int32Array): number => scores.filter((count) => count >= ENOUGH_SCORES).length;
  const [widest] = [...found].sort(
    ([nameA, a], [nameB, b]) =>
      covered(b.scores) - covered(a.scores) || a.belief - b.belief || b.rows - a.rows || byCodeUnit(nameA, nameB),
  );
  return widest?.[0] ?? null;
}

function weightedMean(matrix: TrainingMatrix, values: Float64Array, c: number): { mean: number; count: number } {
  const m = matrix.candidates.length;
  const asked = new Sample();
  const logged = new Sample();
  const unknown = new Sample();
  for (let i = 0; i < matrix.n; i += 1) {
    const value = values[i * m + c] ?? NaN;
    if (Number.isNaN(value)) continue;
    const propensity = matrix.propensity?.[i * m + c] ?? NaN;
    if (!matrix.asked || matrix.asked[i * m + c] === 1) asked.add(value, 1);
    else if (propensity > 0) logged.add(value, Math.min(1 / propensity, MAX_WEIGHT));
    else unknown.add(value, 1);
  }
  const known = asked.effective + logged.effective;
  const samples = known >= ENOUGH_KNOWN || unknown.effective === 0 ? [asked, logged] : [asked, logged, unknown];
  const count = samples.reduce((sum, sample) => sum + sample.effective, 0);
  if (count === 0) return { mean: NaN, count: 0 };
  return { mean: samples.reduce((sum, sample) => sum + sample.mean * sample.effective, 0) / count, count };
}

class Sample {
  private sum = 0;
  private weight = 0;
  private squares = 0;

  add(value: number, weight: number): void {
    this.sum += value * weight;
    this.weight += weight;
    this.squares += weight * weight;
  }

  get mean(): number {
    return this.weight > 0 ? this.sum / this.weight : 0;
  }

  /** Kish's effective sample size. */
  get effective(): number {
    return this.squares > 0 ? (this.weight * this.weight) / this.squares : 0;
  }
}
