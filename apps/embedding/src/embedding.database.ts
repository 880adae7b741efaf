import { workTables, type ServiceDatabase } from '@signalbox/database';
import { Embedding1764000000000 } from './migrations/0001-embedding.js';
import { Forgotten1765000000001 } from './migrations/0002-forgotten.js';

export const embeddingDatabase: ServiceDatabase = {
  service: 'embedding',
  migrations: [Embedding1764000000000, workTables('embedding'), Forgotten1765000000001],
  publishes: [{ view: 'vector_v1', to: ['labeling', 'training', 'registry'] }],
};
