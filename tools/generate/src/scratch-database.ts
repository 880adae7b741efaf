import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { provision, startEmbeddedPostgres, type ServiceDatabase } from '@signalbox/database';

/** Runs something on a PostgreSQL of its own, migrated for the given services; nothing of it is left, even when interrupted. */
export async function withScratchDatabase(
  services: readonly ServiceDatabase[],
  work: (adminUrl: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'signalbox-generate-'));
  const server = await startEmbeddedPostgres({
    dataDir: path.join(folder, 'data'),
    logFile: path.join(folder, 'postgres.log'),
  });
  const end = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  // The server is a process of its own, which would outlive this one.
  const interrupted = () => void end().finally(() => process.exit(1));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    await provision(server.adminUrl, services);
    await work(server.adminUrl);
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await end();
  }
}
