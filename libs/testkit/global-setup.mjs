import { mkdir } from 'node:fs/promises';
import { clearAbandonedRuns, runFolder } from './test-runs.mjs';

/** Jest's entry: makes the folder in which specs of this run find, or start, their one PostgreSQL. */
export default async function globalSetup() {
  await clearAbandonedRuns();
  await mkdir(runFolder(process.pid), { recursive: true, mode: 0o700 });
}
