import { accept, reject, type OutcomeMatrixRow, type Result } from '@signalbox/contracts';
import { z } from 'zod';

// Exporters write null where a value is unknown; both spellings of "missing" mean the same.
const missing = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

const outcome = z.object({
  performance: z
    .number({ error: 'must be a number from 0 to 1; leave a candidate out where it is unknown' })
    .min(0)
    .max(1),
  costUsd: missing(z.number().min(0)),
  responseTimeSeconds: missing(z.number().min(0)),
});

const matrixRow = z.object({
  query: z.string(),
  task: missing(z.string()),
  group: missing(z.string()),
  outcomes: z
    .record(z.string().min(1), outcome)
    .refine((cells) => Object.keys(cells).length > 0, 'must hold at least one candidate'),
});

/**
 * Reads outcome-matrix JSONL: one JSON object a line, as {@link OutcomeMatrixRow}. Lines end at "\n" alone, since prompts hold
 * U+2028 and the like. A byte order mark and blank lines at the end are tolerated, fields that are not known are ignored, and
 * equal lines are equal rows. Money is in USD, time in seconds.
 *
 * @returns every row, or `OUTCOME_MATRIX_BROKEN` with the first broken line (`line N`, from 1) and what is wrong with it;
 * never a part of the rows, and never text of a prompt in the message.
 */
export function parseOutcomeMatrix(text: string): Result<OutcomeMatrixRow[]> {
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop();
  if (lines.length === 0) return reject('OUTCOME_MATRIX_BROKEN', 'line 1', 'The file holds no row.');
  const rows: OutcomeMatrixRow[] = [];
  for (const [index, line] of lines.entries()) {
    const refuse = (what: string) => reject('OUTCOME_MATRIX_BROKEN', `line ${index + 1}`, what);
    if (line.trim() === '') return refuse('The line is blank; only the end of the file may be.');
    const json = parseJson(line);
    if (!json.ok) return refuse(json.what);
    const row = matrixRow.safeParse(json.value);
    if (!row.success) return refuse(describeIssue(row.error));
    rows.push(withoutUndefined(row.data));
  }
  return accept(rows);
}

function parseJson(line: string): { ok: true; value: unknown } | { ok: false; what: string } {
  try {
    const value: unknown = JSON.parse(line);
    return { ok: true, value };
  } catch (error) {
    // The engine's message quotes the line, which holds a prompt: only the position is safe to repeat.
    const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
    return {
      ok: false,
      what: `Not valid JSON${position === undefined ? '' : ` at character ${Number(position) + 1}`}.`,
    };
  }
}

function describeIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'Not a row of an outcome matrix.';
  const place = issue.path.map(String).join('.');
  return place === '' ? `${issue.message}.` : `${place}: ${issue.message}.`;
}

function withoutUndefined(row: z.infer<typeof matrixRow>): OutcomeMatrixRow {
  const { query, task, group } = row;
  const outcomes = Object.fromEntries(
    Object.entries(row.outcomes).map(([candidate, { performance, costUsd, responseTimeSeconds }]) => [
      candidate,
      {
        performance,
        ...(costUsd !== undefined && { costUsd }),
        ...(responseTimeSeconds !== undefined && { responseTimeSeconds }),
      },
    ]),
  );
  return { query, ...(task !== undefined && { task }), ...(group !== undefined && { group }), outcomes };
}
