import type { TrainingMatrix } from './matrix.js';

/** Weights of single logged cells are cut here: one lucky rare choice must not carry a mean. */
const MAX_WEIGHT = 20;
/** How many average observations of all candidates each mean is shrunk by. */
const PRIOR_CELLS = 4;
/** From this effective number on, cells of known propensity stand alone, without those of unknown. */
const ENOUGH_KNOWN = 30;

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
 * self-normalised and clipped (Swaminathan and Joachims 2015). Cells that were asked for (propensity 1) are a sample of their
 * own; the two are joined by their effective sizes. Quality is shrunk to the pooled mean, which a candidate without any
 * observation gets; cost and time of such a candidate are NaN, since prices differ by orders of magnitude.
 */
export function candidateMeans(matrix: TrainingMatrix): CandidateMeans {
  const m = matrix.candidates.length;
  const raw = matrix.candidates.map((_, c) => weightedMean(matrix, matrix.quality, c));
  const total = raw.reduce((sum, { count }) => sum + count / (count + PRIOR_CELLS), 0);
  const pooled =
    total > 0
      ? raw.reduce((sum, { mean, count }) => sum + (count > 0 ? (mean * count) / (count + PRIOR_CELLS) : 0), 0) / total
      : 0.5;
  const quality = Float64Array.from(raw, ({ mean, count }) =>
    count > 0 ? (mean * count + pooled * PRIOR_CELLS) / (count + PRIOR_CELLS) : pooled,
  );
  const plain = (values: Float64Array): Float64Array =>
    Float64Array.from({ length: m }, (_, c) => weightedMean(matrix, values, c).mean);
  return {
    quality,
    costUsd: plain(matrix.costUsd),
    seconds: plain(matrix.seconds),
    effectiveCount: Float64Array.from(raw, ({ count }) => count),
  };
}

/**
 * The best single candidate: the highest mean less one standard error, so that a candidate seen a few times does not win by
 * luck; the cheaper one among equals. -1 when none was ever scored.
 */
export function bestSingleOf({ quality, costUsd, effectiveCount }: CandidateMeans): number {
  let best = -1;
  let bestBound = -Infinity;
  for (let c = 0; c < quality.length; c += 1) {
    const count = effectiveCount[c] ?? 0;
    if (count === 0) continue;
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

function weightedMean(matrix: TrainingMatrix, values: Float64Array, c: number): { mean: number; count: number } {
  const m = matrix.candidates.length;
  const asked = new Sample();
  const logged = new Sample();
  const unknown = new Sample();
  for (let i = 0; i < matrix.n; i += 1) {
    const value = values[i * m + c] ?? NaN;
    if (Number.isNaN(value)) continue;
    const propensity = matrix.propensity ? (matrix.propensity[i * m + c] ?? NaN) : 1;
    if (propensity === 1) asked.add(value, 1);
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
