import { mkdir, mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { systemCode } from '../failures.js';

/**
 * Has a folder filled under another name beside it, `PATH.unfinished-...`, and then moves it whole: whoever finds it finds all of it.
 * It can be read by its owner alone, since it holds prompts.
 *
 * @throws SignalboxError CONFLICT when there is a file, or a folder with something in it; INVALID_INPUT where nothing can be written
 */
export async function intoNewFolder<T>(path: string, fill: (folder: string) => Promise<T>): Promise<T> {
  await refuseTaken(path);
  const unfinished = await writing(path, async () => {
    await mkdir(dirname(path), { recursive: true });
    return mkdtemp(`${path}.unfinished-`);
  });
  try {
    const filled = await writing(path, () => fill(unfinished));
    await writing(path, async () => {
      // Windows renames nothing over a folder, be it empty.
      await rmdir(path).catch(() => undefined);
      await rename(unfinished, path);
    });
    return filled;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function refuseTaken(path: string): Promise<void> {
  const found = await readdir(path).catch((error: unknown) => {
    const code = systemCode(error);
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw taken(path, 'is a file');
    throw error;
  });
  if (found.length > 0) throw taken(path, `is not empty: it holds ${found[0]}`);
}

async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const code = systemCode(cause);
    if (code === null) throw cause;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw taken(path, 'was filled by somebody else meanwhile');
    const message = `${path} cannot be written (${code}).`;
    throw new SignalboxError('INVALID_INPUT', message, 'Name a folder that you may write.', { cause });
  }
}

function taken(path: string, how: string): SignalboxError {
  const next = 'Give --out a folder that is not there yet, or an empty one; nothing is overwritten.';
  return new SignalboxError('CONFLICT', `${path} ${how}.`, next);
}
