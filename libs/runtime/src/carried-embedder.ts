import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { accept, reject, type Result } from '@signalbox/contracts';
import type { ObjectStore } from '@signalbox/object-store';
import { artefactKey } from './artefact-keys.js';
import type { LoadedVersion } from './load.js';
import { EMBEDDER_FOLDER, type Manifest } from './manifest.js';

/** Bytes or an absolute file, by path in a folder of its own. */
export type EmbedderFiles = ReadonlyMap<string, Uint8Array | string>;

type FileEntry = Manifest['files'][number];
const READ_AT_ONCE = 1 << 22;

const pathOf = (file: string): string => `${EMBEDDER_FOLDER}/${file}`;

async function* piecesOf(content: Uint8Array | string): AsyncGenerator<Uint8Array> {
  if (typeof content !== 'string') yield content;
  else for await (const piece of createReadStream(content)) if (piece instanceof Uint8Array) yield piece;
}

/** What a manifest says of the files, in order of their paths. */
export async function embedderEntries(
  files: EmbedderFiles,
): Promise<{ path: string; sha256: string; bytes: number }[]> {
  const entries = [];
  for (const [file, content] of inOrder(files)) {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of piecesOf(content)) {
      hash.update(piece);
      bytes += piece.byteLength;
    }
    entries.push({ path: pathOf(file), sha256: hash.digest('hex'), bytes });
  }
  return entries;
}

export async function writeEmbedder(
  store: ObjectStore,
  { router, version, embedderFiles = new Map() }: { router: string; version: number; embedderFiles?: EmbedderFiles },
): Promise<Result<null>> {
  for (const [file, content] of inOrder(embedderFiles)) {
    const written = await store.putStream(artefactKey(router, version, pathOf(file)), piecesOf(content));
    if (!written.ok) return written;
  }
  return accept(null);
}

/** @returns `ARTIFACT_CORRUPT` when a file is not there as the manifest says */
export async function verifyEmbedder(store: ObjectStore, version: LoadedVersion): Promise<Result<null>> {
  for (const entry of entriesOf(version)) {
    const read = await readVerified(store, version, entry, () => Promise.resolve());
    if (!read.ok) return read;
  }
  return accept(null);
}

/**
 * Puts the files of the embedder that travels with a version into a folder, which `openEmbedderFolder` of libs/embedders opens. The
 * folder appears when all of them are there, and one that has them already is left as it is.
 * @returns `NOT_FOUND` when the version carries none, `ARTIFACT_CORRUPT` when a file is not there as the manifest says, `CONFLICT` when
 *   there is something else in the folder
 */
export async function fetchEmbedder(store: ObjectStore, version: LoadedVersion, folder: string): Promise<Result<null>> {
  if (!version.carriesEmbedder) {
    return reject(
      'NOT_FOUND',
      'embedder',
      `${version.name} carries no embedder; it names the space that it reads alone.`,
    );
  }
  if ((await readdir(folder).catch(() => [])).length > 0) {
    if (await holds(folder, version)) return accept(null);
    return reject('CONFLICT', 'folder', `${folder} holds something else than the embedder of ${version.name}.`);
  }
  const unfinished = `${folder}.unfinished-${randomUUID()}`;
  try {
    const filled = await fill(store, version, unfinished);
    if (!filled.ok) return filled;
    await rename(unfinished, folder);
    return filled;
  } catch (error) {
    // Somebody else fetched the same meanwhile.
    if (await holds(folder, version)) return accept(null);
    throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function fill(store: ObjectStore, version: LoadedVersion, folder: string): Promise<Result<null>> {
  for (const entry of entriesOf(version)) {
    const path = pathIn(folder, entry);
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'wx');
    try {
      const read = await readVerified(store, version, entry, async (piece) => {
        await file.writeFile(piece);
      });
      if (!read.ok) return read;
    } finally {
      await file.close();
    }
  }
  return accept(null);
}

async function holds(folder: string, version: LoadedVersion): Promise<boolean> {
  for (const entry of entriesOf(version)) {
    const hash = createHash('sha256');
    try {
      for await (const piece of piecesOf(pathIn(folder, entry))) hash.update(piece);
    } catch {
      return false;
    }
    if (hash.digest('hex') !== entry.sha256) return false;
  }
  return true;
}

const pathIn = (folder: string, { path }: FileEntry): string => join(folder, path.slice(EMBEDDER_FOLDER.length + 1));

function entriesOf({ manifest }: LoadedVersion): FileEntry[] {
  const [, ...entries] = manifest.files;
  return entries;
}

async function readVerified(
  store: ObjectStore,
  { router, version }: LoadedVersion,
  { path, bytes, sha256 }: FileEntry,
  take: (piece: Uint8Array) => Promise<void>,
): Promise<Result<null>> {
  const key = artefactKey(router, version, path);
  const hash = createHash('sha256');
  // One byte more than it should have, so that a longer file is noticed.
  for (let from = 0; ;) {
    const piece = await store.read(key, { from, bytes: Math.min(READ_AT_ONCE, bytes + 1 - from) });
    if (!piece.ok) {
      if (piece.error.code !== 'NOT_FOUND') return piece;
      return reject('ARTIFACT_CORRUPT', key, `${key} is named by the manifest and is not there.`);
    }
    from += piece.value.byteLength;
    if (piece.value.byteLength === 0 || from > bytes) {
      if (from === bytes && hash.digest('hex') === sha256) return accept(null);
      return reject('ARTIFACT_CORRUPT', key, `${key} differs from the length and sha256 that the manifest says.`);
    }
    hash.update(piece.value);
    await take(piece.value);
  }
}

const inOrder = (files: EmbedderFiles) => [...files].sort(([left], [right]) => (left < right ? -1 : 1));
