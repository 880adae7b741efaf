/** Parts of a text that are embedded at the most; of a longer one the beginning and the end are. */
export const MAX_CHUNKS = 32;

/** All of the tokens, or as many from either end as make {@link MAX_CHUNKS} chunks. */
export function bothEnds(tokens: Int32Array, chunkTokens: number): Int32Array {
  const most = chunkTokens * MAX_CHUNKS;
  if (tokens.length <= most) return tokens;
  const used = tokens.slice(0, most);
  used.set(tokens.subarray(tokens.length - most / 2), most / 2);
  return used;
}

/**
 * Splits tokens into chunks of nearly equal length (they differ by at most one token, so that none is a stub), each at
 * most `chunkTokens` long.
 */
export function equalChunks(tokens: Int32Array, chunkTokens: number): Int32Array[] {
  const count = Math.ceil(tokens.length / chunkTokens);
  return Array.from({ length: count }, (_, i) =>
    tokens.subarray(Math.floor((i * tokens.length) / count), Math.floor(((i + 1) * tokens.length) / count)),
  );
}

/** UTF-8 puts the next character's first byte at most so many bytes further. */
const REST_OF_CHARACTER = 3;

export interface TextChunks {
  chunks: string[];
  /** Share of the text's bytes that the chunks hold, above 0, at most 1. */
  covered: number;
}

/** Splits a text between characters into chunks of nearly equal length, each of at most `chunkBytes` bytes of UTF-8. */
export function textChunks(text: string, chunkBytes: number): TextChunks {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= chunkBytes) return { chunks: [bytes.toString('utf8')], covered: 1 };
  const size = chunkBytes - REST_OF_CHARACTER;
  const most = size * MAX_CHUNKS;
  if (bytes.length <= most) return { chunks: equalParts(bytes, Math.ceil(bytes.length / size)), covered: 1 };
  const halves = [bytes.subarray(0, most / 2), bytes.subarray(startOfCharacter(bytes, bytes.length - most / 2))];
  const covered = halves.reduce((total, half) => total + half.length, 0) / bytes.length;
  return { chunks: halves.flatMap((half) => equalParts(half, MAX_CHUNKS / 2)), covered };
}

/** The beginning and the end of a text, cut between characters, with at most so many bytes together. */
export function bothEndsOfText(text: string, most: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= most) return text;
  const half = Math.floor(most / 2) - REST_OF_CHARACTER;
  const end = bytes.subarray(startOfCharacter(bytes, bytes.length - half));
  return bytes.toString('utf8', 0, startOfCharacter(bytes, half)) + end.toString('utf8');
}

/** Splits a text between characters into so many nearly equal parts. */
export function equalTexts(text: string, count: number): string[] {
  return equalParts(Buffer.from(text, 'utf8'), count);
}

function equalParts(bytes: Buffer, count: number): string[] {
  const cuts = Array.from({ length: count + 1 }, (_, i) =>
    startOfCharacter(bytes, Math.floor((i * bytes.length) / count)),
  );
  return cuts.slice(1).map((end, i) => bytes.toString('utf8', cuts[i], end));
}

/** The first byte at or after `at` that begins a character. */
function startOfCharacter(bytes: Buffer, at: number): number {
  let start = at;
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return start;
}
