import { SignalboxError, type Result } from '@signalbox/contracts';
import { tfidfSvdSpace } from '@signalbox/embedders';
import type { ObjectStore } from '@signalbox/object-store';
import { fittedEmbedderKey } from '@signalbox/runtime';
import type { Snapshot } from './snapshot.js';

const FILES = ['dataset.jsonl', 'meta.json'] as const;

/** Where a frozen dataset lies in the object store. */
export const datasetKey = (hash: string, file: (typeof FILES)[number]): string => `datasets/${hash}/${file}`;

/** @throws SignalboxError when it cannot be written */
export async function storeSnapshot(
  store: ObjectStore,
  { hash, bytes, metaText }: Omit<Snapshot, 'bytes'> & { bytes: Uint8Array | AsyncIterable<Uint8Array> },
): Promise<void> {
  const key = datasetKey(hash, 'dataset.jsonl');
  done(await (bytes instanceof Uint8Array ? store.put(key, bytes) : store.putStream(key, bytes)));
  done(await store.put(datasetKey(hash, 'meta.json'), Buffer.from(metaText, 'utf8')));
}

/**
 * Stores an embedder that was fitted, under its space: versions may read its vectors when the dataset is long gone.
 * @throws SignalboxError when it cannot be written
 */
export async function storeEmbedder(store: ObjectStore, model: Uint8Array): Promise<void> {
  done(await store.put(fittedEmbedderKey(tfidfSvdSpace(model)), model));
}

/** @throws SignalboxError when it cannot be removed */
export async function removeSnapshot(store: ObjectStore, hash: string): Promise<void> {
  for (const file of FILES) done(await store.remove(datasetKey(hash, file)));
}

function done(result: Result<unknown>): void {
  if (!result.ok) throw new SignalboxError(result.error.code, result.error.hint);
}
