/** Lengths at which OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT and backends are commonly set to cut a value. */
const LENGTH_LIMITS = new Set([
  1000, 1024, 2000, 2048, 4000, 4095, 4096, 8000, 8191, 8192, 10_000, 12_000, 16_000, 16_384, 32_000, 32_768, 65_535,
  65_536, 100_000, 131_072,
]);
/** Tempo's default for an attribute, in bytes of UTF-8; a character that it cuts in two loses up to three of them. */
const TEMPO_BYTES = 2048;
const MARKS = ['truncated', 'Truncated', 'TRUNCATED'];
const TRUNCATION_MARK = /(?:[[(<][^\])>\n]{0,60}truncated[^\])>\n]{0,60}[\])>]|(?:\.\.\.|…)\s?truncated)\s*$/i;
const SENTENCE_END = /[.!?…:;)\]}"'`»>]\s*$/;

/** True when plain text says that it was cut, or has exactly the length of a common limit and stops in mid-sentence. */
export function isCutText(text: string): boolean {
  const end = text.slice(-200);
  if (MARKS.some((mark) => end.includes(mark)) && TRUNCATION_MARK.test(end)) return true;
  if (text.endsWith('\uFFFD') && isCutByTempo(text.replace(/\uFFFD{1,3}$/, ''), 3)) return true;
  return (LENGTH_LIMITS.has(text.length) || isCutByTempo(text, 1)) && !SENTENCE_END.test(end);
}

/** True for what begins as JSON but could not be read as such: its end is missing. */
export function isCutStructure(value: unknown, structure: unknown): boolean {
  return typeof value === 'string' && structure === undefined && /^\s*[[{]\s*["'{[]/.test(value);
}

function isCutByTempo(text: string, lost: number): boolean {
  if (text.length > TEMPO_BYTES || text.length < TEMPO_BYTES / 4) return false;
  const bytes = Buffer.byteLength(text);
  return bytes <= TEMPO_BYTES && bytes >= TEMPO_BYTES - lost;
}
