import { workTables, type ServiceDatabase } from '@signalbox/database';
import { Ingest1764000000000 } from './migrations/0001-ingest.js';
import { Backends1764600000000 } from './migrations/0003-backends.js';
import { Receiver1764600000001 } from './migrations/0004-receiver.js';
import { ForgottenCalls1765000000000 } from './migrations/0006-forgotten-calls.js';
import { CallsThatMayReturn1765500000000 } from './migrations/0007-calls-that-may-return.js';
import { Schedules1764600000002 } from './migrations/0005-schedules.js';
import { SetAside1765600000000 } from './migrations/0008-set-aside.js';
import { MomentsBefore19701764500000001 } from './migrations/0002-moments-before-1970.js';

export const ingestDatabase: ServiceDatabase = {
  service: 'ingest',
  migrations: [
    Ingest1764000000000,
    workTables('ingest'),
    MomentsBefore19701764500000001,
    Backends1764600000000,
    Receiver1764600000001,
    Schedules1764600000002,
    ForgottenCalls1765000000000,
    CallsThatMayReturn1765500000000,
    SetAside1765600000000,
  ],
  publishes: [
    { view: 'call_v1', to: ['labeling', 'embedding', 'training', 'registry'] },
    { view: 'forgotten_call_v1', to: ['labeling', 'embedding', 'training'] },
    { view: 'forgotten_user_v1', to: ['labeling'] },
  ],
};
