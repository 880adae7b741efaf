import { BEST_LEVEL } from './judge.js';

/** One level: two careful judges are often that far apart, and mean the same. */
const AGREEMENT = 1 / BEST_LEVEL;
const FEWEST = 2;

/**
 * What judges say together: the mean of their scores where the best and the worst are within one level.
 * @returns null where they disagree, or fewer than two of them gave a score: then they say nothing together
 */
export function panelScore(scores: readonly number[]): number | null {
  if (scores.length < FEWEST || Math.max(...scores) - Math.min(...scores) > AGREEMENT) return null;
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}
