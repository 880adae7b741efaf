import type { ServiceDefinition } from '@signalbox/platform';
import { EmbeddingModule } from './embedding.module.js';

export { embeddingDatabase } from './embedding.database.js';
export const embeddingService: ServiceDefinition = {
  name: 'embedding',
  module: (environment, edges) => EmbeddingModule.forEnvironment(environment, edges),
};
