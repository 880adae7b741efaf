import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { connectionError, dataSourceFor, IdempotencyKeys } from '@signalbox/database';
import {
  HealthController,
  ResourceModule,
  subgraph,
  type Resource,
  type ServiceEnvironment,
} from '@signalbox/platform';
import { JobQueue } from '@signalbox/queue';
import { DataSource } from 'typeorm';
import { LlmCallEntity } from './calls/call.entity.js';
import { CallsRepository } from './calls/calls.repository.js';
import { CallsResolver } from './calls/calls.resolver.js';
import { CallsService } from './calls/calls.service.js';
import { ExtractJob } from './extractions/extract.job.js';
import { ExtractStage } from './extractions/extract.stage.js';
import { ExtractionEntity } from './extractions/extraction.entity.js';
import { ExtractionRepository } from './extractions/extraction.repository.js';
import { ExtractionResolver } from './extractions/extraction.resolver.js';
import { ExtractionService } from './extractions/extraction.service.js';
import { WindowRepository } from './extractions/window.repository.js';
import { CLOCK, INGEST_ENVIRONMENT, type Clock } from './ingest.environment.js';
import { IngestGraph } from './ingest.graph.js';
import { IngestJobs, IngestWorkers } from './ingest.workers.js';
import { CandidateRepository } from './models/candidate.repository.js';
import { ResolveModelsJob } from './models/resolve-models.job.js';
import { TraceSourceEntity } from './sources/source.entity.js';
import { SourceRepository } from './sources/source.repository.js';
import { SourceResolver } from './sources/source.resolver.js';
import { SourceService } from './sources/source.service.js';
import { WorkRepository } from './work.repository.js';

const systemClock: Clock = () => new Date();

@Module({})
export class IngestModule {
  static forEnvironment(environment: ServiceEnvironment): DynamicModule {
    return {
      module: IngestModule,
      imports: [ResourceModule.of(resourcesOf(environment)), subgraph({ graph: IngestGraph })],
      controllers: [HealthController],
      providers: [
        { provide: INGEST_ENVIRONMENT, useValue: environment },
        { provide: CLOCK, useValue: systemClock },
        { provide: IdempotencyKeys, useValue: new IdempotencyKeys('ingest') },
        ...[WorkRepository, IngestJobs, IngestWorkers],
        ...[SourceRepository, SourceService, SourceResolver],
        ...[ExtractionRepository, WindowRepository, ExtractionService, ExtractionResolver, ExtractJob, ExtractStage],
        ...[CallsRepository, CallsService, CallsResolver],
        ...[CandidateRepository, ResolveModelsJob],
      ],
    };
  }
}

function resourcesOf({ databaseUrl, queueUrl }: ServiceEnvironment): Resource[] {
  return [
    {
      token: DataSource,
      open: async () => {
        const entities = [TraceSourceEntity, ExtractionEntity, LlmCallEntity];
        const dataSource = new DataSource(dataSourceFor('ingest', databaseUrl, entities));
        await dataSource.initialize().catch((error: unknown) => {
          throw connectionError(error, databaseUrl);
        });
        return { value: dataSource, close: () => dataSource.destroy() };
      },
    },
    {
      token: JobQueue,
      open: () => {
        const queue = new JobQueue({
          url: queueUrl,
          applicationName: 'signalbox ingest queue',
          log: new Logger('queue'),
        });
        return Promise.resolve({ value: queue, close: () => queue.close() });
      },
    },
  ];
}
