import { workTables, type ServiceDatabase } from '@signalbox/database';
import { Ingest1764000000000 } from './migrations/0001-ingest.js';

export const ingestDatabase: ServiceDatabase = {
  service: 'ingest',
  migrations: [Ingest1764000000000, workTables('ingest')],
  publishes: [{ view: 'call_v1', to: ['labeling', 'embedding', 'training', 'registry'] }],
};
