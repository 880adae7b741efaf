import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError, type ErrorCode, type EvaluationRecord, type ProblemRecord } from '@signalbox/contracts';
import type { ObjectStore } from '@signalbox/object-store';
import { type JobContext } from '@signalbox/queue';
import { modelKey } from '../runs/model-key.js';
import { RunEntity } from '../runs/run.entity.js';
import { OBJECT_STORE } from '../training.environment.js';
import { DatasetLoader } from '../work/dataset-loader.js';
import { problemOf } from '../work/end-of-work.js';
import { storedHeader } from '../work/stored-model.js';
import type { Champion, Spent, StoredModel } from '../work/tasks.js';
import { WorkerPool } from '../work/worker-pool.js';
import { ChampionRepository, type ComparedData } from './champion.repository.js';
import { EvaluationsRepository } from './evaluations.repository.js';

export interface EvaluateOptions {
  evaluationId: string;
  /** USD that were spent on judges and on replay to get the data; null when that is not known. */
  spent: Omit<Spent, 'calls'> | null;
}

/** With these the champion cannot be compared, now or later; anything else may pass, and without a champion the gate would refuse. */
const INCOMPARABLE: readonly ErrorCode[] = ['CONFLICT', 'NOT_FOUND', 'ARTIFACT_CORRUPT', 'ARTIFACT_INVALID'];

/** Evaluates runs of one dataset together, once: the test part is looked at by one report. */
@Injectable()
export class EvaluateRuns {
  constructor(
    private readonly evaluations: EvaluationsRepository,
    private readonly champions: ChampionRepository,
    private readonly loader: DatasetLoader,
    private readonly pool: WorkerPool,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /**
   * @param runs that were fitted, the default first
   * @returns the report; that of an earlier call when there is one
   * @throws SignalboxError when the dataset or a model cannot be read
   */
  async run(
    runs: readonly RunEntity[],
    { evaluationId: id, spent }: EvaluateOptions,
    { fence }: JobContext,
  ): Promise<EvaluationRecord> {
    const known = await this.evaluations.record(id);
    if (known) return known;
    const [first] = runs;
    if (!first) throw new SignalboxError('STAGE_FAILED', 'There is no run to evaluate.');
    const loaded = await this.loader.load(first.datasetId, 'test');
    const { vectored: dataset, frozenHash, space, prompts, eligibleCalls, testCalls, judges } = loaded;
    const vectored = new Set(dataset.texts);
    const { champion, refused } = await this.champion(first.router, {
      ...{ hash: frozenHash, candidates: dataset.candidates, space },
      prompts: prompts.filter(({ textHash }) => vectored.has(textHash)),
    });
    const compared = await this.pool.run('evaluate', {
      kind: 'evaluate',
      dataset,
      models: await Promise.all(runs.map((run) => this.modelOf(run))),
      champion,
      judges,
      testCalls,
      spent: spent && { ...spent, calls: eligibleCalls },
    });
    const record = { ...compared.record, refused: [...compared.record.refused, ...refused] };
    const gateInputs = new Map(runs.map((run, k) => [run.id, compared.gateInputs[k] ?? null]));
    await this.evaluations.insert({ id, datasetId: first.datasetId, record, gateInputs }, fence);
    return (await this.evaluations.record(id)) ?? record;
  }

  /** Without the champion the rest of the report stands, and says what is missing; the gate has nothing to decide on. */
  private async champion(
    router: string,
    compared: ComparedData,
  ): Promise<{ champion: Champion | null; refused: ProblemRecord[] }> {
    try {
      return { champion: await this.champions.of(router, compared), refused: [] };
    } catch (error) {
      if (!(error instanceof SignalboxError) || !INCOMPARABLE.includes(error.code)) throw error;
      return { champion: null, refused: [problemOf(error)] };
    }
  }

  private async modelOf({ id, modelSha256, modelHeader }: RunEntity): Promise<StoredModel> {
    const stored = await this.store.get(modelKey(modelSha256 ?? 'none'));
    if (!stored.ok) throw new SignalboxError(stored.error.code, `training run ${id}: ${stored.error.hint}`);
    return { onnx: stored.value, header: storedHeader.parse(modelHeader) };
  }
}
