import { Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { type JobContext } from '@signalbox/queue';
import { CALIBRATION_PAIRS } from '@signalbox/scoring';
import pLimit from 'p-limit';
import { v7 as uuidv7 } from 'uuid';
import { BatchWriter } from '../answering/batch-writer.js';
import type { Budget } from '../answering/budget.js';
import { inFlight } from '../answering/in-flight.js';
import type { AnsweredCall } from '../calls/calls.repository.js';
import { promptText } from '../calls/prompt.js';
import type { CanaryRound } from '../judges/canary.asking.js';
import type { OpenCanary } from '../judges/canary.repository.js';
import { refusal, type AnswerJudge, type Answered, type Judged } from '../judges/judge.js';
import { JudgeHealth, JudgeSilent } from '../judges/judge-health.js';
import { JudgeTooling } from '../judges/judge-tooling.js';
import type { Known } from '../labelers/known-answers.js';
import { concurrencyOf, type JudgeLabeler } from '../labelers/labeler.js';
import { LabelRepository, type NewLabel } from '../labels/label.repository.js';
import { spentOn, tallyOf } from './judge-tally.js';
import { RunRepository } from './run.repository.js';

/** Calls of a page; the texts of two are held in memory, since the next one is read while one is judged. */
const PAGE = 250;

/** For each eight that a judge has, one more may be waiting to be stored. */
const STORING_AT = 8;

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
    const round = this.judges.canaries.round(runId, judge, context);
    const health = new JudgeHealth();
    let labelled = 0;
    let unpriced = 0;
    let priced = false;
    const atJudge = pLimit(concurrencyOf(labeler));
    // What is paid and not yet stored is no more than there are places: one is free when its label is durable.
    const label = async (call: KnownCall, isLastTry: boolean): Promise<void> => {
      const judged = await atJudge(() => (signal.aborted ? null : this.verdictOn(judge, call, health, isLastTry)));
      if (!judged) return;
      await writer.add({ callId: call.id, ambiguous: call.known.ambiguous, judged });
      labelled += Number(judged.outcome === 'LABELLED');
      unpriced += judged.unpriced;
      priced ||= judged.costUsd > 0;
      if (onlyBudgetLimits && !priced && unpriced >= BLIND_AFTER) throw blind(labeler, unpriced);
    };
    let due = CALIBRATION_PAIRS;
    const canariesDue = async (): Promise<OpenCanary[]> => {
      if (labelled < due) return [];
      const open = await round.open();
      due = open.length > 0 ? Infinity : labelled + CALIBRATION_PAIRS;
      return open;
    };
    // Early, since a judge whose canaries the budget does not reach cannot pass its gate.
    let sung = await round.askAll();
    for (const isLastTry of [false, true]) {
      const calls = this.openCalls(runId, judge);
      const tasks = withCanaries(calls, () => (sung ? Promise.resolve([]) : canariesDue()), budget);
      await inFlight(tasks, placesFor(labeler), signal, (task) =>
        'kind' in task ? atJudge(() => askCanary(round, task, health)) : label(task, isLastTry),
      );
      if (budget.exhausted || signal.aborted) return;
      sung ||= await round.askAll();
    }
  }

  /** What the judge has yet to score, in the order of the sample, with the references to it. */
  private async *openCalls(runId: string, judge: AnswerJudge): AsyncGenerator<KnownCall> {
    const { labeler } = judge;
    const read = async (after: number) => {
      const open = await this.runs.openTasks(runId, labeler.id, after, PAGE);
      const known = await this.judges.references.to(open, labeler);
      const calls = open.map((call) => ({ ...call, known: known.get(call.id) ?? NOTHING }));
      await judge.recall(calls.map(materialOf));
      return calls;
    };
    for (let reading = read(0); ;) {
      const page = await reading;
      const last = page.at(-1);
      if (!last) return;
      reading = read(last.place);
      reading.catch(() => undefined); // is thrown where it is awaited, unless the run ends before
      yield* page;
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
      const judged = await judge.judge(materialOf(call));
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
    const tasks = batch.map(({ callId, judged }) => ({ callId, outcome: judged.outcome }));
    await this.runs.transaction(async (manager) => {
      await fence(manager);
      const there = await this.labels.add(manager, 'call_id', labels);
      await this.judges.verdicts.keep(
        manager,
        batch.flatMap(({ callId, judged }) => (there.has(callId) ? judged.verdicts : [])),
      );
      await this.runs.closeTasks(manager, runId, labeler.id, tasks);
      await this.runs.tally(manager, runId, {
        ...tallyOf(batch.map(({ judged }) => judged)),
        ambiguous: batch.filter(({ ambiguous }) => ambiguous).length,
      });
    });
  }
}

/** Some wait for their label to be stored while the judge has as many as it takes; a judge that takes one waits itself. */
const placesFor = (judge: JudgeLabeler): number => Math.floor((concurrencyOf(judge) * (STORING_AT + 1)) / STORING_AT);

const materialOf = (call: KnownCall): Answered => ({
  query: promptText(call),
  answer: call.response,
  known: call.known.answers,
});

/** Canaries come between the calls, so that the judge has no less to do meanwhile. */
async function* withCanaries(
  calls: AsyncIterable<KnownCall>,
  due: () => Promise<OpenCanary[]>,
  budget: Budget,
): AsyncGenerator<KnownCall | OpenCanary> {
  for await (const call of calls) {
    if (budget.exhausted) return;
    yield* await due();
    yield call;
  }
}

/** One to which the judge is silent is asked once more at the end of the pass. */
async function askCanary(round: CanaryRound, canary: OpenCanary, health: JudgeHealth): Promise<void> {
  try {
    if (await round.ask(canary)) health.answered();
  } catch (error) {
    if (!(error instanceof JudgeSilent)) throw error;
    health.silent(error);
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
