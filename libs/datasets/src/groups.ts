import { createHash } from 'node:crypto';
import { nearDuplicates } from './near-duplicates.js';
import { byCodeUnit } from './order.js';
import { UnionFind } from './union-find.js';

export interface GroupableText {
  /** Unique among the items. */
  id: string;
  text: string;
  /** A group that the source of the data names, if it names one. */
  group?: string | null;
  /** The conversation that the text belongs to, if any. */
  sessionId?: string | null;
}

/** sha256 (hex) of a text in UTF-8. */
export function textHash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/**
 * Joins items that must never lie on both sides of a split: same text, near-duplicate text (see `nearDuplicates`), same
 * conversation, same given group, and whatever these join in a chain.
 *
 * @returns the group of each item by id. A group is named after its content (from the least sha256 of its texts), so the answer
 * depends neither on the order of the items nor on their ids.
 */
export function groupTexts(items: readonly GroupableText[]): Map<string, string> {
  const classes = new UnionFind(items.length);
  const firstWith = new Map<string, number>();
  const joinBy = (index: number, kind: string, value: string | null | undefined) => {
    if (value === null || value === undefined) return;
    const key = `${kind} ${value}`;
    const first = firstWith.get(key);
    if (first === undefined) firstWith.set(key, index);
    else classes.join(first, index);
  };
  const hashes = items.map((item) => textHash(item.text));
  for (const [index, item] of items.entries()) {
    joinBy(index, 'text', hashes[index]);
    joinBy(index, 'conversation', item.sessionId);
    joinBy(index, 'given', item.group);
  }
  const texts = items.map((item) => item.text);
  for (const [left, right] of nearDuplicates(texts)) classes.join(left, right);

  const least = new Map<number, string>();
  for (const [index, hash] of hashes.entries()) {
    const root = classes.find(index);
    const known = least.get(root);
    if (known === undefined || byCodeUnit(hash, known) < 0) least.set(root, hash);
  }
  return new Map(items.map((item, index) => [item.id, (least.get(classes.find(index)) ?? '').slice(0, 16)]));
}
