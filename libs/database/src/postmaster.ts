import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { databaseErrorCode } from './connection-errors.js';

/** What PostgreSQL writes about itself into `postmaster.pid`. */
export interface PostmasterFile {
  pid: number;
  port: number | undefined;
  ready: boolean;
}

export function readPostmasterFile(cluster: string): PostmasterFile | undefined {
  const text = readIfThere(path.join(cluster, 'postmaster.pid'));
  const lines = text?.split('\n') ?? [];
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const port = Number(lines[3]);
  return { pid, port: Number.isInteger(port) && port > 0 ? port : undefined, ready: lines[7]?.trim() === 'ready' };
}

/** True for a process that runs; a zombie, which nobody has reaped yet, counts as dead. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return databaseErrorCode(error) === 'EPERM';
  }
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat === undefined ? !existsSync('/proc/self/stat') : stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
}

/** The postmaster that runs on this cluster, proven by its working folder where the system tells it. */
export function findPostmaster(cluster: string): PostmasterFile | undefined {
  const file = readPostmasterFile(cluster);
  if (!file || !isRunning(file.pid)) return undefined;
  if (!existsSync('/proc/self/cwd')) return file;
  try {
    return readlinkSync(`/proc/${file.pid}/cwd`) === cluster ? file : undefined;
  } catch {
    // A process whose working folder we may not read is not one that this user started.
    return undefined;
  }
}

/**
 * Makes a `postmaster.pid` harmless whose process id now belongs to another program. PostgreSQL would refuse to start
 * because that id is alive. The file is not removed: its shared memory key is how PostgreSQL notices backends that
 * outlived a killed postmaster. It ignores its parent's id, so that is what goes in.
 */
export function disownPostmasterFile(cluster: string): void {
  const file = path.join(cluster, 'postmaster.pid');
  const text = readIfThere(file);
  if (text !== undefined) writeFileSync(file, text.replace(/^[^\n]*/, String(process.pid)));
}

/** Fast shutdown (sessions are ended, data is written), then immediate shutdown if that takes over 20 seconds. */
export async function stopPostmaster(pid: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (!isRunning(pid)) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (databaseErrorCode(error) === 'ESRCH') return;
      throw error;
    }
    if (await waitUntil(() => !isRunning(pid), 20_000)) return;
  }
}

/** Polls, since neither a foreign process's end nor a line in a file of another program can be awaited. */
export async function waitUntil(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await delay(5);
  }
  return true;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
