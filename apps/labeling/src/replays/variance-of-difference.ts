import type { PlannedPrompt } from './targeted-planner.js';

/**
 * The variance to expect of the differences between the score of a challenger's answer and that of the logged one, over prompts of which
 * most may differ by nothing. The logged score is known; that of an answer that nobody has yet is expected where the challenger predicts
 * it, and varies around it as a share of correct answers would, less what partly right answers take from that.
 */
export function varianceOfDifference(prompts: readonly PlannedPrompt[]): number {
  const weights = prompts.map(({ inclusion }) => 1 / inclusion);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const spread = spreadOfScores(prompts);
  let [mean, square] = [0, 0];
  for (const [i, { call, chosen }] of prompts.entries()) {
    if (!chosen?.differs || call.loggedScore === null) continue;
    const quality = bounded(chosen.expectedQuality);
    const share = (weights[i] ?? 0) / total;
    mean += share * (quality - call.loggedScore);
    square += share * ((quality - call.loggedScore) ** 2 + spread * quality * (1 - quality));
  }
  return Math.max(0, square - mean ** 2);
}

/** 1 where every score is 0 or 1, less the more scores lie between. */
function spreadOfScores(prompts: readonly PlannedPrompt[]): number {
  let [partly, most] = [0, 0];
  for (const { call, chosen } of prompts) {
    if (call.loggedScore === null || chosen?.expectedOfLogged == null) continue;
    const quality = bounded(chosen.expectedOfLogged);
    partly += call.loggedScore * (1 - call.loggedScore);
    most += quality * (1 - quality);
  }
  return most === 0 ? 1 : Math.min(Math.max(1 - partly / most, 0), 1);
}

const bounded = (value: number): number => Math.min(Math.max(value, 0), 1);
