import { MAX_CHUNKS } from '../chunks.js';

/** The graph drops every token after the 128th (its node ClipToMaxLength). */
export const CHUNK_TOKENS = 128;

/** About 16 KB of English, 2.5 s of one core. Of a longer text the beginning and the end are embedded. */
export const MAX_TOKENS = CHUNK_TOKENS * MAX_CHUNKS;
