import { USE_LITE_SPACE } from '@signalbox/embedders';
import type { EmbeddingSpace } from '@signalbox/runtime';

/** The space that this process embeds prompts in. */
export const OWN_SPACE: EmbeddingSpace = USE_LITE_SPACE;

/** Vectors may be compared only when all of this is equal. */
export function sameSpace(a: EmbeddingSpace, b: EmbeddingSpace): boolean {
  return nameOfSpace(a) === nameOfSpace(b);
}

/** As `spaceId` of libs/embedders names them, for spaces of any provider. */
export function nameOfSpace({ provider, model, revision, dim, normalised }: EmbeddingSpace): string {
  return `${provider}/${model}@${revision}/${dim}/${normalised ? 'unit' : 'raw'}`;
}
