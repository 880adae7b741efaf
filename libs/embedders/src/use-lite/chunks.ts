/** The graph drops every token after the 128th (its node ClipToMaxLength). */
export const CHUNK_TOKENS = 128;

/** About 16 KB of English, 2.5 s of one core. Of a longer text the beginning and the end are embedded. */
export const MAX_CHUNKS = 32;

/**
 * Splits tokens into chunks of nearly equal length (they differ by at most one token, so that none is a stub), each at
 * most {@link CHUNK_TOKENS} long. Above {@link MAX_CHUNKS} chunks' worth, the middle of the text is left out.
 */
export function chunksOf(tokens: Int32Array): { chunks: Int32Array[]; tokensUsed: number } {
  const limit = CHUNK_TOKENS * MAX_CHUNKS;
  if (tokens.length > limit) {
    const head = tokens.subarray(0, limit / 2);
    const tail = tokens.subarray(tokens.length - limit / 2);
    return { chunks: [...chunksOf(head).chunks, ...chunksOf(tail).chunks], tokensUsed: limit };
  }
  const count = Math.max(1, Math.ceil(tokens.length / CHUNK_TOKENS));
  const chunks = Array.from({ length: count }, (_, i) =>
    tokens.subarray(Math.floor((i * tokens.length) / count), Math.floor(((i + 1) * tokens.length) / count)),
  );
  return { chunks, tokensUsed: tokens.length };
}
