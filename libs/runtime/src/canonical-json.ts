import { accept, reject, type Result } from '@signalbox/contracts';

/** JSON with sorted keys and no spaces, as UTF-8: one value has one form, so that its sha256 names it. */
export function canonicalJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value, (_key, part: unknown) => sortKeys(part)));
}

/**
 * Parses what {@link canonicalJson} wrote.
 * @returns `ARTIFACT_CORRUPT` for bytes that are no JSON or not in that one form.
 */
export function parseCanonicalJson(bytes: Uint8Array, path: string): Result<unknown> {
  const value = parse(bytes);
  // A changed space or a key given twice parses to the same value; comparing the bytes leaves no room for either.
  if (value === undefined || !Buffer.from(canonicalJson(value)).equals(bytes)) {
    return reject('ARTIFACT_CORRUPT', path, `${path} is not the JSON that was written.`);
  }
  return accept(value);
}

function parse(bytes: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return value;
  } catch {
    return undefined;
  }
}

function sortKeys(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
  return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
}
