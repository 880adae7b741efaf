export { createEmbedder } from './embedder.js';
export type { Embedded, Embedder, EmbedderOptions, EmbedProgress } from './embedder.js';
export { spaceId } from './embedding-space.js';
export type { EmbeddingSpace } from './embedding-space.js';
export { textHash } from './text-hash.js';
export { fitTfidfSvd, type TfidfSvdFit } from './tfidf-svd/tfidf-svd-model.js';
export { MAX_TOKENS as USE_LITE_MAX_TOKENS } from './use-lite/chunks.js';
export { USE_LITE_SPACE } from './use-lite/use-lite-space.js';
