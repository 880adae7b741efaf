import { accept, reject, type Result } from '@signalbox/contracts';

// S3 allows 1,024 bytes a key and most file systems 255 bytes a name; the stricter of both holds, so that a store can be moved.
const MAX_KEY_LENGTH = 1024;
const MAX_NAME_LENGTH = 255;

/** No name begins with a dot: that refuses `..`, and keeps the dot names for the store's own files. */
const NAME = /^[A-Za-z0-9_@=+][A-Za-z0-9_@=+.-]*$/;

/**
 * Splits a key into its names.
 * @returns `INVALID_INPUT` for empty, absolute, climbing (`..`), hidden, backslashed or over-long names.
 */
export function parseKey(key: string): Result<string[]> {
  if (key.length > MAX_KEY_LENGTH) {
    return reject(
      'INVALID_INPUT',
      'key',
      `An object key has at most ${MAX_KEY_LENGTH} characters; this has ${key.length}.`,
    );
  }
  const names = key.split('/');
  const wrong = names.find((name) => name.length > MAX_NAME_LENGTH || !NAME.test(name));
  if (wrong !== undefined) {
    return reject(
      'INVALID_INPUT',
      'key',
      `${JSON.stringify(wrong)} in the object key ${JSON.stringify(key)} is refused: names are 1 to ${MAX_NAME_LENGTH} of A-Z a-z 0-9 _ @ = + . - and begin with no dot or dash.`,
    );
  }
  return accept(names);
}
