import { panelScore } from '@signalbox/scoring';
import type { JudgePanel } from '../labelers/labeler.js';
import type { AnswerJudge, Answered, Judged } from './judge.js';

type Verdict = Judged & { name: string };
/** Counts what was paid for an answer on which there is no verdict yet. */
export type CountLost = (paid: readonly Judged[]) => Promise<void>;

/** Judges who say something where they agree; where they do not, another one decides, if there is one. */
export class Panel implements AnswerJudge {
  constructor(
    readonly labeler: JudgePanel,
    private readonly members: readonly AnswerJudge[],
    private readonly escalation: AnswerJudge | null,
    private readonly lost: CountLost,
  ) {}

  /**
   * @returns null when the budget is exhausted
   * @throws SignalboxError JUDGE_UNREACHABLE; after retries a JudgeSilent
   */
  async judge(material: Answered): Promise<Judged | null> {
    const said = await this.ask(this.members, material, []);
    if (!said) return null;
    const score = panelScore(said.flatMap((verdict) => verdict.score ?? []));
    if (score !== null) return together(said, { outcome: 'LABELLED', score, rationale: wordsOf(said) });
    if (!this.escalation) return together(said, { outcome: outcomeOf(said), score: null, rationale: wordsOf(said) });
    const all = await this.ask([this.escalation], material, said);
    const decided = all?.at(-1);
    return all && decided ? together(all, { ...decided, rationale: wordsOf(all) }) : null;
  }

  async recall(answered: readonly Answered[]): Promise<void> {
    await Promise.all(
      [...this.members, ...(this.escalation ? [this.escalation] : [])].map((each) => each.recall(answered)),
    );
  }

  /** @returns what was said before and now; null, and counted, when one of them was not asked */
  private async ask(
    judges: readonly AnswerJudge[],
    material: Answered,
    before: readonly Verdict[],
  ): Promise<Verdict[] | null> {
    const asked = await Promise.allSettled(judges.map((judge) => judge.judge(material)));
    const said = asked.flatMap((each, index) => {
      const judged = each.status === 'fulfilled' ? each.value : null;
      return judged ? [{ ...judged, name: judges[index]?.labeler.name ?? '' }] : [];
    });
    const all = [...before, ...said];
    if (said.length === judges.length) return all;
    await this.lost(all);
    const failure = asked.find((each) => each.status === 'rejected');
    if (failure) throw failure.reason;
    return null;
  }
}

/** Of judges who say nothing together. What was no verdict may be one when it is asked for again; to abstain is one. */
function outcomeOf(said: readonly Verdict[]): Judged['outcome'] {
  const scores = said.filter(({ score }) => score !== null).length;
  if (scores >= 2) return 'ABSTAINED';
  return said.find(({ outcome }) => outcome === 'UNPARSEABLE' || outcome === 'REFUSED')?.outcome ?? 'ABSTAINED';
}

const wordsOf = (said: readonly Verdict[]): string =>
  said.map(({ name, score, rationale }) => `${name} (${score ?? 'no score'}): ${rationale ?? ''}`).join('\n');

function together(said: readonly Verdict[], verdict: Pick<Judged, 'outcome' | 'score' | 'rationale'>): Judged {
  const sum = (of: (each: Verdict) => number) => said.reduce((total, each) => total + of(each), 0);
  return {
    ...{ outcome: verdict.outcome, score: verdict.score, rationale: verdict.rationale },
    costUsd: sum(({ costUsd }) => costUsd),
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    unpriced: sum(({ unpriced }) => unpriced),
    verdictKeys: said.flatMap(({ verdictKeys }) => verdictKeys),
    verdicts: said.flatMap(({ verdicts }) => verdicts),
  };
}
