import type { ServiceDatabase } from '@signalbox/database';
import { embeddingDatabase, embeddingService } from '@signalbox/embedding';
import { ingestDatabase, ingestService } from '@signalbox/ingest';
import { labelingDatabase, labelingService } from '@signalbox/labeling';
import type { ServiceDefinition } from '@signalbox/platform';
import { registryDatabase, registryService } from '@signalbox/registry';
import { trainingDatabase, trainingService } from '@signalbox/training';

/** Every service, in the order in which they start. */
export const SERVICES_IN_ORDER: readonly ServiceDefinition[] = [
  ingestService,
  labelingService,
  embeddingService,
  trainingService,
  registryService,
];

/** The schema of every service, and what it publishes to the others. */
export const SERVICE_DATABASES: readonly ServiceDatabase[] = [
  ingestDatabase,
  labelingDatabase,
  embeddingDatabase,
  trainingDatabase,
  registryDatabase,
];
