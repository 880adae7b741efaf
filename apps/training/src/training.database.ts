import { workTables, type ServiceDatabase } from '@signalbox/database';
import { Training1764000000000 } from './migrations/0001-training.js';
import { ResumableRetrains1764500000001 } from './migrations/0003-resumable-retrains.js';
import { ForgottenPrompts1765000000001 } from './migrations/0004-forgotten-prompts.js';
import { JudgesOfDatasets1765700000001 } from './migrations/0005-judges-of-datasets.js';
import { OneRetrain1764000000001 } from './migrations/0002-one-retrain.js';

export const trainingDatabase: ServiceDatabase = {
  service: 'training',
  migrations: [
    Training1764000000000,
    OneRetrain1764000000001,
    workTables('training'),
    ResumableRetrains1764500000001,
    ForgottenPrompts1765000000001,
    JudgesOfDatasets1765700000001,
  ],
  publishes: [
    { view: 'retrain_v1', to: ['ingest', 'labeling', 'embedding', 'registry'] },
    { view: 'training_run_v1', to: ['registry'] },
  ],
};
