import { randomBytes } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  connect,
  databaseErrorCode,
  provision,
  startEmbeddedPostgres,
  type Provisioned,
  type ServiceDatabase,
} from '@signalbox/database';

export interface OwnPostgres {
  /** Superuser of a cluster that belongs to this test run alone. */
  adminUrl: string;
  dataDirectory: string;
}

export interface FreshDatabase {
  /** Superuser, on this database. */
  adminUrl: string;
  /** Connection URL of every login role. */
  urls: Provisioned['urls'];
  /** Removes the database, ending whoever is still connected. */
  drop(): Promise<void>;
}

/**
 * The embedded PostgreSQL of this Jest run: started by the spec that first asks, shared by all specs and workers, and
 * stopped by the root configuration's `globalTeardown`.
 */
export async function ownPostgres(): Promise<OwnPostgres> {
  const folder = folderOfThisRun();
  const address = path.join(folder, 'admin-url');
  if (await claim(path.join(folder, 'claimed'))) {
    const server = await startEmbeddedPostgres({
      dataDir: path.join(folder, 'data'),
      logFile: path.join(folder, 'postgres.log'),
    }).catch(async (error: unknown) => {
      await publish(path.join(folder, 'failed'), String(error));
      throw error;
    });
    await publish(address, server.adminUrl);
  }
  // The worker that claimed it may be any other process, whose start cannot be awaited.
  for (let waited = 0; !existsSync(address) && waited < 30_000; waited += 20) {
    if (existsSync(path.join(folder, 'failed'))) break;
    await delay(20);
  }
  if (!existsSync(address)) throw new Error(`The test run's PostgreSQL did not start; see ${folder}/postgres.log.`);
  const dataDirectory = path.join(realpathSync(folder), 'data', 'cluster');
  return { adminUrl: await readFile(address, 'utf8'), dataDirectory };
}

/**
 * A new database on the run's own server, provisioned for the given services (none: roles and queue alone).
 * Before the first write it is made sure that the server is our own, never one that a developer happens to run.
 */
export async function freshDatabase(services: readonly ServiceDatabase[] = []): Promise<FreshDatabase> {
  const own = await ownPostgres();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(own, `create database ${name}`);
  const url = new URL(own.adminUrl);
  url.pathname = `/${name}`;
  const { urls } = await provision(url.toString(), services);
  return {
    adminUrl: url.toString(),
    urls,
    drop: () => onServer(own, `drop database ${name} with (force)`),
  };
}

async function onServer(own: OwnPostgres, statement: string): Promise<void> {
  const client = await connect(own.adminUrl, 'signalbox testkit');
  try {
    const shown = await client.query<{ data_directory: string }>('show data_directory');
    if (shown.rows[0]?.data_directory !== own.dataDirectory) {
      throw new Error(
        `The server of this test run should keep its data in ${own.dataDirectory}; another one answered.`,
      );
    }
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Jest runs specs in its own process or in children; `global-setup.mjs` named the folder after Jest's process id. */
function folderOfThisRun(): string {
  const folder = [process.ppid, process.pid]
    .map((pid) => path.join(tmpdir(), `signalbox-test-${pid}`))
    .find((candidate) => existsSync(candidate));
  if (!folder)
    throw new Error('Run jest with the configuration at the root of the repository: it cleans up the server.');
  return folder;
}

async function claim(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if (databaseErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Readers see the file whole or not at all. */
async function publish(file: string, content: string): Promise<void> {
  await writeFile(`${file}.draft`, content, { mode: 0o600 });
  await rename(`${file}.draft`, file);
}
