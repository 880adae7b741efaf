import { Module, type DynamicModule } from '@nestjs/common';
import { IdempotencyKeys } from '@signalbox/database';
import { Outbound } from '@signalbox/outbound';
import {
  HealthController,
  serviceImports,
  workersFor,
  type ServiceEdges,
  type ServiceEnvironment,
} from '@signalbox/platform';
import { LlmCallEntity } from './calls/call.entity.js';
import { RetentionJob } from './calls/retention.job.js';
import { ScheduledExtractions } from './extractions/scheduled-extractions.js';
import { UserDataResolver } from './calls/user-data.resolver.js';
import { UserDataService } from './calls/user-data.service.js';
import { ForgottenRepository } from './calls/forgotten.repository.js';
import { CallStore } from './calls/call-store.js';
import { CallsRepository } from './calls/calls.repository.js';
import { CallsResolver } from './calls/calls.resolver.js';
import { CallsService } from './calls/calls.service.js';
import { DiagnosisResolver } from './diagnosis/diagnosis.resolver.js';
import { DiagnosisService } from './diagnosis/diagnosis.service.js';
import { ExtractJob } from './extractions/extract.job.js';
import { ExtractStage } from './extractions/extract.stage.js';
import { ExtractionEntity } from './extractions/extraction.entity.js';
import { ExtractionRepository } from './extractions/extraction.repository.js';
import { ExtractionResolver } from './extractions/extraction.resolver.js';
import { ExtractionService } from './extractions/extraction.service.js';
import { WindowRepository } from './extractions/window.repository.js';
import { CLOCK, INGEST_ENVIRONMENT, type Clock } from './ingest.environment.js';
import { IngestGraph } from './ingest.graph.js';
import { IngestDue, IngestJobs, IngestWork } from './ingest.work.js';
import { CandidateRepository } from './models/candidate.repository.js';
import { ResolveModelsJob } from './models/resolve-models.job.js';
import { TraceSourceEntity } from './sources/source.entity.js';
import { AssembleJob } from './receiver/assemble.job.js';
import { OtlpController } from './receiver/otlp.controller.js';
import { ReceivedRepository } from './receiver/received.repository.js';
import { ReceiverService } from './receiver/receiver.service.js';
import { SourceRepository } from './sources/source.repository.js';
import { SourceResolver } from './sources/source.resolver.js';
import { SourceService } from './sources/source.service.js';

const systemClock: Clock = () => new Date();

@Module({})
export class IngestModule {
  static forEnvironment(environment: ServiceEnvironment, edges?: ServiceEdges): DynamicModule {
    return {
      module: IngestModule,
      imports: serviceImports(
        { service: 'ingest', graph: IngestGraph, entities: [TraceSourceEntity, ExtractionEntity, LlmCallEntity] },
        environment,
        edges,
      ),
      controllers: environment.role === 'worker' ? [HealthController] : [HealthController, OtlpController],
      providers: [
        { provide: INGEST_ENVIRONMENT, useValue: environment },
        { provide: Outbound, useValue: Outbound.allowing(environment.outboundAllow) },
        { provide: CLOCK, useValue: systemClock },
        { provide: IdempotencyKeys, useValue: new IdempotencyKeys('ingest') },
        ...[IngestJobs, IngestDue, ...workersFor('ingest', IngestWork, environment)],
        ...[SourceRepository, SourceService, SourceResolver],
        ...[ExtractionRepository, WindowRepository, ExtractionService, ExtractionResolver, ExtractJob, ExtractStage],
        ...[DiagnosisService, DiagnosisResolver],
        ...[
          CallsRepository,
          CallsService,
          CallsResolver,
          CallStore,
          ForgottenRepository,
          UserDataService,
          UserDataResolver,
        ],
        ...[CandidateRepository, ResolveModelsJob, RetentionJob, ScheduledExtractions],
        ...[ReceivedRepository, ReceiverService, AssembleJob],
      ],
    };
  }
}
