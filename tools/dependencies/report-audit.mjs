import { spawnSync } from 'node:child_process';
import { auditSummary } from './audit.mjs';

// Reported and never failed on: advisories appear between two runs of the same commit, and not every registry answers audits.
const { stdout, error } = spawnSync('npm', ['audit', '--json'], {
  encoding: 'utf8',
  timeout: 60_000,
  maxBuffer: 64 * 1024 * 1024,
  shell: process.platform === 'win32',
});
console.log(error ? `no report: ${error.message}` : auditSummary(stdout));
