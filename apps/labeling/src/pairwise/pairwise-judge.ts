import { createHash } from 'node:crypto';
import { pairwiseRequest, pairwiseVersion, parsePreference, type ComparedAnswers } from '@signalbox/scoring';
import { storable } from '../answering/storable.js';
import { referenceIn, type JudgeModel, type PaidReply } from '../judges/judge-model.js';
import type { KnownAnswer } from '../labelers/known-answers.js';
import type { PairwiseOrder, PairwisePreference, PairwiseRepository, PairwiseVerdict } from './pairwise.repository.js';

export interface Pair {
  query: string;
  logged: string;
  replayed: string;
  /** Known answers to it, of any metric; the judge is shown that of the metric which it was made with. */
  known: readonly KnownAnswer[];
}

export type Compared = Omit<PairwiseVerdict, 'cellId' | 'shown'> & { unpriced: number };

/** The places of the answers, which are all that the judge knows of them. */
type Said = Pick<PairwiseVerdict, 'outcome' | 'rationale' | 'costUsd'> & {
  place: 'A' | 'B' | 'TIE' | null;
  unpriced: number;
};

const FREE = { costUsd: 0, unpriced: 0 };

/** One model that says which of two answers is better; it is asked once for equal texts in the same order. */
export class PairwiseJudge {
  private readonly asked = new Map<string, Promise<Said | null>>();

  constructor(
    private readonly model: JudgeModel,
    private readonly verdicts: PairwiseRepository,
  ) {}

  /**
   * @returns null when the budget is exhausted
   * @throws SignalboxError JUDGE_UNREACHABLE; after retries a JudgeSilent
   */
  async compare({ query, logged, replayed, known }: Pair, shown: PairwiseOrder): Promise<Compared | null> {
    const { name, version, settings } = this.model.labeler;
    const { model, baseUrl, rubric } = settings;
    const answers = shown === 'LOGGED_FIRST' ? ([logged, replayed] as const) : ([replayed, logged] as const);
    const reference = referenceIn(known, this.model.labeler);
    const told = [query, ...answers, pairwiseVersion(rubric), model, baseUrl, reference];
    const key = createHash('sha256').update(JSON.stringify(told)).digest('hex');
    const said = await this.said(key, { query, answers, reference, rubric });
    if (!said) return null;
    const { place, ...rest } = said;
    return { ...rest, judge: name, version, preferred: place && preferredOf(place, shown), key };
  }

  private async said(key: string, material: ComparedAnswers): Promise<Said | null> {
    const before = this.asked.get(key);
    if (before) {
      const first = await before;
      return first && { ...first, ...FREE };
    }
    const asking = this.fromStoreOrModel(key, material);
    this.asked.set(key, asking);
    try {
      return await asking;
    } catch (error) {
      this.asked.delete(key); // so that it can be asked later
      throw error;
    }
  }

  private async fromStoreOrModel(key: string, material: ComparedAnswers): Promise<Said | null> {
    const kept = await this.verdicts.find(key);
    if (kept) {
      const { preferred, rationale, shown } = kept;
      if (preferred === null) return { outcome: 'ABSTAINED', place: null, rationale, ...FREE };
      return { outcome: 'PREFERRED', place: placeOf(preferred, shown), rationale, ...FREE };
    }
    const reply = await this.model.ask(pairwiseRequest(material));
    return reply && read(reply);
  }
}

function read({ answer, costUsd, unpriced }: PaidReply): Said {
  const none = { place: null, rationale: null, costUsd, unpriced };
  if (answer === null || answer.refused) return { outcome: 'REFUSED', ...none };
  const parsed = parsePreference(answer.text ?? '');
  if (!parsed.ok) return { outcome: 'UNPARSEABLE', ...none };
  const { preferred: place } = parsed.value;
  const rationale = storable(parsed.value.rationale); // its JSON may escape what the reply did not hold
  return { outcome: place === null ? 'ABSTAINED' : 'PREFERRED', place, rationale, costUsd, unpriced };
}

function preferredOf(place: 'A' | 'B' | 'TIE', shown: PairwiseOrder): PairwisePreference {
  if (place === 'TIE') return 'TIE';
  return (place === 'A') === (shown === 'LOGGED_FIRST') ? 'LOGGED' : 'REPLAYED';
}

function placeOf(preferred: PairwisePreference, shown: PairwiseOrder): 'A' | 'B' | 'TIE' {
  if (preferred === 'TIE') return 'TIE';
  return (preferred === 'LOGGED') === (shown === 'LOGGED_FIRST') ? 'A' : 'B';
}
