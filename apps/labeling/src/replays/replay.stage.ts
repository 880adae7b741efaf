import { Injectable } from '@nestjs/common';
import { ERROR_CODES, SignalboxError, type RetrainRow } from '@signalbox/contracts';
import { JobStatus } from '@signalbox/contracts/graphql';
import { endpointOf } from '@signalbox/outbound';
import { type StageOutput, type StageProgress } from '@signalbox/queue';
import { v5 as uuidv5 } from 'uuid';
import { CHAT_API } from '../labelers/judge-settings.js';
import type { RetrainWatch } from '../retrain-watch.js';
import { CandidatesRepository } from './candidates.repository.js';
import { ReplaySampling } from './replay.input.js';
import { ReplayJob } from './replay.job.js';
import { ReplayRepository, type ReplayRow } from './replay.repository.js';
import { ReplayProspects } from './replay-prospects.js';
import { notesOf } from './replay.service.js';
import { SamplePlanner } from './sample-planner.js';

/** The stage `replay` of a retrain: prompts of both parts of the coming dataset are asked of every candidate of the router. */
@Injectable()
export class ReplayStage {
  constructor(
    private readonly replays: ReplayRepository,
    private readonly candidates: CandidatesRepository,
    private readonly prospects: ReplayProspects,
    private readonly planner: SamplePlanner,
    private readonly job: ReplayJob,
  ) {}

  /** @throws SignalboxError ADDRESS_REFUSED, NO_CANDIDATES, NO_CALLS, TOO_FEW_PROMPTS, or the problem of the replay, when it failed */
  async run(
    retrain: RetrainRow,
    report: (progress: StageProgress) => Promise<void>,
    watch: RetrainWatch,
  ): Promise<StageOutput> {
    const { replayEndpoint, replayBudgetUsd, replayTestPrompts, replayTrainPrompts } = retrain.request;
    if (replayEndpoint === null) return skipped('No endpoint to ask candidates through was given (replayEndpoint).');
    if (replayBudgetUsd <= 0) return skipped('The budget for replays is 0 (replayBudgetUsd).');
    if (replayTestPrompts + replayTrainPrompts === 0)
      return skipped('No prompts were asked for (replayTestPrompts, replayTrainPrompts).');
    const id = uuidv5('replay', retrain.id);
    const endpoint = endpointOf('replayEndpoint', replayEndpoint, CHAT_API, this.prospects.outbound);
    const planned = (await this.replays.find(id)) ?? (await this.plan(id, retrain, endpoint));
    await this.replays.reopen(id);
    let told = -1;
    await this.job.run(id, watch, async ({ cells, spentUsd }) => {
      await watch.look();
      const twentieth = Math.floor((20 * cells) / Math.max(1, planned.cells));
      if (twentieth === told) return;
      told = twentieth;
      await report({ done: cells, total: planned.cells, unit: 'cells', costUsd: spentUsd });
    });
    if (watch.cancelled) await this.replays.finish(id, JobStatus.CANCELLED, null);
    const replay = await this.replays.find(id);
    if (replay?.status === JobStatus.FAILED) {
      const { code, message, nextStep } = replay.problem ?? {
        code: 'STAGE_FAILED',
        message: 'The replay failed.',
        nextStep: null,
      };
      throw new SignalboxError(code, message, nextStep ?? ERROR_CODES[code]);
    }
    if (replay?.status !== JobStatus.SUCCEEDED) throw new Error(`replay ${id} did not end`);
    const { prompts, answeredCells, failedCells, skippedForTools, problem, expectedHalfWidth } = replay;
    return {
      ...{ replayId: id, prompts, cells: answeredCells + failedCells, failedCells, skippedForTools },
      ...{ spentUsd: replay.spentUsd, unpriced: replay.unpriced },
      halfWidth: (await this.replays.halfWidth(id)) ?? expectedHalfWidth,
      labels: await this.replays.outcomes(id),
      problem: problem?.code ?? null,
      notes: notesOf(replay),
    };
  }

  /** Draws the sample and opens its cells, in the transaction that makes the replay. */
  private async plan(id: string, { id: retrainId, router, request }: RetrainRow, endpoint: string): Promise<ReplayRow> {
    const candidates = await this.candidates.ofRouter(router, 'A replay');
    const names = candidates.filter(({ available }) => available).map(({ name }) => name);
    if (names.length === 0)
      throw new SignalboxError('NO_CANDIDATES', `The router "${router}" has no candidate that is available.`);
    const models = candidates.flatMap(({ name, aliases }) => [name, ...aliases]);
    const { eligible, forecast } = this.prospects;
    const prompts = await eligible.ofModels(models);
    if (prompts.length === 0) {
      throw new SignalboxError(
        'NO_CALLS',
        `No call that can be replayed was answered by a candidate of the router "${router}".`,
      );
    }
    const sample = await this.planner.plan(prompts, request);
    if (!sample.ok) throw new SignalboxError(sample.error.code, sample.error.hint);
    const drawn = sample.value.prompts;
    const ofTest = drawn.filter(({ part }) => part === 'test').length;
    const tokens = await eligible.summary({});
    const asked = { filter: {}, candidates: names, router };
    const { expectedHalfWidth } = await forecast.of(asked, ofTest, tokens);
    const { expectedCostUsd } = await forecast.of(asked, drawn.length, tokens);
    const replay = {
      ...{ id, retrainId, router, filter: {}, candidates: names, endpoint, sealedCredentials: null },
      ...{
        sampleSize: drawn.length,
        seed: request.seed,
        maxRequestsPerSecond: null,
        budgetUsd: request.replayBudgetUsd,
      },
      ...{ expectedHalfWidth, expectedCostUsd, skippedForTools: await eligible.needingTools(models) },
      judgeId: await forecast.judgeId(),
      ...{
        sampling: ReplaySampling.RANDOM,
        onlyWhereDifferent: false,
        version: null,
        manifestSha256: null,
        pairwise: false,
        comparisonUsd: null,
      },
    };
    await this.replays.transaction(async (manager) => {
      await this.replays.insert(manager, replay);
      await this.replays.planSample(manager, replay, drawn);
    });
    const planned = await this.replays.find(id);
    if (!planned) throw new Error(`replay ${id} is gone`);
    return planned;
  }
}

const skipped = (reason: string): StageOutput => ({ skipped: true, reason });
