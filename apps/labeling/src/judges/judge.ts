import { createHash } from 'node:crypto';
import { judgeRequest, parseVerdict, rubricVersion, type JudgedAnswer } from '@signalbox/scoring';
import { storable } from '../answering/storable.js';
import type { KnownAnswer } from '../labelers/known-answers.js';
import type { JudgeLabeler, SingleJudge } from '../labelers/labeler.js';
import { referenceIn, type JudgeModel, type PaidReply } from './judge-model.js';
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

/** One model as a judge: it is asked once for equal prompt, answer and reference. */
export class Judge implements AnswerJudge {
  private readonly asked = new Map<string, Promise<Judged | null>>();
  private readonly recalled = new Map<string, CachedVerdict | null>();

  constructor(
    private readonly model: JudgeModel,
    private readonly verdicts: VerdictRepository,
  ) {}

  get labeler(): SingleJudge {
    return this.model.labeler;
  }

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
    const asking = this.fromCacheOrModel(key, { query, answer, reference: referenceIn(known, this.labeler), rubric });
    this.asked.set(key, asking);
    try {
      return await asking;
    } catch (error) {
      this.asked.delete(key); // so that it can be asked later
      throw error;
    }
  }

  private keyOf({ query, answer, known }: Answered): string {
    const { model, baseUrl, rubric } = this.labeler.settings;
    const reference = referenceIn(known, this.labeler);
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
    const reply = await this.model.ask(judgeRequest(material));
    return reply && this.read(key, reply);
  }

  private read(key: string, { answer, ...paid }: PaidReply): Judged {
    if (answer === null) return refusal();
    const spent = { ...paid, verdictKeys: [key] };
    if (answer.refused) return { outcome: 'REFUSED', score: null, rationale: null, ...spent, verdicts: [] };
    const parsed = parseVerdict(answer.text ?? '');
    if (!parsed.ok) return { outcome: 'UNPARSEABLE', score: null, rationale: null, ...spent, verdicts: [] };
    const { score } = parsed.value;
    const rationale = storable(parsed.value.rationale); // its JSON may escape what the reply did not hold
    const kept = { key, score, rationale, costUsd: spent.costUsd };
    return { outcome: score === null ? 'ABSTAINED' : 'LABELLED', score, rationale, ...spent, verdicts: [kept] };
  }
}
