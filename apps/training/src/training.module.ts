import { Module, type DynamicModule } from '@nestjs/common';
import { OwnEmbedder } from '@signalbox/embedders';
import { openObjectStore } from '@signalbox/object-store';
import {
  HealthController,
  serviceImports,
  workersFor,
  type ServiceEdges,
  type ServiceEnvironment,
} from '@signalbox/platform';
import { DatasetEntity } from './datasets/dataset.entity.js';
import { DatasetDetailsResolver } from './datasets/dataset-details.resolver.js';
import { DatasetContentResolver, DatasetRowsResolver } from './datasets/dataset-rows.resolver.js';
import { DatasetRowsService } from './datasets/dataset-rows.service.js';
import { DatasetStage } from './datasets/dataset.stage.js';
import { DatasetsRepository } from './datasets/datasets.repository.js';
import { DatasetsResolver } from './datasets/datasets.resolver.js';
import { DatasetsService } from './datasets/datasets.service.js';
import { ForgetJob } from './datasets/forget.job.js';
import { ForgottenRepository } from './datasets/forgotten.repository.js';
import { FreezeJob } from './datasets/freeze.job.js';
import { LabelingRepository } from './datasets/labeling.repository.js';
import { KnownCallsRepository } from './datasets/known-calls.repository.js';
import { ChampionRepository } from './evaluations/champion.repository.js';
import { EvaluateRuns } from './evaluations/evaluate-runs.js';
import { EvaluateStage } from './evaluations/evaluate.stage.js';
import { EvaluationsRepository } from './evaluations/evaluations.repository.js';
import { EvaluationsResolver } from './evaluations/evaluations.resolver.js';
import { IdempotencyRepository } from './idempotency/idempotency.repository.js';
import { RetrainEntity, RetrainStageEntity } from './retrains/retrain.entity.js';
import { RetrainsRepository } from './retrains/retrains.repository.js';
import { RetrainsResolver } from './retrains/retrains.resolver.js';
import { RetrainsService } from './retrains/retrains.service.js';
import { RouterResolver } from './retrains/router.resolver.js';
import { Saga } from './retrains/saga.js';
import { FitJob } from './runs/fit.job.js';
import { RunEntity } from './runs/run.entity.js';
import { RunsRepository } from './runs/runs.repository.js';
import { RunsResolver } from './runs/runs.resolver.js';
import { RunsService } from './runs/runs.service.js';
import { TrainJob } from './runs/train.job.js';
import { TrainStage } from './runs/train.stage.js';
import { OBJECT_STORE, TRAINING_ENVIRONMENT } from './training.environment.js';
import { TrainingGraph } from './training.graph.js';
import { TrainingJobs, TrainingStages, TrainingWork } from './training.work.js';
import { DatasetLoader } from './work/dataset-loader.js';
import { DatasetVectors } from './work/dataset-vectors.js';
import { VectorsRepository } from './work/vectors.repository.js';
import { WorkerPool } from './work/worker-pool.js';

@Module({})
export class TrainingModule {
  static forEnvironment(environment: ServiceEnvironment, edges?: ServiceEdges): DynamicModule {
    return {
      module: TrainingModule,
      imports: serviceImports(
        {
          service: 'training',
          graph: TrainingGraph,
          entities: [DatasetEntity, RunEntity, RetrainEntity, RetrainStageEntity],
        },
        environment,
        edges,
      ),
      controllers: [HealthController],
      providers: [
        { provide: TRAINING_ENVIRONMENT, useValue: environment },
        { provide: OBJECT_STORE, useValue: openObjectStore(environment.objectStoreUrl) },
        // Asked for its space alone: no text is embedded here.
        { provide: OwnEmbedder, useFactory: () => new OwnEmbedder(environment.embedder, { workers: 1 }) },
        ...[IdempotencyRepository, VectorsRepository, DatasetVectors, WorkerPool, DatasetLoader],
        ...[
          DatasetsRepository,
          KnownCallsRepository,
          LabelingRepository,
          DatasetsService,
          DatasetsResolver,
          FreezeJob,
          DatasetStage,
        ],
        ...[
          DatasetRowsService,
          DatasetContentResolver,
          DatasetDetailsResolver,
          DatasetRowsResolver,
          ForgottenRepository,
          ForgetJob,
        ],
        ...[RunsRepository, RunsService, RunsResolver, FitJob, TrainJob, TrainStage],
        ...[EvaluationsRepository, ChampionRepository, EvaluateRuns, EvaluateStage, EvaluationsResolver],
        ...[RetrainsRepository, RetrainsService, RetrainsResolver, RouterResolver, Saga],
        ...[TrainingStages, TrainingJobs, ...workersFor('training', TrainingWork, environment)],
      ],
    };
  }
}
