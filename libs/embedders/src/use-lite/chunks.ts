/** The graph drops every token after the 128th (its node ClipToMaxLength). */
export const CHUNK_TOKENS = 128;

/** About 16 KB of English, 2.5 s of one core. Of a longer text the beginning and the end are embedded. */
export const MAX_CHUNKS = 32;

export const MAX_TOKENS = CHUNK_TOKENS * MAX_CHUNKS;

/** The tokens that are embedded: all, or as many from either end as make {@link MAX_CHUNKS} chunks. */
export function tokensUsed(tokens: Int32Array): Int32Array {
  if (tokens.length <= MAX_TOKENS) return tokens;
  const used = tokens.slice(0, MAX_TOKENS);
  used.set(tokens.subarray(tokens.length - MAX_TOKENS / 2), MAX_TOKENS / 2);
  return used;
}

/**
 * Splits tokens into chunks of nearly equal length (they differ by at most one token, so that none is a stub), each at
 * most {@link CHUNK_TOKENS} long.
 */
export function chunksOf(tokens: Int32Array): Int32Array[] {
  const count = Math.ceil(tokens.length / CHUNK_TOKENS);
  return Array.from({ length: count }, (_, i) =>
    tokens.subarray(Math.floor((i * tokens.length) / count), Math.floor(((i + 1) * tokens.length) / count)),
  );
}
