import { appendFile, mkdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { textHash } from '@signalbox/datasets';
import { spaceId, type Embedder } from '@signalbox/embedders';
import { systemCode } from './failures.js';

const HASH_BYTES = 32;
/** Texts between two writes: what a run that is stopped loses at most. */
const BATCH = 128;

export interface CacheEvents {
  /** Before the first text is embedded; not called when every vector is known. `texts` counts each text once. */
  onStart: (counts: { texts: number; missing: number }) => void;
  /** After each batch. `kept` tells whether its vectors are in the cache. */
  onProgress: (counts: { done: number; missing: number; kept: boolean }) => void;
  /** Once, `DATA_FOLDER_UNWRITABLE`: the work goes on, and the next run does it again. */
  onUnwritable: (problem: SignalboxError) => void;
}

/**
 * Vectors of the texts, from the file of their embedding space in `folder` where they are known, embedded and added to it where not.
 * A record is the sha256 of a text and its vector as little-endian float32; half a record at the end, of a run that was killed, is cut off.
 */
export async function cachedVectors(
  texts: readonly string[],
  folder: string,
  embedder: Pick<Embedder, 'space' | 'embedAll'>,
  { onStart, onProgress, onUnwritable }: CacheEvents,
): Promise<Float32Array[]> {
  const file = join(folder, `${textHash(spaceId(embedder.space)).slice(0, 16)}.vectors`);
  let kept = true;
  const keep = async (write: () => Promise<unknown>): Promise<void> => {
    if (!kept) return;
    try {
      await write();
    } catch (error) {
      const code = systemCode(error);
      if (code === null) throw error;
      kept = false;
      const message = `Vectors cannot be kept in ${folder} (${code}); the work goes on without, and the next run embeds these texts again.`;
      onUnwritable(new SignalboxError('DATA_FOLDER_UNWRITABLE', message, undefined, { cause: error }));
    }
  };
  const { known, whole, torn } = await readVectors(file, embedder.space.dim);
  const hashes = texts.map((text) => textHash(text));
  const distinct = new Map(texts.map((text, i) => [hashes[i] ?? '', text]));
  const missing = [...distinct].filter(([hash]) => !known.has(hash));
  if (missing.length > 0) {
    await keep(() => mkdir(folder, { recursive: true }));
    if (torn) await keep(() => truncate(file, whole));
    onStart({ texts: distinct.size, missing: missing.length });
  }
  for (let first = 0; first < missing.length; first += BATCH) {
    const batch = missing.slice(first, first + BATCH);
    const vectors = await embedder.embedAll(batch.map(([, text]) => text));
    const records = batch.map(([hash], k) => recordOf(hash, vectors[k]!));
    await keep(() => appendFile(file, Buffer.concat(records)));
    for (const [k, [hash]] of batch.entries()) known.set(hash, vectors[k]!);
    onProgress({ done: first + batch.length, missing: missing.length, kept });
  }
  return hashes.map((hash) => known.get(hash)!);
}

interface KnownVectors {
  known: Map<string, Float32Array>;
  /** Bytes of whole records. */
  whole: number;
  /** Whether half a record follows them. */
  torn: boolean;
}

async function readVectors(file: string, dim: number): Promise<KnownVectors> {
  const known = new Map<string, Float32Array>();
  // A cache that is absent or cannot be read holds nothing; writing to it says why.
  const bytes = await readFile(file).catch((error: unknown) => {
    if (systemCode(error) !== null) return Buffer.alloc(0);
    throw error;
  });
  const size = HASH_BYTES + dim * Float32Array.BYTES_PER_ELEMENT;
  const whole = bytes.length - (bytes.length % size);
  for (let at = 0; at < whole; at += size) {
    const hash = bytes.toString('hex', at, at + HASH_BYTES);
    known.set(
      hash,
      Float32Array.from({ length: dim }, (_, k) => bytes.readFloatLE(at + HASH_BYTES + k * 4)),
    );
  }
  return { known, whole, torn: whole < bytes.length };
}

function recordOf(hash: string, vector: Float32Array): Buffer {
  const record = Buffer.alloc(HASH_BYTES + vector.length * Float32Array.BYTES_PER_ELEMENT);
  record.write(hash, 0, 'hex');
  for (const [k, value] of vector.entries()) record.writeFloatLE(value, HASH_BYTES + k * 4);
  return record;
}
