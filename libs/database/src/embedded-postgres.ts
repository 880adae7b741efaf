import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { findBinaries, type PostgresBinaries } from './binaries.js';
import { connect } from './connection-errors.js';
import { lockDataFolder } from './data-folder-lock.js';
import { writableFolder } from './writable-folder.js';
import { disownPostmasterFile, findPostmaster, readPostmasterFile, stopPostmaster, waitUntil } from './postmaster.js';

const ADMIN = 'signalbox';
const DATABASE = 'signalbox';
const START_TIMEOUT_MS = 60_000; // crash recovery replays at most max_wal_size, seconds on a slow disk

const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  // A socket's path is limited to 107 bytes, which a clone in a deep folder exceeds.
  unix_socket_directories: '',
  // Five services, their queues and workers take about 60.
  max_connections: '120',
  shared_buffers: '64MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  max_wal_size: '256MB',
  // No replica ever reads this log, so bulk loads into new tables may skip it.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  // Spares three processes; the data fits in memory.
  io_method: 'sync',
  jit: 'off',
  fsync: 'on',
  // "An acknowledged trace is in PostgreSQL": a commit is answered when it is on disk. Bulk writes commit once per batch,
  // so that waiting for the disk costs them nothing.
  synchronous_commit: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // `start` reads the log.
  lc_messages: 'C',
};

export interface EmbeddedPostgresOptions {
  /** Folder of the cluster and its password; created with mode 0700. */
  dataDir: string;
  /** PostgreSQL's own log; appended to. */
  logFile: string;
  /** A free port is taken when absent. */
  port?: number;
}

export interface EmbeddedPostgres {
  /** `postgres://signalbox:...@127.0.0.1:port/signalbox`, a superuser of this cluster. */
  adminUrl: string;
  /** True when the server of a killed run was still there and is used on. */
  adopted: boolean;
  port: number;
  pid: number;
  /** What `show data_directory` answers. */
  dataDirectory: string;
  /** Stops the server and lets go of the data folder. Safe to repeat, and after the server died by itself. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that npm installed, or adopts the one that a killed run left on the same folder.
 *
 * The server is detached: it outlives a killed parent and the next start finds it. As root it runs in a user
 * namespace as user 1000, since PostgreSQL refuses to run as root; files stay root's own.
 * @throws SignalboxError DATA_FOLDER_UNWRITABLE, CONFLICT (another process holds the folder), PORT_TAKEN,
 *   USER_NAMESPACES_REFUSED, EMBEDDED_POSTGRES_FAILED
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = await writableFolder(options.dataDir);
  await writableFolder(path.dirname(options.logFile));
  const unlock = await lockDataFolder(dataDir);
  try {
    const { server, adopted } = await adoptOrStart(dataDir, options);
    return {
      ...server,
      adopted,
      async stop() {
        // The pid of a server that died may be another program's by now.
        if (findPostmaster(server.dataDirectory)?.pid === server.pid) await stopPostmaster(server.pid);
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** Stops the server that runs on a data folder, whoever started it. Resolves at once when there is none. */
export async function stopEmbeddedPostgres(dataDir: string): Promise<void> {
  if (!existsSync(dataDir)) return;
  const running = findPostmaster(clusterOf(realpathSync(dataDir)));
  if (running) await stopPostmaster(running.pid);
}

interface Server {
  adminUrl: string;
  port: number;
  pid: number;
  dataDirectory: string;
}

const clusterOf = (dataDir: string): string => path.join(dataDir, 'cluster');
const passwordFileOf = (dataDir: string): string => path.join(dataDir, 'password');

async function adoptOrStart(
  dataDir: string,
  options: EmbeddedPostgresOptions,
): Promise<{ server: Server; adopted: boolean }> {
  const cluster = clusterOf(dataDir);
  const orphan = findPostmaster(cluster);
  if (orphan) {
    const server = await adopt(dataDir, options.port);
    if (server) return { server, adopted: true };
    await stopPostmaster(orphan.pid);
  }
  if (readPostmasterFile(cluster)) disownPostmasterFile(cluster);
  const binaries = findBinaries();
  const runner = await chooseRunner(binaries);
  if (!existsSync(path.join(cluster, 'PG_VERSION'))) await initialise(dataDir, binaries, runner);
  return { server: await start(dataDir, options, binaries, runner), adopted: false };
}

/** The running server if it is truly ours: our password opens it and it names our folder as its own. */
async function adopt(dataDir: string, wantedPort: number | undefined): Promise<Server | undefined> {
  const cluster = clusterOf(dataDir);
  if (!existsSync(passwordFileOf(dataDir))) return undefined;
  // It may be in the middle of crash recovery.
  await waitUntil(() => findPostmaster(cluster)?.ready !== false, START_TIMEOUT_MS);
  const running = findPostmaster(cluster);
  if (running?.port === undefined || (wantedPort !== undefined && wantedPort !== running.port)) return undefined;
  try {
    return await login(dataDir, running.pid, running.port);
  } catch (error) {
    if (error instanceof SignalboxError) return undefined;
    throw error;
  }
}

async function login(dataDir: string, pid: number, port: number): Promise<Server> {
  const password = readFileSync(passwordFileOf(dataDir), 'utf8').trim();
  const url = (database: string): string => `postgres://${ADMIN}:${password}@127.0.0.1:${port}/${database}`;
  const client = await connect(url('postgres'), 'signalbox start');
  try {
    const shown = await client.query<{ data_directory: string }>('show data_directory');
    const dataDirectory = shown.rows[0]?.data_directory ?? '';
    if (dataDirectory !== clusterOf(dataDir)) {
      throw new SignalboxError('CONFLICT', `The server on port ${port} keeps its data in ${dataDirectory}.`);
    }
    const found = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`);
    return { adminUrl: url(DATABASE), port, pid, dataDirectory };
  } finally {
    await client.end();
  }
}

async function initialise(dataDir: string, binaries: PostgresBinaries, runner: Runner): Promise<void> {
  const cluster = clusterOf(dataDir);
  // A killed initdb leaves half a cluster, so that it works beside and the finished one is moved into place.
  const unfinished = `${cluster}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await writeFile(passwordFileOf(dataDir), randomBytes(24).toString('base64url'), { mode: 0o600 });
  await chmod(passwordFileOf(dataDir), 0o600);
  const result = await run(runner, binaries.initdb, [
    ...['-D', unfinished, '-U', ADMIN, `--pwfile=${passwordFileOf(dataDir)}`],
    ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'],
    ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions'],
  ]);
  if (result.code !== 0) {
    throw new SignalboxError('EMBEDDED_POSTGRES_FAILED', `initdb failed in ${dataDir}: ${result.stderr.trim()}`);
  }
  await rename(unfinished, cluster);
}

async function start(
  dataDir: string,
  options: EmbeddedPostgresOptions,
  binaries: PostgresBinaries,
  runner: Runner,
): Promise<Server> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const port = await freePort(options.port);
    const attempt = await launch(dataDir, port, options.logFile, binaries, runner);
    if (attempt.ready) return login(dataDir, attempt.pid, port);
    const lostPort = /could not bind|Address already in use/.test(attempt.log) && options.port === undefined;
    // Backends of a killed postmaster need a moment to notice, and hold its shared memory until then.
    const backendsAlive = attempt.log.includes('pre-existing shared memory block');
    if ((lostPort || backendsAlive) && performance.now() < deadline) continue;
    const tail = attempt.log.trim().split('\n').slice(-8).join('\n');
    throw new SignalboxError(
      'EMBEDDED_POSTGRES_FAILED',
      `PostgreSQL did not start on ${dataDir}. End of its log ${options.logFile}:\n${tail}`,
    );
  }
}

