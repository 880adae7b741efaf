import type { Tradeoff } from '@signalbox/contracts';
import { unobservedParam } from './model-head.js';
import type { FittedModel, Prediction } from './model.js';

/**
 * The index of the candidate of the highest expected utility: quality - usd * cost - seconds * time. Pure.
 *
 * An unknown cost or time counts as the highest known one. A candidate of which no outcome was ever seen is taken only when
 * nothing else is allowed. A model without proven gain, and any model on an unfamiliar prompt, takes the best single candidate.
 *
 * @param allowed which candidates may be chosen, by index; all when absent
 * @returns -1 when none is allowed
 */
export function choose(
  model: FittedModel,
  prediction: Prediction,
  tradeoff: Tradeoff,
  allowed?: readonly boolean[],
): number {
  const may = (c: number): boolean => allowed === undefined || allowed[c] === true;
  const best = model.candidates.indexOf(model.bestSingle);
  if (fallsBack(model, prediction) && best >= 0 && may(best)) return best;
  const seen = (c: number): boolean => model.params[unobservedParam(model.candidates[c] ?? '')] !== 1;
  const chosen = highestUtility(prediction, tradeoff, (c) => may(c) && seen(c));
  return chosen >= 0 ? chosen : highestUtility(prediction, tradeoff, may);
}

/** Whether a decision falls back to the best single candidate, and so ignores what was predicted. */
export function fallsBack(model: FittedModel, prediction: Prediction): boolean {
  return model.params.alwaysBestSingle === 1 || !prediction.familiar;
}

/** The candidate of the highest utility among those that `may` admits, the cheaper among equals; -1 when there is none. */
export function highestUtility(
  { quality, costUsd, seconds }: Omit<Prediction, 'familiar'>,
  tradeoff: Tradeoff,
  may: (candidate: number) => boolean,
): number {
  const dearest = tradeoff.usd > 0 ? highest(costUsd) : 0;
  const slowest = tradeoff.seconds > 0 ? highest(seconds) : 0;
  let best = -1;
  let bestUtility = -Infinity;
  for (let c = 0; c < quality.length; c += 1) {
    if (!may(c)) continue;
    let utility = quality[c] ?? 0;
    if (tradeoff.usd > 0) utility -= tradeoff.usd * known(costUsd[c], dearest);
    if (tradeoff.seconds > 0) utility -= tradeoff.seconds * known(seconds[c], slowest);
    const cheaper = utility === bestUtility && (costUsd[c] ?? NaN) < (costUsd[best] ?? NaN);
    if (utility > bestUtility || cheaper) {
      best = c;
      bestUtility = utility;
    }
  }
  return best;
}

function known(value: number | undefined, otherwise: number): number {
  return value === undefined || Number.isNaN(value) ? otherwise : value;
}

function highest(values: Float64Array): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}
