import { USE_LITE_SPACE } from '@signalbox/embedders';
import type { EmbeddingSpace } from '@signalbox/runtime';

/** The space that this process embeds prompts in. */
export const OWN_SPACE: EmbeddingSpace = USE_LITE_SPACE;
