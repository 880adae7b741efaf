import { appendFile, mkdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { textHash } from '@signalbox/datasets';
import { spaceId, type Embedder } from '@signalbox/embedders';

const HASH_BYTES = 32;
/** Texts between two writes: what a run that is stopped loses at most. */
const BATCH = 128;

/**
 * Vectors of the texts, from the file of their embedding space in `folder` where they are known, embedded and added to it where not.
 * A record is the sha256 of a text and its vector as little-endian float32; half a record at the end, of a run that was killed, is cut off.
 *
 * @throws SignalboxError `DATA_FOLDER_UNWRITABLE` when vectors cannot be kept in the folder
 */
export async function cachedVectors(
  texts: readonly string[],
  folder: string,
  embedder: Embedder,
  onProgress: (done: number, total: number) => void,
): Promise<Float32Array[]> {
  const file = join(folder, `${textHash(spaceId(embedder.space)).slice(0, 16)}.vectors`);
  const { dim } = embedder.space;
  await writing(folder, () => mkdir(folder, { recursive: true }));
  const known = await readVectors(file, dim);
  const hashes = texts.map((text) => textHash(text));
  const missing = [...new Map(texts.map((text, i) => [hashes[i] ?? '', text]))].filter(([hash]) => !known.has(hash));
  for (let first = 0; first < missing.length; first += BATCH) {
    const batch = missing.slice(first, first + BATCH);
    const vectors = await embedder.embedAll(batch.map(([, text]) => text));
    const records = batch.map(([hash], k) => recordOf(hash, vectors[k]!));
    await writing(folder, () => appendFile(file, Buffer.concat(records)));
    for (const [k, [hash]] of batch.entries()) known.set(hash, vectors[k]!);
    onProgress(first + batch.length, missing.length);
  }
  return hashes.map((hash) => known.get(hash)!);
}

async function readVectors(file: string, dim: number): Promise<Map<string, Float32Array>> {
  const known = new Map<string, Float32Array>();
  const bytes = await readFile(file).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return Buffer.alloc(0);
    throw error;
  });
  const size = HASH_BYTES + dim * Float32Array.BYTES_PER_ELEMENT;
  const whole = bytes.length - (bytes.length % size);
  if (whole < bytes.length) await writing(file, () => truncate(file, whole));
  for (let at = 0; at < whole; at += size) {
    const hash = bytes.toString('hex', at, at + HASH_BYTES);
    known.set(
      hash,
      Float32Array.from({ length: dim }, (_, k) => bytes.readFloatLE(at + HASH_BYTES + k * 4)),
    );
  }
  return known;
}

function recordOf(hash: string, vector: Float32Array): Buffer {
  const record = Buffer.alloc(HASH_BYTES + vector.length * Float32Array.BYTES_PER_ELEMENT);
  record.write(hash, 0, 'hex');
  for (const [k, value] of vector.entries()) record.writeFloatLE(value, HASH_BYTES + k * 4);
  return record;
}

async function writing(path: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isCode(error, 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ENOTDIR', 'EEXIST')) throw error;
    throw new SignalboxError('DATA_FOLDER_UNWRITABLE', `Vectors cannot be kept in ${path}.`, undefined, {
      cause: error,
    });
  }
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
}
