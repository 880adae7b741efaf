import { createHash } from 'node:crypto';
import { SignalboxError } from '@signalbox/contracts';
import { judgeRequest, parseVerdict, rubricVersion, type JudgedAnswer } from '@signalbox/scoring';
import type { Budget } from '../answering/budget.js';
import { costOfTokens, type ChatAnswer, type ChatClient } from '../answering/chat.client.js';
import { storable } from '../answering/storable.js';
import type { KnownAnswer } from '../labelers/known-answers.js';
import type { JudgeLabeler, SingleJudge } from '../labelers/labeler.js';
import { JudgeSilent } from './judge-health.js';
import type { CachedVerdict, VerdictRepository } from './verdict.repository.js';

export type JudgeOutcome = 'LABELLED' | 'ABSTAINED' | 'UNPARSEABLE' | 'REFUSED';

export interface Judged {
  outcome: JudgeOutcome;
  score: number | null;
  rationale: string | null;
  costUsd: number;
  inputTokens: number;
  outputTokens: number;
  /** Verdicts among those paid whose price is unknown, so that they are counted as free. */
  unpriced: number;
  /** By which the verdicts behind it are kept for equal answers. */
  verdictKeys: string[];
  /** Those that are new, to be kept. */
  verdicts: CachedVerdict[];
}

/** Whoever scores answers for one run, within its budget. */
export interface AnswerJudge {
  readonly labeler: JudgeLabeler;
  /**
   * @returns null when the budget is exhausted
   * @throws SignalboxError JUDGE_UNREACHABLE; after retries a JudgeSilent
   */
  judge(answered: Answered): Promise<Judged | null>;
  /** Looks up at once which of these answers have a verdict, so that `judge` need not for each. */
  recall(answered: readonly Answered[]): Promise<void>;
}

/** What is to be judged. */
export interface Answered {
  query: string;
  answer: string;
  /** Known answers to it, of any metric; the judge takes that of the metric which it was made with. */
  known: readonly KnownAnswer[];
}

/** The judge does not give a verdict on this answer, and nothing was paid. */
export const refusal = (): Judged => ({
  ...{ outcome: 'REFUSED', score: null, rationale: null, ...FREE, verdictKeys: [] },
});

const FREE = { costUsd: 0, inputTokens: 0, outputTokens: 0, unpriced: 0, verdicts: [] };
/** A rationale of three sentences and the frame around it; a generous guess before a call. */
const EXPECTED_OUTPUT_TOKENS = 150;
const CHARACTERS_OF_A_TOKEN = 3.5;

/** One model as a judge: it is asked once for equal prompt, answer and reference. */
export class Judge implements AnswerJudge {
  private readonly asked = new Map<string, Promise<Judged | null>>();
  private readonly recalled = new Map<string, CachedVerdict | null>();

  constructor(
    readonly labeler: SingleJudge,
    private readonly chat: ChatClient,
    private readonly verdicts: VerdictRepository,
    private readonly budget: Budget,
  ) {}

  async recall(answered: readonly Answered[]): Promise<void> {
    const keys = answered.map((each) => this.keyOf(each));
    const kept = await this.verdicts.find(keys);
    for (const key of keys) this.recalled.set(key, kept.get(key) ?? null);
  }

  async judge(answered: Answered): Promise<Judged | null> {
    const { query, answer, known } = answered;
    const key = this.keyOf(answered);
    const before = this.asked.get(key);
    if (before) {
      const first = await before;
      return first && { ...first, ...FREE };
    }
    const { rubric } = this.labeler.settings;
    const asking = this.fromCacheOrModel(key, { query, answer, reference: this.referenceIn(known), rubric });
    this.asked.set(key, asking);
    try {
      return await asking;
    } catch (error) {
      this.asked.delete(key); // so that it can be asked later
      throw error;
    }
  }

  private referenceIn(known: readonly KnownAnswer[]): string | null {
    const { reference } = this.labeler.settings;
    return known.find(({ labeler }) => labeler.name === reference?.labeler)?.answer ?? null;
  }

  private keyOf({ query, answer, known }: Answered): string {
    const { model, baseUrl, rubric } = this.labeler.settings;
    const reference = this.referenceIn(known);
    const told = [query, answer, rubricVersion(rubric), model, baseUrl, ...(reference === null ? [] : [reference])];
    return createHash('sha256').update(JSON.stringify(told)).digest('hex');
  }

  private async fromCacheOrModel(key: string, material: JudgedAnswer): Promise<Judged | null> {
    const recalled = this.recalled.get(key);
    this.recalled.delete(key);
    const cached = recalled === undefined ? (await this.verdicts.find([key])).get(key) : recalled;
    if (cached)
      return {
        outcome: cached.score === null ? 'ABSTAINED' : 'LABELLED',
        ...FREE,
        score: cached.score,
        rationale: cached.rationale,
        verdictKeys: [key],
      };
    const { settings, name } = this.labeler;
    const { messages, responseFormat } = judgeRequest(material);
    const characters = messages.reduce((sum, { content }) => sum + content.length, 0);
    const guess = { inputTokens: characters / CHARACTERS_OF_A_TOKEN, outputTokens: EXPECTED_OUTPUT_TOKENS };
    const reservation = await this.budget.reserve(costOfTokens(guess, settings));
    if (!reservation) return null;
    let paid = 0;
    try {
      const result = await this.chat.ask({ model: settings.model, turns: messages, temperature: 0, responseFormat });
      if (!result.ok) {
        if (result.failure.reason === 'rejected') return refusal();
        const message = `The judge "${name}" at ${settings.baseUrl} ${result.failure.message}.`;
        if (result.failure.reason === 'unreachable') throw new JudgeSilent(message);
        throw new SignalboxError('JUDGE_UNREACHABLE', message);
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
      unpriced: Number(price === null),
      verdictKeys: [key],
    };
    if (answer.refused) return { outcome: 'REFUSED', score: null, rationale: null, ...spent, verdicts: [] };
    const parsed = parseVerdict(answer.text ?? '');
    if (!parsed.ok) return { outcome: 'UNPARSEABLE', score: null, rationale: null, ...spent, verdicts: [] };
    const { score } = parsed.value;
    const rationale = storable(parsed.value.rationale); // its JSON may escape what the reply did not hold
    const kept = { key, score, rationale, costUsd: spent.costUsd };
    return { outcome: score === null ? 'ABSTAINED' : 'LABELLED', score, rationale, ...spent, verdicts: [kept] };
  }
}
