import { createHash } from 'node:crypto';
import type { DatasetRow } from '@signalbox/contracts';
import { serialiseDataset, type DatasetMeta } from '@signalbox/datasets';

export interface Snapshot {
  /** sha256 of `text`. */
  hash: string;
  /** `dataset.jsonl`. */
  text: string;
  /** `meta.json`: the header of `text` with the hash. */
  metaText: string;
}

export function snapshotOf(rows: readonly DatasetRow[], facts: DatasetMeta): Snapshot {
  const text = serialiseDataset(rows, facts);
  const hash = createHash('sha256').update(text, 'utf8').digest('hex');
  return { hash, text, metaText: metaText(hash, facts) };
}

export function metaText(hash: string, facts: DatasetMeta): string {
  return `${JSON.stringify({ hash, ...facts }, null, 2)}\n`;
}
