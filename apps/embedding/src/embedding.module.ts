import { availableParallelism } from 'node:os';
import { Module, type DynamicModule } from '@nestjs/common';
import { Forgotten } from '@signalbox/database';
import { OwnEmbedder } from '@signalbox/embedders';
import {
  HealthController,
  serviceImports,
  workersFor,
  type ServiceEdges,
  type ServiceEnvironment,
} from '@signalbox/platform';
import { EmbeddingGraph } from './embedding.graph.js';
import { EmbeddingWork } from './embedding.work.js';
import { SimilarResolver } from './similar/similar.resolver.js';
import { SimilarService } from './similar/similar.service.js';
import { EmbedStage } from './vectors/embed.stage.js';
import { ForgetJob } from './vectors/forget.job.js';
import { VectorsRepository } from './vectors/vectors.repository.js';
import { DataSource } from 'typeorm';

/** Two workers embed 1.7 times what one does; each holds its own model, and PostgreSQL needs a core too. */
const MAX_WORKERS = 2;

@Module({})
export class EmbeddingModule {
  static forEnvironment(environment: ServiceEnvironment, edges?: ServiceEdges): DynamicModule {
    return {
      module: EmbeddingModule,
      imports: serviceImports({ service: 'embedding', graph: EmbeddingGraph, entities: [] }, environment, edges),
      controllers: [HealthController],
      providers: [
        {
          provide: Forgotten,
          inject: [DataSource],
          useFactory: (from: DataSource) => new Forgotten('embedding', from),
        },
        {
          provide: OwnEmbedder,
          useFactory: () =>
            new OwnEmbedder(environment.embedder, { workers: Math.min(MAX_WORKERS, availableParallelism()) }),
        },
        ...[VectorsRepository, EmbedStage, ForgetJob, ...workersFor('embedding', EmbeddingWork, environment)],
        ...[SimilarService, SimilarResolver],
      ],
    };
  }
}
