/** Where a frozen dataset lies in the object store. */
export const datasetKey = (hash: string, file: 'dataset.jsonl' | 'meta.json'): string => `datasets/${hash}/${file}`;
