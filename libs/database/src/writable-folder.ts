import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { databaseErrorCode } from './connection-errors.js';

/**
 * Makes a folder, with its parents, that only this user may enter; answers its real path.
 * @throws SignalboxError DATA_FOLDER_UNWRITABLE
 */
export async function writableFolder(folder: string): Promise<string> {
  try {
    await makeFolder(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return realpathSync(folder);
  } catch (cause) {
    throw new SignalboxError(
      'DATA_FOLDER_UNWRITABLE',
      `The folder ${folder} cannot be written (${databaseErrorCode(cause) ?? String(cause)}).`,
      undefined,
      { cause },
    );
  }
}

/** Level by level: `mkdir` of Node never returns under /proc and the like when asked to do it recursively. */
async function makeFolder(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  await makeFolder(path.dirname(folder));
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (databaseErrorCode(error) !== 'EEXIST') throw error;
  });
}
