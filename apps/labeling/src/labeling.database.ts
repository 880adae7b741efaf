import { workTables, type ServiceDatabase } from '@signalbox/database';
import { Labeling1764000000000 } from './migrations/0001-labeling.js';
import { KnownMoney1764000000001 } from './migrations/0002-known-money.js';
import { PerformanceOrder1764600000003 } from './migrations/0003-performance-order.js';
import { Forgotten1765000000001 } from './migrations/0004-forgotten.js';
import { LabelPolicy1765500000000 } from './migrations/0005-label-policy.js';
import { AskedAgain1765500000001 } from './migrations/0006-asked-again.js';
import { Canaries1765600000005 } from './migrations/0007-canaries.js';
import { SpearmanInterval1765700000001 } from './migrations/0008-spearman-interval.js';
import { TargetedReplays1766200000001 } from './migrations/0009-targeted-replays.js';
import { Pairwise1766300000001 } from './migrations/0010-pairwise.js';
import { KnownByRule1766400000001 } from './migrations/0011-known-by-rule.js';
import { JudgeGate1766400000002 } from './migrations/0012-judge-gate.js';
import { JudgePairs1766400000003 } from './migrations/0013-judge-pairs.js';
import { PublishedLabelPolicy1767200000000 } from './migrations/0014-published-label-policy.js';

export const labelingDatabase: ServiceDatabase = {
  service: 'labeling',
  migrations: [
    Labeling1764000000000,
    KnownMoney1764000000001,
    PerformanceOrder1764600000003,
    workTables('labeling'),
    Forgotten1765000000001,
    LabelPolicy1765500000000,
    AskedAgain1765500000001,
    Canaries1765600000005,
    SpearmanInterval1765700000001,
    TargetedReplays1766200000001,
    Pairwise1766300000001,
    KnownByRule1766400000001,
    JudgeGate1766400000002,
    JudgePairs1766400000003,
    PublishedLabelPolicy1767200000000,
  ],
  publishes: [
    { view: 'performance_v1', to: ['ingest', 'embedding', 'training', 'registry'] },
    { view: 'replay_cell_v1', to: ['embedding', 'training', 'registry'] },
    { view: 'judge_gate_v1', to: ['training'] },
    { view: 'judge_pair_v1', to: ['training'] },
    { view: 'label_policy_v1', to: ['training'] },
  ],
};
