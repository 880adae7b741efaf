import { accept, reject, type OutcomeMatrixRow, type Result } from '@signalbox/contracts';
import { z } from 'zod';

// Exporters write null where a value is unknown; both spellings of "missing" mean the same.
const missing = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

const MISSING = 'is missing';
const PERFORMANCE = 'must be a number from 0 to 1; leave a candidate out where it is unknown';
const AMOUNT = 'must be a number, 0 or more; leave it out where it is unknown';
const amount = missing(z.number({ error: AMOUNT }).min(0, { error: AMOUNT }));
const text = z.string({ error: (issue) => (issue.input === undefined ? MISSING : 'must be text') });

const outcome = z.object(
  {
    performance: z.number({ error: PERFORMANCE }).min(0, { error: PERFORMANCE }).max(1, { error: PERFORMANCE }),
    costUsd: amount,
    responseTimeSeconds: amount,
  },
  { error: 'must be an object such as {"performance": 1}' },
);

const NAMELESS = 'a candidate has no name';
const OUTCOMES = 'must be an object with an outcome for each candidate';
const cells = z
  .unknown()
  // A record leaves this name out in silence, so it has to be refused before.
  .refine((given) => !hasProtoCandidate(given), 'a candidate cannot be named __proto__')
  .pipe(
    z.record(z.string().min(1), outcome, {
      error: ({ code, input }) => (code === 'invalid_key' ? NAMELESS : input === undefined ? MISSING : OUTCOMES),
    }),
  )
  .refine((given) => Object.keys(given).length > 0, 'must hold at least one candidate');

const matrixRow = z.object(
  {
    query: text.refine((query) => query.trim() !== '', 'must not be empty'),
    task: missing(text),
    group: missing(text),
    outcomes: cells,
  },
  { error: 'The line is not one JSON object' },
);

/**
 * Reads outcome-matrix JSONL: one JSON object a line, as {@link OutcomeMatrixRow}. Lines end at "\n" alone, since prompts hold
 * U+2028 and the like. A byte order mark and blank lines at the end are tolerated, fields that are not known are ignored, and
 * equal lines are equal rows. A blank query, and a field or a candidate that a line holds twice, are refused. Money is in USD, time in
 * seconds.
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
    const row = parseOutcomeMatrixLine(line, index + 1);
    if (!row.ok) return row;
    rows.push(row.value);
  }
  return accept(rows);
}

/**
 * One line of {@link parseOutcomeMatrix}, for those who want to hear of every broken one.
 * @param number of the line, from 1
 */
export function parseOutcomeMatrixLine(line: string, number: number): Result<OutcomeMatrixRow> {
  const refuse = (what: string) => reject('OUTCOME_MATRIX_BROKEN', `line ${number}`, what);
  if (line.trim() === '') return refuse('The line is blank; only the end of the file may be.');
  const json = parseJson(line);
  if (!json.ok) return refuse(json.what);
  const row = matrixRow.safeParse(json.value);
  if (!row.success) return refuse(describeIssue(row.error));
  const twice = repeatedField(line);
  if (twice !== null) return refuse(`${twice}: is there twice; keep one.`);
  return accept(withoutUndefined(row.data));
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

/**
 * The first field of a row, as a path, that valid JSON text holds more than once; of these JSON.parse keeps the last without a
 * word. In valid JSON a string before a colon is a key, and nothing else is.
 */
function repeatedField(json: string): string | null {
  const open: { keys: Set<string>; key: string }[] = [];
  for (const [token, text, colon] of json.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') open.push({ keys: new Set(), key: '' });
    else if (token === '}' || token === ']') open.pop();
    const object = open.at(-1);
    if (text === undefined || colon === undefined || object === undefined) continue;
    object.key = String(JSON.parse(text));
    const path = open.map(({ key }) => key);
    if (object.keys.has(object.key) && Object.hasOwn(matrixRow.shape, path[0] ?? '')) return path.join('.');
    object.keys.add(object.key);
  }
  return null;
}

function hasProtoCandidate(given: unknown): boolean {
  return typeof given === 'object' && given !== null && Object.hasOwn(given, '__proto__');
}

function describeIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'Not a row of an outcome matrix.';
  // A candidate without a name adds nothing to the path.
  const place = issue.path
    .map(String)
    .filter((name) => name !== '')
    .join('.');
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
