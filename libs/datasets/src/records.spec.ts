import { describeRecords } from './records.conformance.js';
import { MemoryRecords } from './records.js';

describeRecords('memory', () => new MemoryRecords());
