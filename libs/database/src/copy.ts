import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SignalboxError } from '@signalbox/contracts';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Bytes of text that are handed to the socket at once; larger chunks gain nothing. */
const CHUNK_CHARACTERS = 64 * 1024;

/**
 * A value of one column: text, numeric and boolean types by their JavaScript value, timestamps as Date, bytea as
 * Uint8Array (Buffer), real[] and double precision[] as Float32Array and Float64Array, other arrays as arrays.
 * JSON is passed as its text.
 */
export type CopyValue =
  string | number | bigint | boolean | null | Date | Uint8Array | Float32Array | Float64Array | readonly CopyValue[];

/** One row, in the order of the columns named. */
export type CopyRow = readonly CopyValue[];

/**
 * Writes rows through COPY, several times faster than INSERT. Nothing is written if it fails. Rows are pulled as fast
 * as the server takes them, so that they may be generated.
 * @param client one connection (not a pool), inside or outside of a transaction
 * @param table name, or `schema.name`
 * @returns how many rows were written
 * @throws SignalboxError INVALID_INPUT for a value that PostgreSQL cannot hold, naming row and column: a NUL character
 *   in text, an invalid Date, or a row of another length. Errors of the server (types, constraints) pass through.
 */
export async function copyInto(
  client: pg.ClientBase,
  table: string,
  columns: readonly string[],
  rows: Iterable<CopyRow> | AsyncIterable<CopyRow>,
): Promise<number> {
  const target = table.split('.').map(pg.escapeIdentifier).join('.');
  const names = columns.map(pg.escapeIdentifier).join(', ');
  const stream = client.query(copyFrom(`copy ${target} (${names}) from stdin`));
  await pipeline(Readable.from(encode(columns, rows), { objectMode: false }), stream);
  return stream.rowCount;
}

async function* encode(
  columns: readonly string[],
  rows: Iterable<CopyRow> | AsyncIterable<CopyRow>,
): AsyncGenerator<string> {
  let chunk = '';
  let index = 0;
  for await (const row of rows) {
    if (row.length !== columns.length) {
      throw new SignalboxError('INVALID_INPUT', `Row ${index} has ${row.length} values for ${columns.length} columns.`);
    }
    for (let column = 0; column < columns.length; column++) {
      const value = row[column] ?? null;
      const text = value === null ? '\\N' : escapeField(textOf(value));
      if (text === undefined) {
        throw new SignalboxError(
          'INVALID_INPUT',
          `Row ${index} holds a value in ${columns[column]} that PostgreSQL cannot store.`,
        );
      }
      chunk += column === 0 ? text : `\t${text}`;
    }
    chunk += '\n';
    index++;
    if (chunk.length >= CHUNK_CHARACTERS) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const escapeField = (text: string | undefined): string | undefined =>
  text === undefined || text.includes('\0')
    ? undefined
    : text.replace(/[\\\n\r\t]/g, (character) => ESCAPES[character] ?? character);

const numberText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** PostgreSQL's own text form of a value; undefined when it has none. */
function textOf(value: Exclude<CopyValue, null>): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
  if (value instanceof Float32Array || value instanceof Float64Array)
    return `{${Array.from(value, numberText).join(',')}}`;
  if (value instanceof Uint8Array) {
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
  }
  return arrayText(value);
}

function arrayText(values: readonly CopyValue[]): string | undefined {
  const elements: string[] = [];
  for (const value of values) {
    const text = value === null ? 'NULL' : textOf(value);
    if (text === undefined) return undefined;
    const nested = Array.isArray(value) || value instanceof Float32Array || value instanceof Float64Array;
    elements.push(value === null || nested ? text : `"${text.replace(/[\\"]/g, '\\$&')}"`);
  }
  return `{${elements.join(',')}}`;
}
