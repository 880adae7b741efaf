import type { DatasetMeta } from '@signalbox/datasets';

export interface Snapshot {
  /** sha256 of the content. */
  hash: string;
  /** `dataset.jsonl`. */
  bytes: Uint8Array;
  /** `meta.json`: the header of the content with the hash. */
  metaText: string;
}

export function metaText(hash: string, facts: DatasetMeta): string {
  return `${JSON.stringify({ hash, ...facts }, null, 2)}\n`;
}
