import type { ServiceDefinition } from '@signalbox/platform';
import { IngestModule } from './ingest.module.js';

export { ingestDatabase } from './ingest.database.js';
export const ingestService: ServiceDefinition = {
  name: 'ingest',
  module: (environment, edges) => IngestModule.forEnvironment(environment, edges),
};
