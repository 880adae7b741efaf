import type { EmbeddingSpace } from './manifest.js';

/** Vectors may be compared only when all of this is equal. */
export function sameSpace(a: EmbeddingSpace, b: EmbeddingSpace): boolean {
  return nameOfSpace(a) === nameOfSpace(b);
}

/** As `spaceId` of libs/embedders names them, for spaces of any provider. */
export function nameOfSpace({ provider, model, revision, dim, normalised }: EmbeddingSpace): string {
  return `${provider}/${model}@${revision}/${dim}/${normalised ? 'unit' : 'raw'}`;
}
