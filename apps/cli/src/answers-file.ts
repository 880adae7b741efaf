import { parseGroundTruth } from '@signalbox/scoring';
import { redactText } from '@signalbox/spans';
import { z } from 'zod';

/** A line that is no known answer, counted from 1. */
export interface BadLine {
  line: number;
  hint: string;
}

/** Rows as GSM8K publishes them (Cobbe et al., 2021): the answer ends in `####` and the number. */
const gsm8k = z
  .strictObject({ question: z.string(), answer: z.string() })
  .transform(({ question: query, answer }) => ({ query, answer }));
/** Rows as MATH publishes them (Hendrycks et al., 2021): the solution ends in a `\boxed{}`. */
const math = z
  .strictObject({
    problem: z.string(),
    solution: z.string(),
    level: z.string().optional(),
    type: z.string().optional(),
  })
  .transform(({ problem: query, solution: answer }) => ({ query, answer }));
const dataset = z.union([gsm8k, math]);

/**
 * Reads JSONL of known answers, one a line: as `createLabeler` takes them, or as GSM8K or MATH have them. Blank lines at the end are
 * ignored.
 * @returns the rows for `createLabeler`, or every bad line; never a part of the rows
 */
export function readAnswers(text: string): { ok: true; rows: unknown[] } | { ok: false; bad: BadLine[] } {
  const lines = text
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split('\n');
  if (lines.length === 1 && lines[0] === '') return { ok: false, bad: [{ line: 1, hint: 'the file holds no answer' }] };
  const bad: BadLine[] = [];
  const rows: unknown[] = [];
  const lineOf: number[] = [];
  for (const [index, line] of lines.entries()) {
    const value = jsonOf(line);
    if (value === undefined) {
      bad.push({ line: index + 1, hint: 'is not one JSON object' });
      continue;
    }
    const known = dataset.safeParse(value);
    rows.push(known.success ? known.data : value);
    lineOf.push(index + 1);
  }
  const parsed = parseGroundTruth(rows, (part) => redactText(part, 'ON').redactions > 0);
  if (!parsed.ok) bad.push(...parsed.faults.map(({ index, hint }) => ({ line: lineOf[index] ?? 0, hint })));
  if (bad.length === 0) return { ok: true, rows };
  return { ok: false, bad: bad.sort((a, b) => a.line - b.line) };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
