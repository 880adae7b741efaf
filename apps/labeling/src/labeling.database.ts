import type { ServiceDatabase } from '@signalbox/database';
import { Labeling1764000000000 } from './migrations/0001-labeling.js';

export const labelingDatabase: ServiceDatabase = {
  service: 'labeling',
  migrations: [Labeling1764000000000],
  publishes: [
    { view: 'performance_v1', to: ['ingest', 'embedding', 'training', 'registry'] },
    { view: 'replay_cell_v1', to: ['embedding', 'training', 'registry'] },
  ],
};
