import { Module, type DynamicModule } from '@nestjs/common';
import { Forgotten, IdempotencyKeys } from '@signalbox/database';
import { OwnEmbedder } from '@signalbox/embedders';
import { openObjectStore } from '@signalbox/object-store';
import { Outbound } from '@signalbox/outbound';
import { DataSource } from 'typeorm';
import { ForgetJob } from './forgotten/forget.job.js';
import { ForgottenRepository } from './forgotten/forgotten.repository.js';
import {
  HealthController,
  serviceImports,
  workersFor,
  type ServiceEdges,
  type ServiceEnvironment,
} from '@signalbox/platform';
import { CallsRepository } from './calls/calls.repository.js';
import { CalibrationRepository } from './judges/calibration.repository.js';
import { CalibrationResolver } from './judges/calibration.resolver.js';
import { CalibrationService } from './judges/calibration.service.js';
import { CanaryAsking } from './judges/canary.asking.js';
import { CanaryRepository } from './judges/canary.repository.js';
import { JudgeFactory } from './judges/judge.factory.js';
import { JudgeStanding } from './judges/judge-standing.js';
import { JudgeTooling } from './judges/judge-tooling.js';
import { References } from './judges/references.js';
import { VerdictRepository } from './judges/verdict.repository.js';
import { KnownAnswers } from './labelers/known-answers.js';
import { LabelerRepository } from './labelers/labeler.repository.js';
import { LabelerResolver } from './labelers/labeler.resolver.js';
import { LabelerService } from './labelers/labeler.service.js';
import { LABELING_ENVIRONMENT, OBJECT_STORE } from './labeling.environment.js';
import { LabelingGraph } from './labeling.graph.js';
import { LabelingJobs, LabelingWork, LabelUpkeep } from './labeling.work.js';
import { LabelRepository } from './labels/label.repository.js';
import { PerformanceRepository } from './labels/performance.repository.js';
import { ResolveJob } from './labels/resolve.job.js';
import { LabelledCallResolver, LabelResolver } from './labels/label.resolver.js';
import { FeedbackRepository } from './opinions/feedback.repository.js';
import { OpinionResolver } from './opinions/opinion.resolver.js';
import { OpinionService } from './opinions/opinion.service.js';
import { PairwiseRepository } from './pairwise/pairwise.repository.js';
import {
  CellPreferencesResolver,
  OrderConsistencyResolver,
  ReplayPairwiseResolver,
} from './pairwise/pairwise.resolver.js';
import { PairwiseService } from './pairwise/pairwise.service.js';
import { QualityRepository } from './quality/quality.repository.js';
import { QualityResolver } from './quality/quality.resolver.js';
import { QualityService } from './quality/quality.service.js';
import { CandidatesRepository } from './replays/candidates.repository.js';
import { CellWorkFactory } from './replays/cell-work.factory.js';
import { CellWriter } from './replays/cell-writer.js';
import { ComparisonRepository } from './replays/comparison.repository.js';
import { ComparisonService } from './replays/comparison.service.js';
import { DriftRepository } from './replays/drift.repository.js';
import { DriftService } from './replays/drift.service.js';
import { EligibleRepository } from './replays/eligible.repository.js';
import { PoolRepository } from './replays/pool.repository.js';
import { PromptVectors } from './replays/prompt-vectors.js';
import { ReplayForecast } from './replays/replay-forecast.js';
import { CellTooling, ReplayJob } from './replays/replay.job.js';
import { ReplayRepository } from './replays/replay.repository.js';
import { ReplayCellResolver, ReplayResolver } from './replays/replay.resolver.js';
import { ReplayPlan } from './replays/replay-plan.js';
import { ReplayProspects } from './replays/replay-prospects.js';
import { ReplayService } from './replays/replay.service.js';
import { ReplayStage } from './replays/replay.stage.js';
import { RouterChoices } from './replays/router-choices.js';
import { SamplePlanner } from './replays/sample-planner.js';
import { TargetedPlanner } from './replays/targeted-planner.js';
import { JudgeLabelling } from './runs/judge-labelling.js';
import { LabelJob, Labelling } from './runs/label.job.js';
import { LabelStage } from './runs/label.stage.js';
import { MetricLabelling } from './runs/metric-labelling.js';
import { RunRepository } from './runs/run.repository.js';
import { RunResolver } from './runs/run.resolver.js';
import { RunService } from './runs/run.service.js';
import { WorkRepository } from './work.repository.js';

@Module({})
export class LabelingModule {
  static forEnvironment(environment: ServiceEnvironment, edges?: ServiceEdges): DynamicModule {
    return {
      module: LabelingModule,
      imports: serviceImports({ service: 'labeling', graph: LabelingGraph, entities: [] }, environment, edges),
      controllers: [HealthController],
      providers: [
        { provide: LABELING_ENVIRONMENT, useValue: environment },
        { provide: Outbound, useValue: Outbound.allowing(environment.outboundAllow) },
        { provide: Forgotten, inject: [DataSource], useFactory: (from: DataSource) => new Forgotten('labeling', from) },
        { provide: IdempotencyKeys, useValue: new IdempotencyKeys('labeling') },
        ...[ForgottenRepository, ForgetJob],
        ...[PerformanceRepository, ResolveJob, LabelUpkeep],
        ...[WorkRepository, LabelingJobs, ...workersFor('labeling', LabelingWork, environment), CallsRepository],
        ...[LabelerRepository, LabelerService, LabelerResolver, KnownAnswers],
        ...[LabelRepository, LabelledCallResolver, LabelResolver],
        ...[FeedbackRepository, OpinionService, OpinionResolver],
        ...[VerdictRepository, References, JudgeFactory, CanaryRepository, CanaryAsking, JudgeTooling],
        ...[CalibrationRepository, CalibrationService, CalibrationResolver, JudgeStanding],
        ...[RunRepository, RunService, RunResolver, MetricLabelling, JudgeLabelling, Labelling, LabelJob, LabelStage],
        { provide: OBJECT_STORE, useValue: openObjectStore(environment.objectStoreUrl) },
        // One worker: a replay is planned beside labelling runs, which wait for other machines.
        { provide: OwnEmbedder, useFactory: () => new OwnEmbedder(environment.embedder, { workers: 1 }) },
        ...[CandidatesRepository, EligibleRepository, ReplayForecast, ReplayProspects, SamplePlanner],
        ...[PoolRepository, PromptVectors, RouterChoices, TargetedPlanner, ReplayPlan],
        ...[ComparisonRepository, ComparisonService],
        ...[QualityRepository, QualityService, QualityResolver],
        ...[PairwiseRepository, PairwiseService],
        ...[ReplayPairwiseResolver, CellPreferencesResolver, OrderConsistencyResolver],
        ...[DriftRepository, DriftService],
        ...[CellWorkFactory, CellWriter, CellTooling],
        ...[ReplayRepository, ReplayService, ReplayResolver, ReplayCellResolver, ReplayJob, ReplayStage],
      ],
    };
  }
}
