import { DATASET_PARTS, type DatasetPart, type DatasetRow } from '@signalbox/contracts';
import { nearDuplicates } from './near-duplicates.js';
import { UnionFind } from './union-find.js';

/** Counts only, so that it can be shown to anyone. */
export interface LeakReport {
  rows: number;
  groups: number;
  parts: Record<DatasetPart, number>;
  /** Rows whose text an earlier row of the list has already. */
  duplicateRows: number;
  /** Groups that lie on both sides of the time cut. */
  spanningGroups: number;
  /** What train and the test of unseen prompts share; all must be 0. `conversations` is null when the sessions are not known. */
  shared: { groups: number; texts: number; nearDuplicateTests: number; conversations: number | null };
  /** True when nothing that was looked at is shared. */
  clean: boolean;
}

/**
 * Measures what train and test share, from the texts themselves and not from the groups that the split was made with, so that
 * a fault in the grouping shows.
 *
 * @param options.sessions conversation of each row by id, where known
 * @param options.corpus the texts that the split was planned on, when they were more than these rows: what counts as template
 * text depends on them
 */
export function leakReport(
  rows: readonly DatasetRow[],
  options: { sessions?: ReadonlyMap<string, string>; corpus?: readonly string[] } = {},
): LeakReport {
  const train = rows.filter((row) => row.part === 'train');
  const test = rows.filter((row) => row.part === 'test');
  const { sessions } = options;
  const sessionOf = (row: DatasetRow) => sessions?.get(row.id);
  const shared = {
    groups: countShared(train, test, (row) => row.group),
    texts: countShared(train, test, (row) => row.textHash),
    nearDuplicateTests: countNearDuplicateTests(train, test, options.corpus ?? rows.map((row) => row.query)),
    conversations: sessions === undefined ? null : countShared(train, test, sessionOf),
  };
  const parts = Object.fromEntries(DATASET_PARTS.map((part) => [part, rows.filter((row) => row.part === part).length]));
  return {
    rows: rows.length,
    groups: new Set(rows.map((row) => row.group)).size,
    parts: { train: 0, test: 0, spanning: 0, embargo: 0, ...parts },
    duplicateRows: rows.length - new Set(rows.map((row) => row.textHash)).size,
    spanningGroups: new Set(rows.filter((row) => row.part === 'spanning').map((row) => row.group)).size,
    shared,
    clean: Object.values(shared).every((count) => count === 0 || count === null),
  };
}

function countShared(
  left: readonly DatasetRow[],
  right: readonly DatasetRow[],
  keyOf: (row: DatasetRow) => string | undefined,
): number {
  const known = new Set(left.map(keyOf));
  const shared = new Set(right.map(keyOf).filter((key) => key !== undefined && known.has(key)));
  return shared.size;
}

/** Test rows that a chain of near-duplicates within train and test connects to a training row. */
function countNearDuplicateTests(
  train: readonly DatasetRow[],
  test: readonly DatasetRow[],
  corpus: readonly string[],
): number {
  const rows = [...train, ...test];
  const classes = new UnionFind(rows.length);
  const texts = rows.map((row) => row.query);
  for (const [left, right] of nearDuplicates(texts, corpus)) classes.join(left, right);
  const trained = new Set(train.map((_, index) => classes.find(index)));
  return test.filter((_, index) => trained.has(classes.find(train.length + index))).length;
}
