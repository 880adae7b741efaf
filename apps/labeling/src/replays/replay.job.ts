import { Injectable } from '@nestjs/common';
import { ERROR_CODES, SignalboxError, type ProblemRecord } from '@signalbox/contracts';
import { JobStatus } from '@signalbox/contracts/graphql';
import { type JobContext } from '@signalbox/queue';
import { BatchWriter } from '../answering/batch-writer.js';
import { Budget } from '../answering/budget.js';
import { IN_FLIGHT, inFlight } from '../answering/in-flight.js';
import { KnownAnswers } from '../labelers/known-answers.js';
import { LabelerRepository } from '../labelers/labeler.repository.js';
import type { CellDone, CellWork } from './cell-work.js';
import { CellWorkFactory } from './cell-work.factory.js';
import { CellWriter } from './cell-writer.js';
import { ReplayPlan } from './replay-plan.js';
import { ReplayRepository, type OpenCell, type ReplayRow } from './replay.repository.js';

/** Prompts whose texts are held in memory at once. */
const PAGE_PROMPTS = 100;

export type ReportReplay = (state: { cells: number; spentUsd: number }) => Promise<void>;

/** Who labels a cell, and what keeps it. */
@Injectable()
export class CellTooling {
  constructor(
    readonly work: CellWorkFactory,
    readonly writer: CellWriter,
    readonly known: KnownAnswers,
  ) {}
}

/** Does a replay; every cell is written when it is done, so that it goes on where it was after a crash. */
@Injectable()
export class ReplayJob {
  constructor(
    private readonly replays: ReplayRepository,
    private readonly plan: ReplayPlan,
    private readonly labelers: LabelerRepository,
    private readonly cells: CellTooling,
  ) {}

  async run(id: string, context: JobContext, report?: ReportReplay): Promise<void> {
    try {
      const replay = await this.replays.start(id);
      if (!replay) return;
      if (!replay.planned) await this.plan.make(replay);
      await this.replay(replay, context, report);
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      const { code, message, nextStep } = error;
      await this.replays.finish(id, JobStatus.FAILED, { code, message, nextStep });
    }
  }

  async giveUp(id: string): Promise<void> {
    const problem: ProblemRecord = {
      code: 'INTERNAL',
      message: 'The replay failed several times.',
      nextStep: ERROR_CODES.INTERNAL,
    };
    await this.replays.finish(id, JobStatus.FAILED, problem);
  }

  private async replay(
    replay: ReplayRow,
    { signal, fence }: JobContext,
    report: ReportReplay | undefined,
  ): Promise<void> {
    const { id } = replay;
    const budget = new Budget(replay.budgetUsd, replay.spentUsd);
    const work = await this.cells.work.open(replay, await this.replays.asked(id), budget, (paid) =>
      this.replays.transaction(async (manager) => {
        await fence(manager);
        const unpriced = paid.reduce((sum, judged) => sum + judged.unpriced, 0);
        const usd = paid.map(({ costUsd }) => costUsd);
        await this.replays.spend(manager, id, usd, unpriced);
      }),
    );
    let asked = replay.answeredCells + replay.failedCells;
    const writer = new BatchWriter<CellDone>(async (batch) => {
      await this.cells.writer.write(id, batch, fence);
      asked += batch.filter(({ answer }) => answer !== null).length;
      await report?.({ cells: asked, spentUsd: Number(budget.spentUsd.toFixed(9)) });
    });
    for (let place = 0; !budget.exhausted && !signal.aborted;) {
      const cells = await this.replays.openCellsAfter(id, place, PAGE_PROMPTS);
      const last = cells.at(-1);
      if (!last) break;
      place = last.place;
      await this.page(id, cells, work, writer, signal);
    }
    if (signal.aborted) return;
    const problem = await this.problemOf(id, budget.exhausted);
    const status = problem?.code === 'REPLAY_UNREACHABLE' ? JobStatus.FAILED : JobStatus.SUCCEEDED;
    await this.replays.transaction(async (manager) => {
      await fence(manager);
      await this.replays.finish(id, status, problem, manager);
    });
  }

  private async page(
    replayId: string,
    cells: readonly OpenCell[],
    work: CellWork,
    writer: BatchWriter<CellDone>,
    signal: AbortSignal,
  ): Promise<void> {
    const prompts = new Map(cells.map(({ callId, traceId, query }) => [callId, { id: callId, traceId, query }]));
    const known = await this.cells.known.to([...prompts.values()], await this.labelers.metrics());
    const ambiguous = [...known].flatMap(([callId, { ambiguous: is }]) => (is ? [callId] : []));
    if (ambiguous.length > 0) await this.replays.markAmbiguous(replayId, ambiguous);
    await inFlight(cells, IN_FLIGHT, signal, async (cell) => {
      let { response } = cell;
      if (cell.status === 'OPEN') {
        const asked = await work.ask(cell);
        if (!asked) return;
        await writer.add(asked);
        response = asked.answer?.response ?? null;
      }
      if (response === null) return;
      const truths = known.get(cell.callId)?.answers ?? [];
      if (!cell.isLabelled) {
        const labelled = await work.label(cell, response, truths);
        if (!labelled) return;
        await writer.add(labelled);
      }
      for (const shown of cell.toCompare) {
        const compared = await work.compare(cell, response, shown, truths);
        if (!compared) return;
        await writer.add(compared);
      }
    });
  }

  private async problemOf(id: string, exhausted: boolean): Promise<ProblemRecord | null> {
    const problem = (code: ProblemRecord['code'], message: string) => ({ code, message, nextStep: ERROR_CODES[code] });
    const now = await this.replays.find(id);
    if (!now) return null;
    if (now.failedCells > 0 && now.answeredCells === 0 && (await this.replays.unreachedCells(id)) === now.failedCells) {
      return problem(
        'REPLAY_UNREACHABLE',
        `None of the ${now.failedCells} cells that were asked has an answer: ${now.endpoint} does not answer, or only with 429 and 5xx.`,
      );
    }
    if (exhausted) {
      const asked = now.answeredCells + now.failedCells;
      return problem(
        'BUDGET_EXHAUSTED',
        `The budget of ${now.budgetUsd} USD ended after ${asked} of ${now.cells} cells.`,
      );
    }
    if (now.failedCells > 0)
      return problem('CANDIDATE_FAILED', `${now.failedCells} of ${now.cells} cells have no answer.`);
    const { UNPARSEABLE = 0, NO_LABELER = 0 } = await this.replays.outcomes(id);
    if (UNPARSEABLE > 0)
      return problem(
        'JUDGE_UNPARSEABLE',
        `${UNPARSEABLE} replies of the judge were no verdict; their cells have no label.`,
      );
    if (NO_LABELER > 0)
      return problem('TOO_FEW_LABELS', `${NO_LABELER} cells have no label: no answer is known and there is no judge.`);
    return null;
  }
}
