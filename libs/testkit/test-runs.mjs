import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const PREFIX = 'signalbox-test-';

/** Folder of the run whose Jest has this process id; `src/own-postgres.ts` knows the same name. */
export function runFolder(pid) {
  return path.join(tmpdir(), `${PREFIX}${pid}`);
}

export async function clearRun(folder) {
  const dataDir = path.join(folder, 'data');
  if (existsSync(dataDir)) {
    const { stopEmbeddedPostgres } = await import('@signalbox/database');
    await stopEmbeddedPostgres(dataDir);
  }
  await rm(folder, { recursive: true, force: true });
}

/** A run that was killed leaves its server behind. */
export async function clearAbandonedRuns() {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length)) : Number.NaN;
    if (Number.isInteger(pid) && !isAlive(pid)) await clearRun(path.join(tmpdir(), name)).catch(reportLeftover(name));
  }
}

/** Another user's leftovers are theirs to remove; this run does not need them gone. */
function reportLeftover(name) {
  return (error) => process.stderr.write(`left ${path.join(tmpdir(), name)} behind: ${error.message}\n`);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
