import { workTables, type ServiceDatabase } from '@signalbox/database';
import { Embedding1764000000000 } from './migrations/0001-embedding.js';

export const embeddingDatabase: ServiceDatabase = {
  service: 'embedding',
  migrations: [Embedding1764000000000, workTables('embedding')],
  publishes: [{ view: 'vector_v1', to: ['training', 'registry'] }],
};
