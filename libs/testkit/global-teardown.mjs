import { clearRun, runFolder } from './test-runs.mjs';

/** Jest's exit: stops the PostgreSQL that a spec has started, if any did. */
export default async function globalTeardown() {
  await clearRun(runFolder(process.pid));
}
