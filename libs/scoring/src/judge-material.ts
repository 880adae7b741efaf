import { createHash } from 'node:crypto';

export interface JudgeMessage {
  role: 'system' | 'user';
  content: string;
}

/**
 * Each part between lines with a mark. The mark is a hash of all of the material, so no part of it can contain its own mark, and
 * the same material gives the same bytes.
 * @param version of the instructions, which the mark depends on as well
 */
export function enclosed(
  version: string,
  marked: readonly (string | null)[],
  parts: readonly (readonly [what: string, text: string | null])[],
): string[] {
  const mark = sha256(JSON.stringify([version, ...marked])).slice(0, 24);
  return parts.flatMap(([what, text]) =>
    text === null ? [] : [`BEGIN ${what} ${mark}\n${text}\nEND ${what} ${mark}`],
  );
}

// Servers without structured output wrap JSON in a code fence; that changes the frame, not the verdict.
const FENCED = /^```(?:json)?\s*\n([\s\S]*?)\n?```$/;

/** What a judge's reply holds; undefined when it is no JSON. */
export function replyJson(text: string): unknown {
  const trimmed = text.trim();
  try {
    return JSON.parse(FENCED.exec(trimmed)?.[1] ?? trimmed);
  } catch {
    return undefined;
  }
}

export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
