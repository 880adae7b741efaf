import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { byCodeUnit } from './order.js';
import { randomOf, shuffled } from './random.js';

/** A prompt that could be drawn. */
export interface TargetedItem {
  id: string;
  /** How likely it is drawn beside the others, above 0; in any unit. */
  weight: number;
  /** Prompts of one stratum are drawn in turn, so that each stratum has its share of the sample to one prompt. */
  stratum: number;
}

export interface TargetedPrompt {
  id: string;
  /** The probability with which this prompt came into the sample, by either draw; 1 / inclusion weights it to the mean over prompts. */
  inclusion: number;
  /** Whether it is of the slice that was drawn uniformly, whatever its weight. */
  inRandomSlice: boolean;
}

export interface TargetedOptions {
  /** Prompts to draw; where both draws meet in one, it is there once. */
  size: number;
  /** Of them, the share that is drawn uniformly at random: 0..1. */
  randomShare: number;
  seed: number;
}

/**
 * Draws prompts twice: a slice uniformly at random, and independently of it the rest with probabilities in proportion to their weights,
 * by systematic sampling (Madow, "On the theory of systematic sampling, II", 1949), which keeps the size and every probability exact.
 *
 * @returns sorted by id; the same for the same items in any order
 */
export function targetedSample(
  items: readonly TargetedItem[],
  { size, randomShare, seed }: TargetedOptions,
): TargetedPrompt[] {
  const random = randomOf(seed);
  const sorted = [...items].sort((left, right) => byCodeUnit(left.id, right.id));
  const uniform = Math.min(Math.ceil(size * randomShare), items.length);
  const slice = new Set(
    shuffled(sorted, random)
      .slice(0, uniform)
      .map(({ id }) => id),
  );
  const inTurn = shuffled(sorted, random).sort((left, right) => left.stratum - right.stratum);
  const shares = inclusionShares(
    inTurn.map(({ weight }) => weight),
    size >= items.length ? items.length : size - uniform,
  );
  const chosen = systematicDraw(shares, uniformFloat64(random));
  const uniformShare = items.length === 0 ? 0 : uniform / items.length;
  return inTurn
    .flatMap(({ id }, i): TargetedPrompt[] => {
      const inRandomSlice = slice.has(id);
      if (!inRandomSlice && !chosen.has(i)) return [];
      return [{ id, inclusion: 1 - (1 - uniformShare) * (1 - (shares[i] ?? 0)), inRandomSlice }];
    })
    .sort((left, right) => byCodeUnit(left.id, right.id));
}

/** Weights that give each stratum an equal part of a sample, as far as it has members. */
export function equalStrata(strata: readonly number[]): number[] {
  const sizes = new Map<number, number>();
  for (const stratum of strata) sizes.set(stratum, (sizes.get(stratum) ?? 0) + 1);
  return strata.map((stratum) => 1 / (sizes.get(stratum) ?? 1));
}

/** Probabilities that add up to `size`, in proportion to the weights as far as none is above 1. */
function inclusionShares(weights: readonly number[], size: number): number[] {
  // Fractions that should add up to 1 may miss it by a rounding.
  if (size >= weights.length) return weights.map(() => 1);
  const certain = new Set<number>();
  for (;;) {
    const sum = weights.reduce((total, weight, i) => (certain.has(i) ? total : total + weight), 0);
    const perWeight = (size - certain.size) / sum;
    const above = weights.flatMap((weight, i) => (!certain.has(i) && weight * perWeight >= 1 ? [i] : []));
    for (const i of above) certain.add(i);
    if (above.length === 0 || certain.size >= size)
      return weights.map((weight, i) => (certain.has(i) ? 1 : Math.max(0, weight * perWeight)));
  }
}

/** The items in which the running sum of the shares passes `start`, `start` + 1, and so on. */
function systematicDraw(shares: readonly number[], start: number): Set<number> {
  const chosen = new Set<number>();
  let sum = 0;
  for (const [i, share] of shares.entries()) {
    const before = Math.ceil(sum - start);
    sum += share;
    if (Math.ceil(sum - start) > before) chosen.add(i);
  }
  return chosen;
}
