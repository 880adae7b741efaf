import { pairwiseRequest } from '@signalbox/scoring';
import { costOfTokens } from '../answering/chat.client.js';
import { CHARACTERS_OF_A_TOKEN, EXPECTED_OUTPUT_TOKENS } from '../judges/judge-model.js';
import { invalid } from '../labelers/invalid.js';
import { isPanel, type Labeler } from '../labelers/labeler.js';
import { PAIRWISE_ORDERS } from './pairwise.repository.js';

/**
 * USD to expect of comparing one answer with the logged one in both orders; null when a price or the tokens are not known.
 * @param judge of the replay
 * @param tokens of a logged call, on average; answers of others are taken to be as long
 * @throws SignalboxError INVALID_INPUT unless it is one judge
 */
export function comparisonUsd(
  judge: Labeler | null,
  tokens: { meanInputTokens: number | null; meanOutputTokens: number | null },
): number | null {
  if (judge?.kind !== 'JUDGE')
    throw invalid('pairwise: there is no judge to compare answers; make one with createLabeler');
  if (isPanel(judge)) {
    throw invalid(
      `pairwise: the judge of the replay, ${JSON.stringify(judge.name)}, is a panel, which gives scores and no preferences; leave pairwise out`,
    );
  }
  const { settings } = judge;
  const { messages } = pairwiseRequest({ query: '', answers: ['', ''], rubric: settings.rubric });
  const around = messages.reduce((sum, { content }) => sum + content.length, 0) / CHARACTERS_OF_A_TOKEN;
  const { meanInputTokens, meanOutputTokens } = tokens;
  if (meanInputTokens === null || meanOutputTokens === null) return null;
  const inputTokens = around + meanInputTokens + 2 * meanOutputTokens;
  const once = costOfTokens({ inputTokens, outputTokens: EXPECTED_OUTPUT_TOKENS }, settings);
  return once === null ? null : PAIRWISE_ORDERS.length * once;
}
