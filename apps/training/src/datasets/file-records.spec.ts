import { afterEach } from '@jest/globals';
import { describeRecords } from '@signalbox/datasets/conformance';
import { FileRecords } from './file-records.js';

const opened: FileRecords[] = [];
afterEach(() => opened.splice(0).forEach((records) => records.close()));

describeRecords('a file', () => {
  const records = new FileRecords();
  opened.push(records);
  return records;
});
