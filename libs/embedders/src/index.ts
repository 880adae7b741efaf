export { createEmbedder } from './embedder.js';
export type {
  ChosenEmbedder,
  Embedded,
  Embedder,
  EmbedderOptions,
  EmbedProgress,
  UseLiteEmbedderOptions,
} from './embedder.js';
export { embedderFiles, openEmbedderFolder } from './embedder-folder.js';
export type { OnnxEmbedderOptions } from './onnx/onnx-embedder.js';
export type { OpenaiEmbedderOptions } from './openai/openai-embedder.js';
export type { TeiEmbedderOptions } from './tei/tei-embedder.js';
export { spaceId, spaceOf } from './embedding-space.js';
export type { EmbeddingSpace } from './embedding-space.js';
export { OwnEmbedder, type OwnEmbedderLimits } from './own-embedder.js';
export { textHash } from './text-hash.js';
export { EMBEDDER_FILE, tfidfSvdSpace } from './tfidf-svd/tfidf-svd-embedder.js';
export { fitTfidfSvd, readTfidfSvd, type TfidfSvdFit } from './tfidf-svd/tfidf-svd-model.js';
export { MAX_TOKENS as USE_LITE_MAX_TOKENS } from './use-lite/chunks.js';
export { USE_LITE_SPACE } from './use-lite/use-lite-space.js';
