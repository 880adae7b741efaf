import { Module, type DynamicModule } from '@nestjs/common';
import { Forgotten } from '@signalbox/database';
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
import { SharedEmbedder } from './vectors/shared-embedder.js';
import { VectorsRepository } from './vectors/vectors.repository.js';
import { DataSource } from 'typeorm';

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
        ...[
          VectorsRepository,
          SharedEmbedder,
          EmbedStage,
          ForgetJob,
          ...workersFor('embedding', EmbeddingWork, environment),
        ],
        ...[SimilarService, SimilarResolver],
      ],
    };
  }
}
