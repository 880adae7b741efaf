import type { Judged } from '../judges/judge.js';
import type { Tally } from './run.repository.js';

const sum = (judged: readonly Judged[], of: (each: Judged) => number): number =>
  judged.reduce((total, each) => total + of(each), 0);

/** What verdicts cost, whatever they are on. */
export const spentOn = (judged: readonly Judged[]): Tally => ({
  spentUsd: judged.map(({ costUsd }) => costUsd),
  inputTokens: sum(judged, ({ inputTokens }) => inputTokens),
  outputTokens: sum(judged, ({ outputTokens }) => outputTokens),
  unpriced: sum(judged, ({ unpriced }) => unpriced),
});

/** What verdicts on answers of the sample add to their run. */
export function tallyOf(judged: readonly Judged[]): Tally {
  const count = (outcome: Judged['outcome']) => judged.filter((each) => each.outcome === outcome).length;
  return {
    ...spentOn(judged),
    done: judged.length,
    labelled: count('LABELLED'),
    abstained: count('ABSTAINED'),
    unparseable: count('UNPARSEABLE'),
    refused: count('REFUSED'),
  };
}
