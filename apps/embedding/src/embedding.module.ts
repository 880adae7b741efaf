import { Module, type DynamicModule } from '@nestjs/common';
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
import { SharedEmbedder } from './vectors/shared-embedder.js';
import { VectorsRepository } from './vectors/vectors.repository.js';

@Module({})
export class EmbeddingModule {
  static forEnvironment(environment: ServiceEnvironment, edges?: ServiceEdges): DynamicModule {
    return {
      module: EmbeddingModule,
      imports: serviceImports({ service: 'embedding', graph: EmbeddingGraph, entities: [] }, environment, edges),
      controllers: [HealthController],
      providers: [
        ...[VectorsRepository, SharedEmbedder, EmbedStage, ...workersFor('embedding', EmbeddingWork, environment)],
        ...[SimilarService, SimilarResolver],
      ],
    };
  }
}
