import { Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { type JobContext } from '@signalbox/queue';
import { CALIBRATION_PAIRS } from '@signalbox/scoring';
import { v7 as uuidv7 } from 'uuid';
import { BatchWriter } from '../answering/batch-writer.js';
import type { Budget } from '../answering/budget.js';
import { IN_FLIGHT, inFlight } from '../answering/in-flight.js';
import type { AnsweredCall } from '../calls/calls.repository.js';
import { promptText } from '../calls/prompt.js';
import { refusal, type AnswerJudge, type Judged } from '../judges/judge.js';
import { JudgeHealth, JudgeSilent } from '../judges/judge-health.js';
import { JudgeTooling } from '../judges/judge-tooling.js';
import type { Known } from '../labelers/known-answers.js';
import type { JudgeLabeler } from '../labelers/labeler.js';
import { LabelRepository, type NewLabel } from '../labels/label.repository.js';
import { spentOn, tallyOf } from './judge-tally.js';
import { RunRepository } from './run.repository.js';

/** Calls whose texts are held in memory at once. */
const PAGE = 500;

/** After so many verdicts without a price none will have one. */
const BLIND_AFTER = 16;

const NOTHING: Known = { answers: [], ambiguous: false };

type KnownCall = AnsweredCall & { known: Known };

interface JudgedCall {
  callId: string;
  ambiguous: boolean;
  judged: Judged;
}

export interface JudgeSurroundings {
  budget: Budget;
  /** Whether the budget alone limits how many answers are judged. */
  onlyBudgetLimits: boolean;
  context: JobContext;
  tell: () => Promise<void>;
}

/** Has a judge score the answers that the plan of the run gives it. */
@Injectable()
export class JudgeLabelling {
  constructor(
    private readonly runs: RunRepository,
    private readonly judges: JudgeTooling,
    private readonly labels: LabelRepository,
  ) {}

  /**
   * An answer to which the judge is silent is left for a second pass, so that one bad minute does not end the run.
   * @throws SignalboxError JUDGE_UNREACHABLE, or INVALID_INPUT when a budget is the only limit and no price is known; what was done
   * until then is kept
   */
  async run(runId: string, labeler: JudgeLabeler, surroundings: JudgeSurroundings): Promise<void> {
    const { budget, onlyBudgetLimits, context, tell } = surroundings;
    const { signal, fence } = context;
    const judge = await this.judges.factory.open(labeler, budget, (paid) =>
      this.runs.transaction(async (manager) => {
        await fence(manager);
        await this.runs.tally(manager, runId, spentOn(paid));
      }),
    );
    const writer = new BatchWriter<JudgedCall>(async (batch) => {
      await this.write(runId, labeler, batch, fence);
      await tell();
    });
    const health = new JudgeHealth();
    let unpriced = 0;
    let priced = false;
    const label = async (call: KnownCall, isLastTry: boolean): Promise<void> => {
      const judged = await this.verdictOn(judge, call, health, isLastTry);
      if (!judged) return;
      await writer.add({ callId: call.id, ambiguous: call.known.ambiguous, judged });
      unpriced += judged.unpriced;
      priced ||= judged.costUsd > 0;
      if (onlyBudgetLimits && !priced && unpriced >= BLIND_AFTER) throw blind(labeler, unpriced);
    };
    // Early, since a judge whose canaries the budget does not reach cannot pass its gate.
    let sung = await this.judges.canaries.ask(runId, judge, context);
    for (const isLastTry of [false, true]) {
      for await (const calls of this.openCalls(runId, labeler, () => (sung ? PAGE : CALIBRATION_PAIRS))) {
        if (budget.exhausted || signal.aborted) return;
        await inFlight(calls, IN_FLIGHT, signal, (call) => label(call, isLastTry));
        sung ||= await this.judges.canaries.ask(runId, judge, context);
      }
    }
  }

  /** Pages of what the judge has yet to score, in the order of the sample, with the references to it. */
  private async *openCalls(runId: string, labeler: JudgeLabeler, pageSize: () => number): AsyncGenerator<KnownCall[]> {
    for (let place = 0; ;) {
      const calls = await this.runs.openTasks(runId, labeler.id, place, pageSize());
      const last = calls.at(-1);
      if (!last) return;
      place = last.place;
      const known = await this.judges.references.to(calls, labeler);
      yield calls.map((call) => ({ ...call, known: known.get(call.id) ?? NOTHING }));
    }
  }

  /**
   * @returns null when the budget is exhausted, or the judge is silent and shall be asked once more later; one that is still silent
   * to this answer alone declines it
   */
  private async verdictOn(
    judge: AnswerJudge,
    call: KnownCall,
    health: JudgeHealth,
    isLastTry: boolean,
  ): Promise<Judged | null> {
    try {
      const judged = await judge.judge({ query: promptText(call), answer: call.response, known: call.known.answers });
      if (judged) health.answered();
      return judged;
    } catch (error) {
      if (!(error instanceof JudgeSilent)) throw error;
      if (isLastTry) health.silentAgain(error);
      else health.silent(error);
      return isLastTry ? refusal() : null;
    }
  }

  /** One transaction: what was paid for, its label, its task, and the run's counts. */
  private async write(
    runId: string,
    labeler: JudgeLabeler,
    batch: readonly JudgedCall[],
    fence: JobContext['fence'],
  ): Promise<void> {
    const labels = batch.flatMap(({ callId, judged }): NewLabel[] =>
      judged.outcome === 'LABELLED' || judged.outcome === 'ABSTAINED' ? [judgeLabel(callId, labeler, judged)] : [],
    );
    const tasks = batch.map(({ callId, judged }) => ({ labelerId: labeler.id, callId, outcome: judged.outcome }));
    await this.runs.transaction(async (manager) => {
      await fence(manager);
      const there = await this.labels.add(manager, 'call_id', labels);
      await this.judges.verdicts.keep(
        manager,
        batch.flatMap(({ callId, judged }) => (there.has(callId) ? judged.verdicts : [])),
      );
      await this.runs.closeTasks(manager, runId, tasks);
      await this.runs.tally(manager, runId, {
        ...tallyOf(batch.map(({ judged }) => judged)),
        ambiguous: batch.filter(({ ambiguous }) => ambiguous).length,
      });
    });
  }
}

function blind({ name }: JudgeLabeler, unpriced: number): SignalboxError {
  return new SignalboxError(
    'INVALID_INPUT',
    `budgetUsd: the price of the first ${unpriced} verdicts of the judge "${name}" is not known, so that a budget does not limit what they cost.`,
    'Make a judge with inputPrice and outputPrice, or give sampleSize, and label again; what was done is kept.',
  );
}

export function judgeLabel(target: string, { name, version }: JudgeLabeler, judged: Judged): NewLabel {
  const { score, rationale, costUsd, verdictKeys } = judged;
  const said = { userId: '', score, rationale, costUsd, verdictKey: verdictKeys.join(' ') };
  return { id: uuidv7(), target, kind: 'JUDGE', labeler: name, version, ...said };
}
