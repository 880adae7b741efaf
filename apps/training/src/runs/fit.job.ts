import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import type { ObjectStore } from '@signalbox/object-store';
import { OBJECT_STORE } from '../training.environment.js';
import { DatasetLoader } from '../work/dataset-loader.js';
import { errorOf, problemOf } from '../work/end-of-work.js';
import { type JobContext } from '@signalbox/queue';
import type { AnswerTo, TrainedModel } from '../work/tasks.js';
import { WorkerPool } from '../work/worker-pool.js';
import { modelKey } from './model-key.js';
import { RunEntity } from './run.entity.js';
import { ROUTER_TYPES } from './run.input.js';
import { RunsRepository, type FittedRun } from './runs.repository.js';

/** A fit on fewer prompts than this says nothing, however many rows the dataset has. */
const MIN_VECTORED_PROMPTS = 50;

/** Fits the routers of one or several runs on the training part of their dataset. Done again it makes the same bytes. */
@Injectable()
export class FitJob {
  constructor(
    private readonly runs: RunsRepository,
    private readonly loader: DatasetLoader,
    private readonly pool: WorkerPool,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /**
   * Trains runs of one dataset and seed together, unless that is done, and keeps an expected failure on their rows. When they
   * have succeeded is for the caller to say.
   * @returns the runs, the default first
   * @throws SignalboxError the problem of runs that failed
   */
  async run(ids: readonly string[], { fence }: JobContext): Promise<RunEntity[]> {
    const asked = await this.read(ids);
    if (asked.some(({ modelSha256, problem }) => modelSha256 === null && problem === null))
      await this.fit(asked, fence);
    const fitted = await this.read(ids);
    for (const { id, problem, modelSha256 } of fitted) {
      if (problem) throw errorOf(problem);
      if (modelSha256 === null) throw new Error(`training run ${id} has no model`);
    }
    return fitted.sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
  }

  private async fit(runs: readonly RunEntity[], fence: JobContext['fence']): Promise<void> {
    const ids = runs.map(({ id }) => id);
    try {
      await this.runs.start(ids);
      const trained = await this.train(runs);
      const fitted = new Map<string, FittedRun>();
      for (const [place, model] of trained.models.entries()) {
        const run = runs.find(({ routerType }) => routerType === model.header.type);
        if (run) fitted.set(run.id, { ...(await this.keep(model)), place });
      }
      await this.runs.keep(fitted, fence);
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      await this.runs.fail(ids, problemOf(error));
    }
  }

  private async train(runs: readonly RunEntity[]): Promise<AnswerTo<'train'>> {
    const [first] = runs;
    if (!first) throw new SignalboxError('STAGE_FAILED', 'No router was asked for.');
    const { vectored } = await this.loader.load(first.datasetId, 'train');
    const types = ROUTER_TYPES.filter((type) => runs.some(({ routerType }) => routerType === type));
    const trained = await this.pool.run('train', { kind: 'train', dataset: vectored, types, seed: first.seed });
    if (trained.rows < MIN_VECTORED_PROMPTS) {
      const { rowsWithoutVector } = trained.leftOut;
      throw new SignalboxError(
        'TOO_FEW_PROMPTS',
        `${trained.rows} prompts of the training part can be trained on, ${rowsWithoutVector} have no vector; ` +
          `${MIN_VECTORED_PROMPTS - trained.rows} more are needed.`,
        'Run triggerRetrain: its stage embed makes the missing vectors.',
      );
    }
    return trained;
  }

  private async keep({ onnx, header, params, metrics, fitSeconds }: TrainedModel): Promise<Omit<FittedRun, 'place'>> {
    const modelSha256 = createHash('sha256').update(onnx).digest('hex');
    const written = await this.store.put(modelKey(modelSha256), onnx);
    if (!written.ok) throw new SignalboxError(written.error.code, written.error.hint);
    const modelUri = this.store.urlOf(modelKey(modelSha256));
    return { modelSha256, modelUri, modelHeader: header, params, metrics, fitSeconds };
  }

  private async read(ids: readonly string[]): Promise<RunEntity[]> {
    const found = await this.runs.byId(ids);
    return ids.map((id) => {
      const run = found.get(id);
      if (run) return run;
      throw new SignalboxError('NOT_FOUND', `There is no training run ${id}.`);
    });
  }
}
