import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { connectionError, dataSourceFor } from '@signalbox/database';
import {
  HealthController,
  ResourceModule,
  subgraph,
  type Resource,
  type ServiceEnvironment,
} from '@signalbox/platform';
import { JobQueue } from '@signalbox/queue';
import { DataSource } from 'typeorm';
import { EMBEDDING_ENVIRONMENT } from './embedding.environment.js';
import { EmbeddingGraph } from './embedding.graph.js';
import { EmbeddingWorkers } from './embedding.workers.js';
import { SimilarResolver } from './similar/similar.resolver.js';
import { SimilarService } from './similar/similar.service.js';
import { EmbedStage } from './vectors/embed.stage.js';
import { SharedEmbedder } from './vectors/shared-embedder.js';
import { VectorsRepository } from './vectors/vectors.repository.js';

@Module({})
export class EmbeddingModule {
  static forEnvironment(environment: ServiceEnvironment): DynamicModule {
    return {
      module: EmbeddingModule,
      imports: [ResourceModule.of(resourcesOf(environment)), subgraph({ graph: EmbeddingGraph })],
      controllers: [HealthController],
      providers: [
        { provide: EMBEDDING_ENVIRONMENT, useValue: environment },
        ...[VectorsRepository, SharedEmbedder, EmbedStage, EmbeddingWorkers],
        ...[SimilarService, SimilarResolver],
      ],
    };
  }
}

function resourcesOf({ databaseUrl, queueUrl }: ServiceEnvironment): Resource[] {
  return [
    {
      token: DataSource,
      open: async () => {
        const dataSource = new DataSource(dataSourceFor('embedding', databaseUrl, []));
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
          applicationName: 'signalbox embedding queue',
          log: new Logger('queue'),
        });
        return Promise.resolve({ value: queue, close: () => queue.close() });
      },
    },
  ];
}
