/** Features share them by hash. At 256 dimensions a model of so many takes 17 MB; fewer make unlike words one. */
export const BUCKETS = 16_384;
const LETTERS = 3;

/** Times that each bucket is hit by a text's words, pairs of words and triples of letters. */
export function featureCounts(text: string): Map<number, number> {
  const counts = new Map<number, number>();
  const add = (kind: string, feature: string) => {
    const bucket = hash(kind + feature) % BUCKETS;
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  };
  let last = '';
  const folded = Buffer.from(text, 'utf8').toString('utf8').normalize('NFKC').toLowerCase();
  for (const [word] of folded.matchAll(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu)) {
    add('w', word);
    if (last !== '') add('p', `${last} ${word}`);
    last = word;
    const spelled = `<${word}>`;
    for (let at = 0; at + LETTERS <= spelled.length; at += 1) add('l', spelled.slice(at, at + LETTERS));
  }
  return counts;
}

/** FNV-1a (Fowler, Noll and Vo) over UTF-16 units, mixed at the end as its low bits are weak. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x45d9f3b);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Weights of a text's buckets by term frequency and the inverse frequency of documents, of length 1; empty when no bucket is known. */
export function weighted(
  counts: ReadonlyMap<number, number>,
  idf: (bucket: number) => number | undefined,
): { bucket: number; weight: number }[] {
  const entries = [...counts]
    .sort(([left], [right]) => left - right)
    .flatMap(([bucket, count]) => {
      const inverse = idf(bucket);
      return inverse === undefined ? [] : [{ bucket, weight: (1 + Math.log(count)) * inverse }];
    });
  const norm = Math.sqrt(entries.reduce((sum, { weight }) => sum + weight * weight, 0));
  return entries.map(({ bucket, weight }) => ({ bucket, weight: weight / norm }));
}
