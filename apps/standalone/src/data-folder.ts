import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SignalboxError } from '@signalbox/contracts';
import { writableFolder } from '@signalbox/database';

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
  const path = await writableFolder(resolve(folder));
  const objects = await writableFolder(join(path, 'objects'));
  return {
    path,
    postgres: join(path, 'postgres'),
    postgresLog: join(path, 'postgres.log'),
    objectStoreUrl: pathToFileURL(objects).href,
    secretKey: await secretKeyIn(path),
  };
}

/** Linked into place whole, so that of two starters at once both read the same key. */
async function secretKeyIn(path: string): Promise<string> {
  const file = join(path, 'secret.key');
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, randomBytes(32).toString('hex'), { mode: 0o600 });
  await link(draft, file).catch((error: unknown) => {
    if (!(typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  await rm(draft, { force: true });
  const key = (await readFile(file, 'utf8')).trim();
  if (!/^[0-9a-f]{64}$/.test(key)) {
    throw new SignalboxError(
      'ENVIRONMENT_INVALID',
      `${file} does not hold a key of 64 hex digits.`,
      'Put the key back that credentials were stored with, or remove the file to lose them.',
    );
  }
  return key;
}
