import { SignalboxError } from '@signalbox/contracts';
import type { JudgeRequest, PairwiseRequest } from '@signalbox/scoring';
import type { Budget } from '../answering/budget.js';
import { costOfTokens, type ChatAnswer, type ChatClient } from '../answering/chat.client.js';
import type { KnownAnswer } from '../labelers/known-answers.js';
import type { SingleJudge } from '../labelers/labeler.js';
import { JudgeSilent } from './judge-health.js';

/** A rationale of three sentences and the frame around it; a generous guess before a call. */
export const EXPECTED_OUTPUT_TOKENS = 150;
export const CHARACTERS_OF_A_TOKEN = 3.5;

export interface PaidReply {
  /** Null when the judge declined the question itself. */
  answer: ChatAnswer | null;
  costUsd: number;
  inputTokens: number;
  outputTokens: number;
  /** 1 when it was paid and its price is not known, so that it counts as free. */
  unpriced: number;
}

const DECLINED: PaidReply = { answer: null, costUsd: 0, inputTokens: 0, outputTokens: 0, unpriced: 0 };

/** The model behind a judge, asked within a budget. */
export class JudgeModel {
  constructor(
    readonly labeler: SingleJudge,
    private readonly chat: ChatClient,
    private readonly budget: Budget,
  ) {}

  /**
   * @returns null when the budget is exhausted
   * @throws SignalboxError JUDGE_UNREACHABLE; after retries a JudgeSilent
   */
  async ask({ messages, responseFormat }: JudgeRequest | PairwiseRequest): Promise<PaidReply | null> {
    const { settings, name } = this.labeler;
    const characters = messages.reduce((sum, { content }) => sum + content.length, 0);
    const guess = { inputTokens: characters / CHARACTERS_OF_A_TOKEN, outputTokens: EXPECTED_OUTPUT_TOKENS };
    const reservation = await this.budget.reserve(costOfTokens(guess, settings));
    if (!reservation) return null;
    let paid = 0;
    try {
      const result = await this.chat.ask({ model: settings.model, turns: messages, temperature: 0, responseFormat });
      if (!result.ok) {
        if (result.failure.reason === 'rejected') return DECLINED;
        const message = `The judge "${name}" at ${settings.baseUrl} ${result.failure.message}.`;
        if (result.failure.reason === 'unreachable') throw new JudgeSilent(message);
        throw new SignalboxError('JUDGE_UNREACHABLE', message);
      }
      const { answer } = result;
      const price = answer.costUsd ?? costOfTokens(answer, settings);
      paid = price ?? 0;
      return {
        ...{ answer, costUsd: paid, unpriced: Number(price === null) },
        ...{ inputTokens: answer.inputTokens ?? 0, outputTokens: answer.outputTokens ?? 0 },
      };
    } finally {
      this.budget.settle(reservation, paid);
    }
  }
}

/** The known answer that a judge is shown, of those that there are: that of the metric which it was made with. */
export function referenceIn(known: readonly KnownAnswer[], { settings }: SingleJudge): string | null {
  return known.find(({ labeler }) => labeler.name === settings.reference?.labeler)?.answer ?? null;
}
