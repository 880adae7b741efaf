import type { Records } from './records.js';
import { mix } from './tokens.js';
import { unpackTokens, windowsOf } from './token-record.js';

/** "Many": this share of the distinct texts, and never fewer than {@link TEMPLATE_TEXTS}. */
const TEMPLATE_SHARE = 0.005;
const TEMPLATE_TEXTS = 8;

/** Cells for each window, so that few share one, up to 32 MB of them. */
const CELLS_PER_WINDOW = 4;
const LEAST_CELLS = 2 ** 10;
const MOST_CELLS = 2 ** 24;
const FULL = 0xffff;

/**
 * The windows of words that occur in many of the texts.
 *
 * Most of the millions of windows of a large corpus occur once, so they are counted in a sketch of fixed size first (one row of a
 * count-min sketch: Cormode and Muthukrishnan, 2005), which counts none too low; those that reach the mark there are then
 * counted exactly.
 *
 * @param tokens of the distinct texts, as `packTokens` packs them
 * @param windows how many they have together
 */
export function templateWindows(tokens: Records, windows: number): ReadonlySet<number> {
  const enough = Math.max(TEMPLATE_TEXTS, Math.ceil(tokens.size * TEMPLATE_SHARE));
  if (tokens.size < enough) return new Set();
  const cells = new Uint16Array(cellsFor(windows));
  const cellOf = (window: number) => mix((window % 0x100000000) ^ Math.floor(window / 0x100000000)) % cells.length;
  const mark = Math.min(enough, FULL);
  let reached = false;
  for (const window of windowsWithin(tokens)) {
    const cell = cellOf(window);
    const count = (cells[cell] ?? 0) + 1;
    if (count <= FULL) cells[cell] = count;
    reached ||= count >= mark;
  }
  if (!reached) return new Set();
  const counts = new Map<number, number>();
  for (const window of windowsWithin(tokens)) {
    if ((cells[cellOf(window)] ?? 0) >= mark) counts.set(window, (counts.get(window) ?? 0) + 1);
  }
  return new Set([...counts].flatMap(([window, count]) => (count >= enough ? [window] : [])));
}

function cellsFor(windows: number): number {
  return Math.min(MOST_CELLS, Math.max(LEAST_CELLS, 2 ** Math.ceil(Math.log2(CELLS_PER_WINDOW * windows + 1))));
}

/** The distinct windows of each text. */
function* windowsWithin(tokens: Records): Generator<number> {
  for (let text = 0; text < tokens.size; text += 1) {
    const sorted = windowsOf(unpackTokens(tokens.read(text))).sort();
    for (const [k, window] of sorted.entries()) if (window !== sorted[k - 1]) yield window;
  }
}
