import { workTables, type ServiceDatabase } from '@signalbox/database';
import { Registry1764000000000 } from './migrations/0001-registry.js';

export const registryDatabase: ServiceDatabase = {
  service: 'registry',
  migrations: [Registry1764000000000, workTables('registry')],
  publishes: [
    { view: 'candidate_v1', to: ['ingest', 'labeling', 'training'] },
    { view: 'alias_v1', to: ['labeling', 'training'] },
    { view: 'version_v1', to: ['labeling', 'training'] },
  ],
};
