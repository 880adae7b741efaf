import { Injectable } from '@nestjs/common';
import { ERROR_CODES, SignalboxError, type RetrainRow } from '@signalbox/contracts';
import { JobStatus } from '@signalbox/contracts/graphql';
import { type StageOutput, type StageProgress } from '@signalbox/queue';
import { v5 as uuidv5 } from 'uuid';
import { LabelerRepository } from '../labelers/labeler.repository.js';
import { LabelRepository } from '../labels/label.repository.js';
import { LabelJob } from './label.job.js';
import { RunRepository } from './run.repository.js';
import { notesOf } from './run.service.js';

/** The stage `label` of a retrain: one labelling run over all calls, with every metric and, within its budget, every judge. */
@Injectable()
export class LabelStage {
  constructor(
    private readonly runs: RunRepository,
    private readonly labelers: LabelerRepository,
    private readonly labels: LabelRepository,
    private readonly job: LabelJob,
  ) {}

  /** @throws SignalboxError the problem of the run, when it failed */
  async run(
    { id: retrainId, request }: RetrainRow,
    report: (progress: StageProgress) => Promise<void>,
    signal: AbortSignal,
  ): Promise<StageOutput> {
    const id = uuidv5('label', retrainId);
    const asksJudges = request.judgeBudgetUsd > 0 && request.judgeSample > 0;
    const labelers = (await this.labelers.all()).filter(({ kind }) => kind === 'METRIC' || asksJudges);
    await this.runs.insert({
      ...{ id, retrainId, filter: {}, labelers: labelers.map(({ name }) => name) },
      ...{ sampleSize: request.judgeSample, seed: request.seed, budgetUsd: request.judgeBudgetUsd },
    });
    let told = -1;
    await this.job.run(id, signal, async ({ done, total, spentUsd }) => {
      const twentieth = total ? Math.floor((20 * done) / total) : 0;
      if (twentieth === told) return;
      told = twentieth;
      await report({ done, total, unit: 'calls', costUsd: spentUsd });
    });
    const run = await this.runs.find(id);
    if (run?.status === JobStatus.FAILED) {
      const { code, message, nextStep } = run.problem ?? {
        code: 'STAGE_FAILED',
        message: 'Labelling failed.',
        nextStep: null,
      };
      throw new SignalboxError(code, message, nextStep ?? ERROR_CODES[code]);
    }
    if (run?.status !== JobStatus.SUCCEEDED) throw new Error(`labelling run ${id} did not end`);
    const { labelled, abstained, unparseable, refused, spentUsd, feedbackJoined, problem } = run;
    return {
      ...{ labelled, abstained: abstained + unparseable + refused, unparseable, spentUsd, feedbackJoined },
      /** Labels with a score in the database, by kind. */
      byKind: Object.fromEntries((await this.labels.counts()).map(({ kind, labels }) => [kind, labels])),
      labelers: run.labelers,
      problem: problem?.code ?? null,
      notes: notesOf(run),
    };
  }
}
