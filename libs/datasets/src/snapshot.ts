import { createHash } from 'node:crypto';
import { accept, DATASET_PARTS, reject, type DatasetRow, type Result } from '@signalbox/contracts';
import { z } from 'zod';
import { canonicalJson, type Json } from './canonical-json.js';
import { byCodeUnit } from './order.js';

/** What else identifies a dataset: split, seed, candidates, embedder. Times of creation and random ids do not belong here. */
export type DatasetMeta = { readonly [key: string]: Json | undefined };

const FORMAT = 'signalbox-dataset-1';
const LINE_END = 10;

const score = z.number().min(0).max(1);

const cell = z.strictObject({
  performance: score,
  costUsd: z.number().min(0).optional(),
  responseTimeSeconds: z.number().min(0).optional(),
  source: z.enum(['logged', 'replayed']),
  labeler: z.string(),
  propensity: z.number().min(0).max(1).optional(),
});

const datasetRow = z.strictObject({
  id: z.string(),
  textHash: z.string(),
  query: z.string(),
  task: z.string().nullable(),
  group: z.string(),
  part: z.enum(DATASET_PARTS),
  startedAt: z.number().nullable(),
  loggedCandidate: z.string().nullable(),
  probabilities: z.record(z.string(), z.number()).nullable(),
  logged: cell.nullable(),
  replayed: z.record(z.string(), cell),
  inRandomSlice: z.boolean(),
  checked: z.strictObject({ people: score, judges: z.record(z.string(), score) }).optional(),
});

const header = z.strictObject({ format: z.literal(FORMAT), meta: z.record(z.string(), z.json()), rows: z.int() });

/**
 * The dataset as text: a header line with the format and `meta`, then one row a line in canonical JSON, sorted by id. Equal rows
 * and equal meta give equal bytes, in whatever order the rows come.
 */
export function serialiseDataset(rows: readonly DatasetRow[], meta: DatasetMeta): string {
  const lines = rows.map((row) => ({ id: row.id, line: datasetLine(row) }));
  lines.sort((left, right) => byCodeUnit(left.id, right.id) || byCodeUnit(left.line, right.line));
  return [datasetHead(meta, rows.length), ...lines.map(({ line }) => line)].join('');
}

/** The first line of {@link serialiseDataset}, for those who write one line after the other. */
export function datasetHead(meta: DatasetMeta, rows: number): string {
  return `${canonicalJson({ format: FORMAT, meta, rows })}\n`;
}

/** A row's line of {@link serialiseDataset}; lines must be written in order of the ids, by code unit. */
export function datasetLine(row: DatasetRow): string {
  return `${canonicalJson({ ...row, ...cellsOf(row) })}\n`;
}

/** sha256 (hex) of {@link serialiseDataset}: the identity of a dataset. */
export function datasetHash(rows: readonly DatasetRow[], meta: DatasetMeta): string {
  return sha256(serialiseDataset(rows, meta));
}

/**
 * Reads what {@link serialiseDataset} wrote, row by row: the whole may be longer than a string can be, and its rows larger than memory.
 *
 * @param expectedHash what {@link datasetHash} said; with it, any changed byte is noticed before a row is read
 * @param visit gets a row, and its line with its end
 * @returns the facts of the header; `ARTIFACT_CORRUPT` when the bytes are not those of the hash, `ARTIFACT_INVALID` with the line when
 *   they are not a dataset
 */
export function readDataset(
  content: Uint8Array,
  expectedHash: string | undefined,
  visit: (row: DatasetRow, line: Uint8Array) => void,
): Result<DatasetMeta> {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (expectedHash !== undefined && createHash('sha256').update(bytes).digest('hex') !== expectedHash) {
    return reject('ARTIFACT_CORRUPT', '', 'The content of the dataset differs from its hash.');
  }
  const headEnd = bytes.indexOf(LINE_END) + 1;
  const head = header.safeParse(jsonOf(bytes.toString('utf8', 0, headEnd)));
  if (!head.success) return reject('ARTIFACT_INVALID', 'line 1', `Expected the header of ${FORMAT}.`);
  let number = 1;
  for (let at = headEnd; at < bytes.length;) {
    number += 1;
    const end = bytes.indexOf(LINE_END, at) + 1;
    if (end === 0) return reject('ARTIFACT_INVALID', `line ${number}`, 'The last line is cut off.');
    const row = parseDatasetRow(bytes.toString('utf8', at, end), number);
    if (!row.ok) return row;
    visit(row.value, bytes.subarray(at, end));
    at = end;
  }
  if (head.data.rows === number - 1) return accept(head.data.meta);
  return reject('ARTIFACT_INVALID', 'line 1', `Expected ${head.data.rows} rows, found ${number - 1}.`);
}

/** As {@link readDataset}, with all rows. */
export function parseDataset(
  content: Uint8Array,
  expectedHash?: string,
): Result<{ rows: DatasetRow[]; meta: DatasetMeta }> {
  const rows: DatasetRow[] = [];
  const meta = readDataset(content, expectedHash, (row) => rows.push(row));
  return meta.ok ? accept({ rows, meta: meta.value }) : meta;
}

/**
 * The dataset without some of its rows. What its header says of them stays, but for how many there are.
 *
 * @param ids of the rows that go
 * @returns the bytes that {@link serialiseDataset} would write of the others, or a rejection as of {@link readDataset}
 */
export function withoutRows(content: Uint8Array, expectedHash: string, ids: ReadonlySet<string>): Result<Dataset> {
  const kept: Uint8Array[] = [];
  const meta = readDataset(content, expectedHash, ({ id }, line) => {
    if (!ids.has(id)) kept.push(line);
  });
  if (!meta.ok) return meta;
  const bytes = Buffer.concat([Buffer.from(datasetHead(meta.value, kept.length), 'utf8'), ...kept]);
  return accept({ bytes, hash: createHash('sha256').update(bytes).digest('hex'), meta: meta.value });
}

interface Dataset {
  bytes: Uint8Array;
  /** sha256 of `bytes`. */
  hash: string;
  meta: DatasetMeta;
}

/**
 * Reads one line behind the header, for those who read a part of a dataset.
 *
 * @param number of the line, from 1
 * @returns `ARTIFACT_INVALID` when it is not a row
 */
export function parseDatasetRow(line: string, number: number): Result<DatasetRow> {
  const row = datasetRow.safeParse(jsonOf(line));
  if (row.success) return accept(row.data);
  const field = row.error.issues[0]?.path.map(String).join('.') ?? '';
  return reject('ARTIFACT_INVALID', `line ${number}`, `Not a row of a dataset${field === '' ? '' : `: ${field}`}.`);
}

function cellsOf({ logged, replayed }: DatasetRow): { logged: Json; replayed: Json } {
  const entries = Object.entries(replayed).map(
    ([candidate, replayedCell]) => [candidate, { ...replayedCell }] as const,
  );
  return { logged: logged === null ? null : { ...logged }, replayed: Object.fromEntries(entries) };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
