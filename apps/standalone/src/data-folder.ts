import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SignalboxError } from '@signalbox/contracts';

export interface DataFolder {
  path: string;
  postgres: string;
  postgresLog: string;
  objectStoreUrl: string;
  secretKey: string;
}

/**
 * Makes the folder that holds everything of a standalone server, and the key that seals credentials in it.
 * @throws SignalboxError DATA_FOLDER_UNWRITABLE
 */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  const path = resolve(folder);
  try {
    await mkdir(join(path, 'objects'), { recursive: true });
    return {
      path,
      postgres: join(path, 'postgres'),
      postgresLog: join(path, 'postgres.log'),
      objectStoreUrl: pathToFileURL(join(path, 'objects')).href,
      secretKey: await secretKeyIn(path),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SignalboxError('DATA_FOLDER_UNWRITABLE', `The data folder ${path} cannot be written: ${reason}`, undefined, { cause });
  }
}

/** Linked into place whole, so that of two starters at once both read the same key. */
async function secretKeyIn(path: string): Promise<string> {
  const file = join(path, 'secret.key');
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, randomBytes(32).toString('hex'), { mode: 0o600 });
  try {
    await link(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return (await readFile(file, 'utf8')).trim();
}
