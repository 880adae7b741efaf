import { CANDIDATE_NAMES } from './candidates.js';
import type { Draw } from './draw.js';

export const ROUTER_VERSION = 'manual@1';

/** Chance that the policy draws uniformly: what lets a later evaluation compare candidates at all. */
const EPSILON = 0.3;

const weights = (large: number, small: number, mini: number, poet: number, coder: number) => ({
  'atlas-large': large,
  'atlas-small': small,
  'swift-mini': mini,
  'poet-medium': poet,
  'coder-medium': coder,
});
/** Rules of thumb that a team could have written down: code to the coder, prose to the poet, mostly the large one. */
const GENERAL: Readonly<Record<string, number>> = weights(0.6, 0.3, 0.1, 0, 0);
const RULES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  code_output: weights(0.5, 0.1, 0, 0, 0.4),
  json_formatting: weights(0.4, 0.3, 0, 0, 0.3),
  translation: weights(0.5, 0.1, 0, 0.4, 0),
  rewriting: weights(0.5, 0.1, 0, 0.4, 0),
  sentiment: weights(0.4, 0.4, 0.2, 0, 0),
};

export interface Decision {
  candidate: string;
  propensity: number;
  probabilities: Readonly<Record<string, number>>;
  available: readonly string[];
}

/** The chances with which the policy draws, renormalised over what is available; six decimals, summing to 1. */
export function servingProbabilities(family: string, available: readonly string[]): Record<string, number> {
  const rule = RULES[family] ?? GENERAL;
  const total = available.reduce((sum, name) => sum + (rule[name] ?? 0), 0);
  const raw = available.map((name): [string, number] => {
    const ruled = total === 0 ? 1 / available.length : (rule[name] ?? 0) / total;
    return [name, Number((EPSILON / available.length + (1 - EPSILON) * ruled).toFixed(6))];
  });
  const rounding = 1 - raw.reduce((sum, [, probability]) => sum + probability, 0);
  return Object.fromEntries(raw.map(([name, p], index) => [name, index === 0 ? Number((p + rounding).toFixed(6)) : p]));
}

export function decide(draw: Draw, family: string, available: readonly string[] = CANDIDATE_NAMES): Decision {
  const probabilities = servingProbabilities(family, available);
  const candidate = draw.weighted(probabilities);
  return { candidate, propensity: probabilities[candidate] ?? 0, probabilities, available };
}
