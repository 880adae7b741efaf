import { hashToken, isNumber, mix } from './tokens.js';

/** A passage of at least this many words that many texts share is template text. */
export const WINDOW_WORDS = 5;

const { imul } = Math;
const BYTES_PER_TOKEN = 9;

/** The words of a text as hashes, which are all that is compared. */
export interface TokenHashes {
  size: number;
  /** Two hashes of each word. */
  low: Uint32Array;
  high: Uint32Array;
  /** 1 where the word is a number. */
  numbers: Uint8Array;
}

export function packTokens(tokens: readonly string[]): Uint8Array {
  const hashes = unpackTokens(new Uint8Array(tokens.length * BYTES_PER_TOKEN));
  for (const [k, token] of tokens.entries()) {
    hashes.low[k] = hashToken(token, 0);
    hashes.high[k] = hashToken(token, 1);
    hashes.numbers[k] = isNumber(token) ? 1 : 0;
  }
  return new Uint8Array(hashes.low.buffer);
}

/** Views of the bytes. */
export function unpackTokens(bytes: Uint8Array<ArrayBuffer>): TokenHashes {
  const size = bytes.length / BYTES_PER_TOKEN;
  return {
    size,
    low: new Uint32Array(bytes.buffer, 0, size),
    high: new Uint32Array(bytes.buffer, 4 * size, size),
    numbers: new Uint8Array(bytes.buffer, 8 * size, size),
  };
}

/** One key of 52 bits for each run of {@link WINDOW_WORDS} words, so that two different runs practically never share one. */
export function windowsOf({ size, low, high }: TokenHashes): Float64Array {
  const windows = new Float64Array(Math.max(0, size - WINDOW_WORDS + 1));
  for (let start = 0; start < windows.length; start++) {
    let lowest = 0;
    let highest = 0;
    for (let offset = start; offset < start + WINDOW_WORDS; offset++) {
      lowest = mix(imul(lowest, 31) + (low[offset] ?? 0));
      highest = mix(imul(highest, 31) + (high[offset] ?? 0));
    }
    windows[start] = keyOf(highest, lowest);
  }
  return windows;
}

/**
 * Every pair of neighbouring words outside of template text, sorted and distinct, and one key for the numbers there.
 * @param template 1 where the word is template text
 */
export function pairsOf(
  { size, low, high, numbers }: TokenHashes,
  template: Uint8Array,
): { pairs: Float64Array; numbers: number } {
  const all = new Float64Array(size);
  const numeric: number[] = [];
  let count = 0;
  for (let k = 0; k < size; k += 1) {
    if (template[k] === 1) continue;
    if (numbers[k] === 1) numeric.push(keyOf(high[k] ?? 0, low[k] ?? 0));
    if (k === 0 || template[k - 1] === 1) continue;
    all[count++] = keyOf(low[k - 1] ?? 0, mix((high[k - 1] ?? 0) + (low[k] ?? 0)));
  }
  const pairs = all.subarray(0, count).sort();
  let distinct = 0;
  for (let k = 0; k < count; k += 1) {
    const pair = pairs[k] ?? 0;
    if (k === 0 || pair !== pairs[distinct - 1]) pairs[distinct++] = pair;
  }
  let [above, below] = [0, 0];
  for (const number of Float64Array.from(numeric).sort()) {
    above = mix(imul(above, 31) + Math.floor(number / 0x100000000));
    below = mix(imul(below, 31) + (number % 0x100000000));
  }
  return { pairs: pairs.subarray(0, distinct), numbers: keyOf(above, below) };
}

/** 20 bits of the one above the 32 of the other: a whole number that a float64 holds. */
function keyOf(above: number, below: number): number {
  return (above % 0x100000) * 0x100000000 + below;
}
