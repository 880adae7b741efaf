import type { Result } from '@signalbox/contracts';

/**
 * Where datasets and artefacts lie. Keys are `/`-separated names relative to the store, e.g. `routers/support-bot/7/model.onnx`.
 *
 * Two kinds of key, told apart by how they are written: what `put` wrote never changes, though it may be removed; what `replace` wrote is a pointer.
 * A reader sees the bytes before a write or after it, never a part. Expected failures are results (`INVALID_INPUT` for a key
 * that is not well-formed, `NOT_FOUND`, `CONFLICT`, `DATA_FOLDER_UNWRITABLE`); a broken disk throws.
 */
export interface ObjectStore {
  /** The URL of a key, for people and manifests. */
  urlOf(key: string): string;
  /** Writes an immutable object. The same bytes again are accepted (`created: false`), other bytes are a `CONFLICT`. */
  put(key: string, bytes: Uint8Array): Promise<Result<{ created: boolean }>>;
  /** As `put`, for what is too large for memory. */
  putStream(key: string, pieces: AsyncIterable<Uint8Array>): Promise<Result<{ created: boolean }>>;
  /** Writes a pointer in one step. The last writer wins: callers that may race hold a lock of their own. */
  replace(key: string, bytes: Uint8Array): Promise<Result<{ created: boolean }>>;
  /** Takes an object away, for good; `removed: false` when it was not there. */
  remove(key: string): Promise<Result<{ removed: boolean }>>;
  get(key: string): Promise<Result<Uint8Array>>;
  /** `bytes` of an object from the place `from` on; fewer where it ends, and none behind its end. */
  read(key: string, range: { from: number; bytes: number }): Promise<Result<Uint8Array>>;
  exists(key: string): Promise<Result<boolean>>;
  /** Every key at or under a folder (`''` for all), sorted by code unit. */
  list(folder: string): Promise<Result<string[]>>;
}
