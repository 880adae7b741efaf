import { DATASET_PARTS, type DatasetPart } from '@signalbox/contracts';
import type { PromptCorpus } from './prompt-corpus.js';
import { UnionFind } from './union-find.js';

/** Counts only, so that it can be shown to anyone. */
export interface LeakReport {
  rows: number;
  groups: number;
  parts: Record<DatasetPart, number>;
  /** Rows whose text an earlier row has already. */
  duplicateRows: number;
  /** Groups that lie on both sides of the time cut. */
  spanningGroups: number;
  /** What train and the test of unseen prompts share; all must be 0. */
  shared: { groups: number; texts: number; nearDuplicateTests: number; conversations: number };
  /** True when nothing is shared. */
  clean: boolean;
}

const BIT: Record<DatasetPart, number> = { train: 1, test: 2, spanning: 4, embargo: 8 };
const BOTH = BIT.train | BIT.test;

/**
 * Measures what train and test share, from the texts themselves and not from the groups that the split was made with, so that
 * a fault in the grouping shows.
 *
 * @param corpus the prompts that the split was planned on, which may be more than the rows: what counts as template text depends
 *   on them
 * @param groupOf number of the group of each prompt, below the number of prompts
 * @param partOf part of each prompt; null for one that is no row
 */
export function leakReport(
  corpus: PromptCorpus,
  groupOf: ArrayLike<number>,
  partOf: readonly (DatasetPart | null)[],
): LeakReport {
  const parts: Record<DatasetPart, number> = { train: 0, test: 0, spanning: 0, embargo: 0 };
  for (const part of partOf) if (part !== null) parts[part] += 1;
  const rows = DATASET_PARTS.reduce((sum, part) => sum + parts[part], 0);
  const groups = placesOf(partOf, (prompt) => groupOf[prompt] ?? 0);
  const texts = placesOf(partOf, (prompt) => corpus.texts[prompt] ?? 0);
  const conversations = placesOf(partOf, (prompt) => corpus.sessions[prompt] ?? -1);
  const shared = {
    groups: onBothSides(groups),
    texts: onBothSides(texts),
    nearDuplicateTests: nearDuplicateTests(corpus, partOf),
    conversations: onBothSides(conversations),
  };
  return {
    ...{ rows, parts, shared },
    groups: counted(groups, (places) => places !== 0),
    duplicateRows: rows - counted(texts, (places) => places !== 0),
    spanningGroups: counted(groups, (places) => (places & BIT.spanning) !== 0),
    clean: Object.values(shared).every((count) => count === 0),
  };
}

/** The parts that each class of prompts lies in, as bits. */
function placesOf(partOf: readonly (DatasetPart | null)[], classOf: (prompt: number) => number): Uint8Array {
  const places = new Uint8Array(partOf.length);
  for (const [prompt, part] of partOf.entries()) {
    const of = classOf(prompt);
    if (part !== null && of >= 0) places[of] = (places[of] ?? 0) | BIT[part];
  }
  return places;
}

function onBothSides(places: Uint8Array): number {
  return counted(places, (bits) => (bits & BOTH) === BOTH);
}

function counted(places: Uint8Array, is: (bits: number) => boolean): number {
  return places.reduce((count, bits) => count + (is(bits) ? 1 : 0), 0);
}

/** Test rows that a chain of near-duplicates within train and test connects to a training row. */
function nearDuplicateTests(corpus: PromptCorpus, partOf: readonly (DatasetPart | null)[]): number {
  const texts = placesOf(partOf, (prompt) => corpus.nearTexts[prompt] ?? 0);
  const classes = new UnionFind(corpus.near.size);
  corpus.near.joinSimilar(classes, (text) => ((texts[text] ?? 0) & BOTH) !== 0);
  const classOf = (prompt: number) => classes.find(corpus.nearTexts[prompt] ?? 0);
  const joined = placesOf(partOf, classOf);
  return partOf.reduce((count, part, prompt) => {
    return count + (part === 'test' && ((joined[classOf(prompt)] ?? 0) & BIT.train) !== 0 ? 1 : 0);
  }, 0);
}
