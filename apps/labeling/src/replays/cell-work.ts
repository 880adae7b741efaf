import { ERROR_CODES, SignalboxError, type CandidatePrice } from '@signalbox/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { Budget } from '../answering/budget.js';
import { costOfTokens, type ChatClient } from '../answering/chat.client.js';
import { promptText, turnsOf } from '../calls/prompt.js';
import type { AnswerJudge, Judged } from '../judges/judge.js';
import { scoreOf, type KnownAnswer } from '../labelers/known-answers.js';
import type { NewLabel } from '../labels/label.repository.js';
import type { PairwiseJudge } from '../pairwise/pairwise-judge.js';
import type { PairwiseOrder, PairwiseVerdict } from '../pairwise/pairwise.repository.js';
import { judgeLabel } from '../runs/judge-labelling.js';
import { CandidateHealth } from './candidate-health.js';
import { Pace } from './pace.js';
import type { CellAnswer, LabelOutcome, OpenCell, ReplayRow } from './replay.repository.js';

/** A piece of work on a cell that is done, to be written as one. */
export interface CellDone {
  cellId: string;
  answer: CellAnswer | null;
  label: { outcome: LabelOutcome; label: NewLabel | null; verdicts: Judged['verdicts'] } | null;
  comparison: PairwiseVerdict | null;
  costUsd: number;
  /** Answers and verdicts whose price is not known, and so counts as 0 USD. */
  unpriced: number;
}

export interface CellTools {
  chat: ChatClient;
  /** Null when there is no judge. */
  judge: AnswerJudge | null;
  /** Null when nothing is compared. */
  pairwise: PairwiseJudge | null;
  budget: Budget;
  prices: ReadonlyMap<string, CandidatePrice>;
}

const CHARACTERS_OF_A_TOKEN = 3.5;

/** Asks candidates and labels their answers, for one replay. */
export class CellWork {
  private readonly health: CandidateHealth;
  private readonly pace: Pace;

  constructor(
    private readonly replay: ReplayRow,
    private readonly tools: CellTools,
  ) {
    this.health = new CandidateHealth(replay.candidates);
    this.pace = new Pace(replay.maxRequestsPerSecond);
  }

  /**
   * @returns null when the budget is exhausted
   * @throws SignalboxError when no candidate answers any more: REPLAY_UNREACHABLE, or CANDIDATE_FAILED where the endpoint does
   */
  async ask(cell: OpenCell): Promise<CellDone | null> {
    const { candidate, id } = cell;
    if (this.health.noneLeft) {
      const code = this.health.isUnreachable ? 'REPLAY_UNREACHABLE' : 'CANDIDATE_FAILED';
      throw new SignalboxError(code, `None of the candidates answers at ${this.replay.endpoint}.`);
    }
    if (this.health.isGivenUp(candidate)) {
      const code = this.health.isUnreachable ? 'REPLAY_UNREACHABLE' : 'CANDIDATE_FAILED';
      return failed(id, code, `${candidate} was given up after many failures in a row`);
    }
    const turns = turnsOf(cell);
    const price = this.tools.prices.get(candidate) ?? { inputPrice: null, outputPrice: null };
    const characters = turns.reduce((sum, { content }) => sum + content.length, 0);
    const guess = { inputTokens: characters / CHARACTERS_OF_A_TOKEN, outputTokens: cell.loggedOutputTokens };
    const reservation = await this.tools.budget.reserve(costOfTokens(guess, price));
    if (!reservation) return null;
    let paid = 0;
    try {
      await this.pace.turn();
      const result = await this.tools.chat.ask({ model: candidate, turns });
      if (!result.ok) {
        const { reason, message } = result.failure;
        this.health.failed(candidate, reason);
        const code = reason === 'unreachable' ? 'REPLAY_UNREACHABLE' : 'CANDIDATE_FAILED';
        return failed(id, code, `${candidate} ${message}`);
      }
      this.health.answered(candidate);
      const { answer } = result;
      const costUsd = answer.costUsd ?? costOfTokens(answer, price);
      const unpriced = Number(costUsd === null);
      paid = costUsd ?? 0;
      const { text: response, seconds: responseTimeSeconds } = answer;
      if (response === null) {
        const silent = failed(id, 'CANDIDATE_FAILED', `${candidate} answered without text`, {
          costUsd,
          responseTimeSeconds,
        });
        return { ...silent, costUsd: paid, unpriced };
      }
      const done: CellAnswer = { id, status: 'ANSWERED', response, costUsd, responseTimeSeconds, problem: null };
      return { ...free(id), answer: done, costUsd: paid, unpriced };
    } finally {
      this.tools.budget.settle(reservation, paid);
    }
  }

  /**
   * Labels an answer. All candidates of a prompt are labelled alike: by the metric whose answer is known, else by the judge.
   * @returns null when the budget is exhausted
   * @throws SignalboxError JUDGE_UNREACHABLE
   */
  async label(cell: OpenCell, response: string, known: readonly KnownAnswer[]): Promise<CellDone | null> {
    // Whether a metric can score depends on the known answer alone, so that it can for all candidates or for none.
    const truth = known.find((each) => scoreOf(each, '') !== null);
    if (truth) {
      const { name: labeler, version } = truth.labeler;
      const label: NewLabel = {
        ...{ id: uuidv7(), target: cell.id, kind: 'METRIC', labeler, version, userId: '' },
        ...{ score: scoreOf(truth, response), rationale: null, costUsd: 0 },
      };
      return { ...free(cell.id), label: { outcome: 'LABELLED', label, verdicts: [] } };
    }
    const { judge } = this.tools;
    if (!judge) return { ...free(cell.id), label: { outcome: 'NO_LABELER', label: null, verdicts: [] } };
    const judged = await judge.judge({ query: promptText(cell), answer: response, known });
    if (!judged) return null;
    const { outcome, verdicts, costUsd, unpriced } = judged;
    const label = outcome === 'LABELLED' || outcome === 'ABSTAINED' ? judgeLabel(cell.id, judge.labeler, judged) : null;
    return { ...free(cell.id), label: { outcome, label, verdicts }, costUsd, unpriced };
  }

  /**
   * Compares an answer with the logged one.
   * @returns null when the budget is exhausted, or nothing is to be compared
   * @throws SignalboxError JUDGE_UNREACHABLE
   */
  async compare(
    cell: OpenCell,
    response: string,
    shown: PairwiseOrder,
    known: readonly KnownAnswer[],
  ): Promise<CellDone | null> {
    const { loggedResponse: logged } = cell;
    if (!this.tools.pairwise || logged === null) return null;
    const pair = { query: promptText(cell), logged, replayed: response, known };
    const compared = await this.tools.pairwise.compare(pair, shown);
    if (!compared) return null;
    const { unpriced, ...verdict } = compared;
    const comparison = { ...verdict, cellId: cell.id, shown };
    return { ...free(cell.id), comparison, costUsd: verdict.costUsd, unpriced };
  }
}

const free = (cellId: string): CellDone => ({
  ...{ cellId, answer: null, label: null, comparison: null, costUsd: 0, unpriced: 0 },
});

/** @param answer what came back, when it was no answer but was one to pay for */
function failed(
  id: string,
  code: 'REPLAY_UNREACHABLE' | 'CANDIDATE_FAILED',
  why: string,
  answer: Pick<CellAnswer, 'costUsd' | 'responseTimeSeconds'> = { costUsd: null, responseTimeSeconds: null },
): CellDone {
  const problem = { code, message: `${why}.`, nextStep: ERROR_CODES[code] };
  return { ...free(id), answer: { id, status: 'FAILED', response: null, ...answer, problem } };
}
