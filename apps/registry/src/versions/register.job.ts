import { Injectable } from '@nestjs/common';
import { SignalboxError, type RetrainRow } from '@signalbox/contracts';
import type { JobContext, StageOutput } from '@signalbox/queue';
import { DEFAULT_EXPLORATION } from '@signalbox/routers';
import { outputId } from '../retrains/stage-output.js';
import { RoutersRepository } from '../routers/routers.repository.js';
import { ModelFile } from './model-file.js';
import { TrainingRunRepository, type TrainingRun } from './training-run.repository.js';
import { VersionStatus, type VersionEntity } from './version.entity.js';
import { VersionWriter } from './version-writer.js';
import { VersionsRepository } from './versions.repository.js';

/** The stage `register`: makes the model of a training run the next version of its router. */
@Injectable()
export class RegisterJob {
  constructor(
    private readonly routers: RoutersRepository,
    private readonly runs: TrainingRunRepository,
    private readonly files: ModelFile,
    private readonly versions: VersionsRepository,
    private readonly writer: VersionWriter,
  ) {}

  /** A training run is one version of a router, however often it is registered. */
  async run(retrain: RetrainRow, { fence }: JobContext): Promise<StageOutput> {
    const trainingRunId = outputId(retrain, ['evaluate', 'train'], 'trainingRunId');
    const router = await this.routers.findByName(retrain.router);
    if (!router) throw new SignalboxError('NOT_FOUND', `There is no router ${retrain.router}.`);
    const run = await this.runs.require(trainingRunId);
    const { model, embedderFiles } = await this.files.load(run);
    const candidates = (await this.routers.candidatesOf([router.id])).get(router.id) ?? [];
    const stranger = model.candidates.find((name) => candidates.every((candidate) => candidate.name !== name));
    if (stranger !== undefined) {
      throw new SignalboxError(
        'ARTIFACT_INVALID',
        `The model chooses ${stranger}, which is no candidate of ${router.name}.`,
      );
    }
    const version = await this.routers.transaction(async (manager) => {
      await fence(manager);
      const locked = await this.routers.lock(manager, router.id);
      const known = await this.versions.findByTrainingRun(manager, router.id, trainingRunId);
      if (known) return known;
      const { embedding, datasetHash } = run;
      return this.writer.write(manager, {
        router: locked,
        candidates,
        artefact: {
          model,
          embedding: model.dim > 0 ? embedding : null,
          datasetHash,
          metrics: figuresOf(run),
          exploration: DEFAULT_EXPLORATION,
          ...(model.dim > 0 && { embedderFiles }),
        },
        status: VersionStatus.CANDIDATE,
        createdBy: `retrain ${retrain.id}`,
        trainingRunId,
        retrainId: retrain.id,
      });
    });
    return registered(version);
  }
}

function registered({ id, version, uri, sha256 }: VersionEntity): StageOutput {
  return { version, versionId: id, uri, sha256 };
}

/** The run's own numbers, and how the router did on the test part; null where the data could not support a number. */
function figuresOf({ metrics, evaluation, routerType }: TrainingRun): Record<string, number | null> {
  const own = Object.entries(metrics ?? {}).flatMap(([name, value]): [string, number | null][] =>
    typeof value === 'number' || value === null ? [[name, value]] : [],
  );
  const result = evaluation?.results.find(({ policy }) => policy === routerType);
  const test = result && {
    testQuality: result.quality,
    testCostUsdPerCall: result.costUsdPerCall,
    testGainOverBestSingle: result.gainOverBestSingle,
  };
  return { ...Object.fromEntries(own), ...test };
}
