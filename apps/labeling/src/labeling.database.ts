import { workTables, type ServiceDatabase } from '@signalbox/database';
import { Labeling1764000000000 } from './migrations/0001-labeling.js';
import { Forgotten1765000000001 } from './migrations/0003-forgotten.js';
import { KnownMoney1764000000001 } from './migrations/0002-known-money.js';

export const labelingDatabase: ServiceDatabase = {
  service: 'labeling',
  migrations: [Labeling1764000000000, KnownMoney1764000000001, workTables('labeling'), Forgotten1765000000001],
  publishes: [
    { view: 'performance_v1', to: ['ingest', 'embedding', 'training', 'registry'] },
    { view: 'replay_cell_v1', to: ['embedding', 'training', 'registry'] },
  ],
};