async function launch(
  dataDir: string,
  port: number,
  logFile: string,
  binaries: PostgresBinaries,
  runner: Runner,
): Promise<{ ready: true; pid: number } | { ready: false; log: string }> {
  const cluster = clusterOf(dataDir);
  const log = openSync(logFile, 'a', 0o600);
  const logStart = fstatSync(log).size;
  const settings = Object.entries({ ...SETTINGS, port: String(port) }).flatMap(([key, value]) => [
    '-c',
    `${key}=${value}`,
  ]);
  const [command, args] = runner(binaries.postgres, ['-D', cluster, ...settings]);
  const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  let ended = false;
  child.once('exit', () => (ended = true)).once('error', () => (ended = true));
  const isReady = (): boolean => {
    const file = readPostmasterFile(cluster);
    return file?.pid === child.pid && file?.ready === true;
  };
  await waitUntil(() => ended || isReady(), START_TIMEOUT_MS);
  if (!ended && child.pid !== undefined) {
    child.unref();
    if (isReady()) return { ready: true, pid: child.pid };
    await stopPostmaster(child.pid);
  }
  return { ready: false, log: readFileSync(logFile).subarray(logStart).toString('utf8') };
}

/** Turns a command into the one that runs it as a user whom PostgreSQL accepts. */
type Runner = (command: string, args: readonly string[]) => [command: string, args: string[]];

async function chooseRunner(binaries: PostgresBinaries): Promise<Runner> {
  const direct: Runner = (command, args) => [command, [...args]];
  if (process.getuid?.() !== 0) return direct;
  const inNamespace: Runner = (command, args) => [
    'unshare',
    ['--user', '--map-user=1000', '--map-group=1000', '--', command, ...args],
  ];
  const probe = await run(inNamespace, binaries.postgres, ['--version']);
  if (probe.code === 0) return inNamespace;
  const reason = probe.stderr.trim();
  if (reason.includes('failed to execute') || !/^unshare:|ENOENT/.test(reason)) {
    throw new SignalboxError(
      'EMBEDDED_POSTGRES_FAILED',
      `PostgreSQL cannot be run as root here: ${reason}`,
      'Start as the user who owns this folder, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  throw new SignalboxError('USER_NAMESPACES_REFUSED', `This system refuses a user namespace to root (${reason}).`);
}

function run(runner: Runner, command: string, args: readonly string[]): Promise<{ code: number; stderr: string }> {
  const [file, rest] = runner(command, args);
  return new Promise((resolve) => {
    const child = spawn(file, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.once('error', (error) => resolve({ code: -1, stderr: String(error) }));
    child.once('close', (code) => resolve({ code: code ?? -1, stderr }));
  });
}

/** A port that is free now; the one wanted, when one is. @throws SignalboxError PORT_TAKEN */
function freePort(wanted: number | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) =>
      reject(
        wanted === undefined
          ? error
          : new SignalboxError('PORT_TAKEN', `Port ${wanted} of 127.0.0.1 is taken.`, undefined, { cause: error }),
      ),
    );
    server.listen(wanted ?? 0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : (wanted ?? 0)));
    });
  });
}
