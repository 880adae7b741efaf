import { createHash } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { databaseErrorCode } from './connection-errors.js';

/**
 * Takes the exclusive right to start PostgreSQL on a data folder, for the life of this process.
 *
 * The lock is a listening socket that answers with its owner's process id: the kernel lets go of it however the
 * owner dies, so that a lock can never be stale, as a lock file can.
 * @returns a function that lets go
 * @throws SignalboxError CONFLICT with the process id of the holder
 */
export async function lockDataFolder(dataDir: string): Promise<() => Promise<void>> {
  const address = lockAddress(dataDir);
  for (let attempt = 0; attempt < 3; attempt++) {
    const server = await listen(address);
    if (server) return () => new Promise((resolve) => server.close(() => resolve()));
    const holder = await askHolder(address);
    if (holder !== undefined) {
      throw new SignalboxError(
        'CONFLICT',
        `Process ${holder} already runs PostgreSQL on ${dataDir}.`,
        `Stop process ${holder}, or set SIGNALBOX_DATA to another folder.`,
      );
    }
    // Only a socket file outlives its owner; abstract sockets and pipes vanish with it.
    if (path.isAbsolute(address) && process.platform !== 'win32') removeSocketFile(address);
  }
  throw new SignalboxError('CONFLICT', `Another process is starting PostgreSQL on ${dataDir}.`);
}

function lockAddress(dataDir: string): string {
  const name = `signalbox-${createHash('sha256').update(dataDir).digest('hex').slice(0, 32)}`;
  if (process.platform === 'linux') return `\0${name}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  return path.join(tmpdir(), `${name}.sock`);
}

function listen(address: string): Promise<Server | undefined> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(String(process.pid));
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error) => (databaseErrorCode(error) === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** Process id of the holder; `unknown` when it is too busy to answer, undefined when nobody holds the lock. */
function askHolder(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = createConnection(address);
    socket.setTimeout(2_000, () => {
      socket.destroy();
      resolve('unknown');
    });
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('end', () => resolve(answer || 'unknown'));
    socket.on('error', () => resolve(undefined));
  });
}

function removeSocketFile(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (databaseErrorCode(error) !== 'ENOENT') throw error;
  }
}
