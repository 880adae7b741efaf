import { randomUUID } from 'node:crypto';
import { link, lstat, mkdir, open, readFile, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { accept, reject, type Rejection, type Result } from '@signalbox/contracts';
import { parseKey } from './object-key.js';
import type { ObjectStore } from './object-store.js';

/** Unfinished writes lie here. No key can name it, since names of keys begin with no dot. */
const UNFINISHED = '.unfinished';

const COMPARED_AT_ONCE = 1 << 20;

type Content = Uint8Array | AsyncIterable<Uint8Array>;

/** A write that goes on changes its file all the time. */
const ABANDONED_AFTER_MS = 3_600_000;

/** Objects as files under one folder, which is created by the first write. */
export class FileObjectStore implements ObjectStore {
  private swept: Promise<void> | null = null;

  constructor(private readonly root: string) {}

  urlOf(key: string): string {
    return pathToFileURL(join(this.root, key)).href;
  }

  put(key: string, bytes: Uint8Array): Promise<Result<{ created: boolean }>> {
    return this.putNew(key, bytes);
  }

  putStream(key: string, pieces: AsyncIterable<Uint8Array>): Promise<Result<{ created: boolean }>> {
    return this.putNew(key, pieces);
  }

  async replace(key: string, bytes: Uint8Array): Promise<Result<{ created: boolean }>> {
    return this.write(key, bytes, async (unfinished, path) => {
      const created = !(await isFile(path));
      await rename(unfinished, path);
      return accept({ created });
    });
  }

  async remove(key: string): Promise<Result<{ removed: boolean }>> {
    return this.at<{ removed: boolean }>(key, async (path) => {
      if (!(await isFile(path))) return accept({ removed: false });
      try {
        await rm(path, { force: true });
        await syncFolder(dirname(path));
        await rmdir(dirname(path)).catch(() => undefined); // others are in it
        return accept({ removed: true });
      } catch (error) {
        return refusedWrite(error, key, this.root);
      }
    });
  }

  async get(key: string): Promise<Result<Uint8Array>> {
    return this.at(key, async (path) => {
      if (!(await isFile(path))) return reject('NOT_FOUND', key, `There is no object ${key} in ${this.root}.`);
      return accept(new Uint8Array(await readFile(path)));
    });
  }

  async read(key: string, { from, bytes }: { from: number; bytes: number }): Promise<Result<Uint8Array>> {
    return this.at(key, async (path) => {
      if (!(await isFile(path))) return reject('NOT_FOUND', key, `There is no object ${key} in ${this.root}.`);
      const file = await open(path, 'r');
      try {
        const into = new Uint8Array(bytes);
        for (let done = 0; done < bytes;) {
          const { bytesRead } = await file.read(into, done, bytes - done, from + done);
          if (bytesRead === 0) return accept(into.subarray(0, done));
          done += bytesRead;
        }
        return accept(into);
      } finally {
        await file.close();
      }
    });
  }

  async exists(key: string): Promise<Result<boolean>> {
    return this.at(key, async (path) => accept(await isFile(path)));
  }

  async list(folder: string): Promise<Result<string[]>> {
    if (folder === '') return accept((await this.filesUnder('')).sort());
    return this.at(folder, async (path) => {
      if (await isFile(path)) return accept([folder]);
      return accept((await this.filesUnder(folder)).sort());
    });
  }

  private putNew(key: string, content: Content): Promise<Result<{ created: boolean }>> {
    return this.write(key, content, async (unfinished, path) => {
      try {
        // A rename would overwrite what another process wrote in between; a link refuses, in one step.
        await link(unfinished, path);
        return accept({ created: true });
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
      if (await haveEqualBytes(unfinished, path)) return accept({ created: false });
      return reject('CONFLICT', key, `${key} is immutable and holds other bytes. Write under a new version.`);
    });
  }

  private async filesUnder(folder: string): Promise<string[]> {
    const entries = await readdir(join(this.root, folder), { withFileTypes: true }).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    const keys: string[] = [];
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const key = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) keys.push(...(await this.filesUnder(key)));
      else if (entry.isFile()) keys.push(key);
    }
    return keys;
  }

  private async write(
    key: string,
    content: Content,
    publish: (unfinished: string, path: string) => Promise<Result<{ created: boolean }>>,
  ): Promise<Result<{ created: boolean }>> {
    return this.at(key, async (path) => {
      const unfinished = join(this.root, UNFINISHED, randomUUID());
      try {
        await mkdir(dirname(unfinished), { recursive: true });
        await (this.swept ??= removeAbandoned(dirname(unfinished)));
        await mkdir(dirname(path), { recursive: true });
        await writeDurably(unfinished, content);
        const result = await publish(unfinished, path);
        await syncFolder(dirname(path));
        return result;
      } catch (error) {
        const code = codeOf(error);
        if (code === 'EISDIR' || code === 'ENOTDIR' || code === 'EEXIST') {
          return reject('CONFLICT', key, `${key} is both an object and a folder of objects. Choose another key.`);
        }
        return refusedWrite(error, key, this.root);
      } finally {
        await rm(unfinished, { force: true });
      }
    });
  }

  private async at<T>(key: string, use: (path: string) => Promise<Result<T>>): Promise<Result<T>> {
    const names = parseKey(key);
    if (!names.ok) return names;
    const refused = await this.symbolicLinkOn(names.value);
    if (refused) return { ok: false, error: refused };
    return use(join(this.root, ...names.value));
  }

  /** A link inside the store could lead a well-formed key out of it. */
  private async symbolicLinkOn(names: string[]): Promise<Rejection | null> {
    let path = this.root;
    for (const name of names) {
      path = join(path, name);
      const stats = await statsOf(path);
      if (stats === null) return null;
      if (stats.isSymbolicLink()) {
        return {
          code: 'INVALID_INPUT',
          path: names.join('/'),
          hint: `${path} is a symbolic link; the object store follows none. Replace it by the folder itself.`,
        };
      }
    }
    return null;
  }
}

/** @throws what is no matter of rights or room */
function refusedWrite(error: unknown, key: string, root: string): Result<never> {
  const code = codeOf(error);
  if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'].includes(code ?? '')) throw error;
  return reject('DATA_FOLDER_UNWRITABLE', key, `${root} cannot be written (${code}).`);
}

/** What processes left that were killed while they wrote. It may be text that somebody wants forgotten. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const stats = await statsOf(join(folder, name));
    if (stats && Date.now() - stats.mtime.getTime() > ABANDONED_AFTER_MS) await rm(join(folder, name), { force: true });
  }
}

async function writeDurably(path: string, content: Content): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** @throws ENOENT, EISDIR and what else opening says */
async function haveEqualBytes(one: string, other: string): Promise<boolean> {
  const files = await Promise.all([open(one, 'r'), open(other, 'r')]);
  try {
    const [size, otherSize] = await Promise.all(files.map(async (file) => (await file.stat()).size));
    if (size !== otherSize) return false;
    for (;;) {
      const [left, right] = await Promise.all(
        files.map(async (file) => {
          const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(COMPARED_AT_ONCE) });
          return buffer.subarray(0, bytesRead);
        }),
      );
      if (!left || !right || !left.equals(right)) return false;
      if (left.length === 0) return true;
    }
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

/** Without this a name can be lost with the power although its bytes are on the disk. Windows cannot sync a folder. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await statsOf(path))?.isFile() ?? false;
}

async function statsOf(path: string): Promise<Awaited<ReturnType<typeof lstat>> | null> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function codeOf(error: unknown): string | null {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
}
