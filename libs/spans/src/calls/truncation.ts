/** Lengths at which OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT and backends are commonly set to cut a value. */
const LENGTH_LIMITS = new Set([
  1000, 1024, 2000, 2048, 4000, 4095, 4096, 8000, 8191, 8192, 10_000, 12_000, 16_000, 16_384, 32_000, 32_768, 65_535,
  65_536, 100_000, 131_072,
]);
const TRUNCATION_MARK = /(?:[[(<][^\])>\n]{0,60}truncated[^\])>\n]{0,60}[\])>]|(?:\.\.\.|…)\s?truncated)\s*$/i;
const SENTENCE_END = /[.!?…:;)\]}"'`»>]\s*$/;

/** True when plain text says that it was cut, or has exactly the length of a common limit and stops in mid-sentence. */
export function isCutText(text: string): boolean {
  return TRUNCATION_MARK.test(text.slice(-200)) || (LENGTH_LIMITS.has(text.length) && !SENTENCE_END.test(text));
}

/** True for what begins as JSON but could not be read as such: its end is missing. */
export function isCutStructure(value: unknown, structure: unknown): boolean {
  return typeof value === 'string' && structure === undefined && /^\s*[[{]\s*["'{[]/.test(value);
}
