import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provision, startEmbeddedPostgres } from '@signalbox/database';
import { hasRedis, ownRedis } from '@signalbox/testkit';

/** What keeps the jobs, each a server of the bench's own on a free port with its data in `folder`. */
export const BACKENDS = [
  {
    name: 'postgresql',
    missing: null,
    async start(folder) {
      const server = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), logFile: join(folder, 'log') });
      const { urls } = await provision(server.adminUrl, []);
      return { url: urls.queue, stop: () => server.stop() };
    },
  },
  {
    name: 'redis',
    missing: hasRedis ? null : 'redis-server is not installed',
    start: (folder) => ownRedis('--dir', folder),
  },
];

/** Runs `work` on a server of its own; nothing of it is left, even when interrupted. */
export async function withServer({ start }, work) {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
  const starting = start(folder);
  let ending;
  const end = () =>
    (ending ??= starting
      .then(
        (server) => server.stop(),
        () => undefined,
      )
      .finally(() => rm(folder, { recursive: true, force: true })));
  // A server is a process of its own, which would outlive this one.
  const interrupted = () => void end().finally(() => process.exit(1));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const server = await starting;
    return await work(server.url, server);
  } finally {
    await end();
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}
