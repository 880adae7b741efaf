import { Injectable } from '@nestjs/common';
import { ERROR_CODES, SignalboxError, type ProblemRecord } from '@signalbox/contracts';
import { JobStatus } from '@signalbox/contracts/graphql';
import { type JobContext } from '@signalbox/queue';
import { Budget } from '../answering/budget.js';
import { CalibrationService } from '../judges/calibration.service.js';
import type { JudgeLabeler, MetricLabeler } from '../labelers/labeler.js';
import { LabelerRepository } from '../labelers/labeler.repository.js';
import { OpinionService } from '../opinions/opinion.service.js';
import { JudgeLabelling } from './judge-labelling.js';
import { MetricLabelling } from './metric-labelling.js';
import { RunRepository, type RunRow } from './run.repository.js';

export type ReportRun = (run: RunRow) => Promise<void>;

/** The two ways in which a run labels. */
@Injectable()
export class Labelling {
  constructor(
    readonly metrics: MetricLabelling,
    readonly judges: JudgeLabelling,
    readonly calibrations: CalibrationService,
  ) {}
}

/** Does a labelling run; whatever is done stays done, so that it goes on where it was after a crash. */
@Injectable()
export class LabelJob {
  constructor(
    private readonly runs: RunRepository,
    private readonly labelers: LabelerRepository,
    private readonly opinions: OpinionService,
    private readonly labelling: Labelling,
  ) {}

  async run(id: string, context: JobContext, report?: ReportRun): Promise<void> {
    try {
      const run = await this.runs.start(id);
      if (run) await this.label(run, context, report);
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      const { code, message, nextStep } = error;
      await this.runs.finish(id, JobStatus.FAILED, { code, message, nextStep });
    }
  }

  async giveUp(id: string): Promise<void> {
    const problem: ProblemRecord = {
      code: 'INTERNAL',
      message: 'Labelling failed several times.',
      nextStep: ERROR_CODES.INTERNAL,
    };
    await this.runs.finish(id, JobStatus.FAILED, problem);
  }

  private async label(run: RunRow, context: JobContext, report: ReportRun | undefined): Promise<void> {
    const labelers = (await this.labelers.all()).filter(({ name }) => run.labelers.includes(name));
    const metrics = labelers.filter((labeler): labeler is MetricLabeler => labeler.kind === 'METRIC');
    const judges = labelers.filter((labeler): labeler is JudgeLabeler => labeler.kind === 'JUDGE');
    await this.runs.addFeedback(run.id, await this.opinions.joinWaiting());
    if (!run.planned) await this.runs.plan(run, metrics.length > 0, judges);
    const tell = async () => {
      const now = report && (await this.runs.find(run.id));
      if (now) await report(now);
    };
    if (metrics.length > 0) await this.labelling.metrics.run(run.id, metrics, context, tell);
    const budget = new Budget(run.budgetUsd, run.spentUsd);
    const onlyBudgetLimits = run.sampleSize === null;
    const surroundings = { budget, onlyBudgetLimits, context, tell };
    for (const judge of judges) await this.labelling.judges.run(run.id, judge, surroundings);
    if (context.signal.aborted) return;
    for (const judge of judges) await this.labelling.calibrations.calibrate(judge.name, judge.version);
    const ended = await this.runs.find(run.id);
    const problem = ended && problemOf(ended, budget.exhausted);
    await this.runs.transaction(async (manager) => {
      await context.fence(manager);
      await this.runs.finish(run.id, JobStatus.SUCCEEDED, problem, manager);
    });
  }
}

/** What a run that ended has to say of what it could not label. */
function problemOf({ done, total, unparseable, refused, budgetUsd }: RunRow, exhausted: boolean): ProblemRecord | null {
  const problem = (code: ProblemRecord['code'], message: string): ProblemRecord => ({
    code,
    message,
    nextStep: ERROR_CODES[code],
  });
  if (exhausted) {
    return problem(
      'BUDGET_EXHAUSTED',
      `The budget of ${budgetUsd ?? 0} USD ended after ${done} of ${total ?? done} answers.`,
    );
  }
  if (unparseable > 0)
    return problem(
      'JUDGE_UNPARSEABLE',
      `${unparseable} replies of the judge were no verdict; their answers have no label.`,
    );
  if (refused > 0) return problem('JUDGE_REFUSED', `The judge declined ${refused} answers; they have no label.`);
  return null;
}
