import { createHash } from 'node:crypto';
import { SignalboxError } from '@signalbox/contracts';
import { judgeRequest, parseVerdict, RUBRIC_VERSION } from '@signalbox/scoring';
import type { Budget } from '../answering/budget.js';
import { costOfTokens, type ChatAnswer, type ChatClient } from '../answering/chat.client.js';
import { storable } from '../answering/storable.js';
import type { JudgeLabeler } from '../labelers/labeler.js';
import type { CachedVerdict, VerdictRepository } from './verdict.repository.js';

export type JudgeOutcome = 'LABELLED' | 'ABSTAINED' | 'UNPARSEABLE' | 'REFUSED';

export interface Judged {
  outcome: JudgeOutcome;
  score: number | null;
  rationale: string | null;
  costUsd: number;
  inputTokens: number;
  outputTokens: number;
  /** Whether the price of this verdict is unknown, so that it is counted as free. */
  unpriced: boolean;
  /** By which a verdict on equal answers is kept. */
  verdictKey: string;
  /** To be kept for equal answers; null when there is nothing new to keep. */
  verdict: CachedVerdict | null;
}

const FREE = { costUsd: 0, inputTokens: 0, outputTokens: 0, unpriced: false, verdict: null };
/** A rationale of three sentences and the frame around it; a generous guess before a call. */
const EXPECTED_OUTPUT_TOKENS = 150;
const CHARACTERS_OF_A_TOKEN = 3.5;

/** A judge at work for one run: it asks once for equal pairs of prompt and answer, and stays within the budget. */
export class Judge {
  private readonly asked = new Map<string, Promise<Judged | null>>();

  constructor(
    readonly labeler: JudgeLabeler,
    private readonly chat: ChatClient,
    private readonly verdicts: VerdictRepository,
    private readonly budget: Budget,
  ) {}

  /**
   * @returns null when the budget is exhausted
   * @throws SignalboxError JUDGE_UNREACHABLE after retries
   */
  async judge(query: string, answer: string): Promise<Judged | null> {
    const { model, baseUrl } = this.labeler.settings;
    const key = createHash('sha256')
      .update(JSON.stringify([query, answer, RUBRIC_VERSION, model, baseUrl]))
      .digest('hex');
    const known = this.asked.get(key);
    if (known) {
      const first = await known;
      return first && { ...first, ...FREE };
    }
    const asking = this.fromCacheOrModel(key, query, answer);
    this.asked.set(key, asking);
    return asking;
  }

  private async fromCacheOrModel(key: string, query: string, answer: string): Promise<Judged | null> {
    const cached = await this.verdicts.find(key);
    if (cached)
      return {
        outcome: cached.score === null ? 'ABSTAINED' : 'LABELLED',
        ...FREE,
        score: cached.score,
        rationale: cached.rationale,
        verdictKey: key,
      };
    const { settings, name } = this.labeler;
    const { messages, responseFormat } = judgeRequest({ query, answer });
    const characters = messages.reduce((sum, { content }) => sum + content.length, 0);
    const guess = { inputTokens: characters / CHARACTERS_OF_A_TOKEN, outputTokens: EXPECTED_OUTPUT_TOKENS };
    const reservation = await this.budget.reserve(costOfTokens(guess, settings));
    if (!reservation) return null;
    let paid = 0;
    try {
      const result = await this.chat.ask({ model: settings.model, turns: messages, temperature: 0, responseFormat });
      if (!result.ok) {
        if (result.failure.reason === 'rejected')
          return { outcome: 'REFUSED', score: null, rationale: null, ...FREE, verdictKey: key };
        throw new SignalboxError(
          'JUDGE_UNREACHABLE',
          `The judge "${name}" at ${settings.baseUrl} ${result.failure.message}.`,
        );
      }
      const judged = this.read(key, result.answer);
      paid = judged.costUsd;
      return judged;
    } finally {
      this.budget.settle(reservation, paid);
    }
  }

  private read(key: string, answer: ChatAnswer): Judged {
    const price = answer.costUsd ?? costOfTokens(answer, this.labeler.settings);
    const spent = {
      costUsd: price ?? 0,
      inputTokens: answer.inputTokens ?? 0,
      outputTokens: answer.outputTokens ?? 0,
      unpriced: price === null,
      verdictKey: key,
    };
    if (answer.refused) return { outcome: 'REFUSED', score: null, rationale: null, ...spent, verdict: null };
    const parsed = parseVerdict(answer.text ?? '');
    if (!parsed.ok) return { outcome: 'UNPARSEABLE', score: null, rationale: null, ...spent, verdict: null };
    const { score } = parsed.value;
    const rationale = storable(parsed.value.rationale); // its JSON may escape what the reply did not hold
    const verdict = { key, score, rationale, costUsd: spent.costUsd };
    return { outcome: score === null ? 'ABSTAINED' : 'LABELLED', score, rationale, ...spent, verdict };
  }
}
