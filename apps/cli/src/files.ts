import { readFile } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { systemCode } from './failures.js';

/** A path as the user meant it: npm runs scripts in the workspace root, and keeps where the user typed in INIT_CWD. */
export function userPath(path: string, initCwd: string | undefined): string {
  return isAbsolute(path) ? path : resolve(initCwd ?? process.cwd(), path);
}

/**
 * The text of a file that the user named.
 * @throws SignalboxError NOT_FOUND, or INVALID_INPUT for what is there and cannot be read
 */
export function readText(path: string): Promise<string> {
  return reading(path, () => readFile(path, 'utf8'));
}

/** As {@link readText}, whatever is in the file. */
export function readBytes(path: string): Promise<Uint8Array> {
  return reading(path, () => readFile(path));
}

async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const code = systemCode(cause) ?? 'unknown reason';
    if (code === 'ENOENT')
      throw new SignalboxError('NOT_FOUND', `There is no file ${path}.`, 'Check the path.', { cause });
    const reason = code === 'EISDIR' ? 'is a folder' : `cannot be read (${code})`;
    throw new SignalboxError('INVALID_INPUT', `${path} ${reason}.`, 'Name a readable file.', { cause });
  }
}
