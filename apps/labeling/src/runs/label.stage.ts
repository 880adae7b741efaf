import { Injectable } from '@nestjs/common';
import { ERROR_CODES, SignalboxError, type RetrainRow } from '@signalbox/contracts';
import { JobStatus } from '@signalbox/contracts/graphql';
import { type StageOutput, type StageProgress } from '@signalbox/queue';
import { v5 as uuidv5 } from 'uuid';
import { LabelerRepository } from '../labelers/labeler.repository.js';
import { LabelRepository } from '../labels/label.repository.js';
import { CandidatesRepository } from '../replays/candidates.repository.js';
import type { RetrainWatch } from '../retrain-watch.js';
import { LabelJob } from './label.job.js';
import { RunRepository } from './run.repository.js';
import { notesOf } from './run.service.js';

/**
 * The stage `label` of a retrain: one labelling run, with every metric over all calls and, within its budget, every judge over a
 * sample of those that a candidate of the router answered.
 */
@Injectable()
export class LabelStage {
  constructor(
    private readonly runs: RunRepository,
    private readonly labelers: LabelerRepository,
    private readonly labels: LabelRepository,
    private readonly candidates: CandidatesRepository,
    private readonly job: LabelJob,
  ) {}

  /** @throws SignalboxError NO_CANDIDATES, DEPENDENCY_UNAVAILABLE, or the problem of the run, when it failed */
  async run(
    { id: retrainId, router, request }: RetrainRow,
    report: (progress: StageProgress) => Promise<void>,
    watch: RetrainWatch,
  ): Promise<StageOutput> {
    const id = uuidv5('label', retrainId);
    const asksJudges = request.judgeBudgetUsd > 0 && request.judgeSample > 0;
    const labelers = (await this.labelers.all()).filter(({ kind }) => kind === 'METRIC' || asksJudges);
    const judgedModels = labelers.some(({ kind }) => kind === 'JUDGE') ? await this.modelsOf(router) : null;
    await this.runs.insert({
      ...{ id, retrainId, filter: {}, labelers: labelers.map(({ name }) => name) },
      ...{ sampleSize: request.judgeSample, seed: request.seed, budgetUsd: request.judgeBudgetUsd },
      judgedModels,
    });
    await this.runs.reopen(id);
    let told = -1;
    await this.job.run(id, watch, async ({ done, total, spentUsd }) => {
      await watch.look();
      const twentieth = total ? Math.floor((20 * done) / total) : 0;
      if (twentieth === told) return;
      told = twentieth;
      await report({ done, total, unit: 'calls', costUsd: spentUsd });
    });
    if (watch.cancelled) await this.runs.finish(id, JobStatus.CANCELLED, null);
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
    const { labelled, abstained, unparseable, refused, spentUsd, unpriced, feedbackJoined, problem } = run;
    return {
      ...{ labelled, abstained: abstained + unparseable + refused, unparseable, feedbackJoined },
      ...{ spentUsd, unpriced },
      /** Labels with a score in the database, by kind. */
      byKind: Object.fromEntries((await this.labels.counts()).map(({ kind, labels }) => [kind, labels])),
      labelers: run.labelers,
      problem: problem?.code ?? null,
      notes: notesOf(run),
    };
  }

  /** Names and aliases of the router's candidates: an answer of another model says nothing about the choice between them. */
  private async modelsOf(router: string): Promise<string[]> {
    const candidates = await this.candidates.ofRouter(router, 'Judging');
    if (candidates.length === 0) throw new SignalboxError('NO_CANDIDATES', `The router "${router}" has no candidates.`);
    return candidates.flatMap(({ name, aliases }) => [name, ...aliases]);
  }
}
