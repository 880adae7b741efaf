import type { EmbeddingSpace } from '../embedding-space.js';

/**
 * Universal Sentence Encoder lite (Cer et al. 2018, arXiv:1803.11175), the transformer of 8,000 word pieces.
 * The revision is checked in so that no process reads 30 MB to know it; the workers refuse files of another revision.
 */
export const USE_LITE_SPACE: EmbeddingSpace = {
  provider: 'use-lite',
  model: 'universal-sentence-encoder-lite',
  revision: '1f964b825f0e7c40',
  dim: 512,
  normalised: true,
};
