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
  const last = cells.length - 1;
  const cellOf = (window: number) => mix((window % 0x100000000) ^ Math.floor(window / 0x100000000)) & last;
  const mark = Math.min(enough, FULL);
  let reached = false;
  // A window that one text repeats counts each time here: the sketch may count too high.
  for (let text = 0; text < tokens.size; text += 1) {
    const all = windowsOf(unpackTokens(tokens.read(text)));
    for (let k = 0; k < all.length; k += 1) {
      const cell = cellOf(all[k] ?? 0);
      const count = (cells[cell] ?? 0) + 1;
      if (count <= FULL) cells[cell] = count;
      if (count >= mark) reached = true;
    }
  }
  if (!reached) return new Set();
  const counts = new Map<number, number>();
  for (let text = 0; text < tokens.size; text += 1) {
    const many = windowsOf(unpackTokens(tokens.read(text))).filter((window) => (cells[cellOf(window)] ?? 0) >= mark);
    for (const window of new Set(many)) counts.set(window, (counts.get(window) ?? 0) + 1);
  }
  return new Set([...counts].flatMap(([window, count]) => (count >= enough ? [window] : [])));
}

function cellsFor(windows: number): number {
  return Math.min(MOST_CELLS, Math.max(LEAST_CELLS, 2 ** Math.ceil(Math.log2(CELLS_PER_WINDOW * windows + 1))));
}
