import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { connect } from './connection-errors.js';
import { copyInto, type CopyRow } from './copy.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';

let home: string;
let server: EmbeddedPostgres;
let client: pg.Client;

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'signalbox-copy-'));
  server = await startEmbeddedPostgres({ dataDir: path.join(home, 'data'), logFile: path.join(home, 'log') });
  client = await connect(server.adminUrl, 'spec');
  expect((await client.query('show data_directory')).rows).toEqual([{ data_directory: server.dataDirectory }]);
  await client.query(`create temporary table odd (n int, t text, "T 2" text[], j jsonb, b bytea, v real[], f float8, i bigint,
    at timestamptz, yes boolean)`);
});
afterAll(async () => {
  await client.end();
  await server.stop();
  await rm(home, { recursive: true, force: true });
});

const text = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc
      .array(
        fc.constantFrom('\\', '\n', '\r', '\t', '\\N', '\\.', '"', '{', '}', ',', "'", 'NULL', ' ', 'é', '😀', 'x'),
      )
      .map((parts) => parts.join('')),
  )
  .filter((value) => !value.includes('\0'));

/** PostgreSQL prints the shortest digits that tell a real apart; read as a double they are a near neighbour. */
function asSinglePrecision(row: Record<string, unknown>): Record<string, unknown> {
  return Array.isArray(row['v']) ? { ...row, v: row['v'].map(Math.fround) } : row;
}

describe('copyInto', () => {
  it('what goes in comes out, whatever the characters', async () => {
    const row = fc.record({
      t: fc.option(text),
      list: fc.option(fc.array(fc.option(text), { maxLength: 5 })),
      json: fc.option(fc.record({ key: text })),
      bytes: fc.option(fc.uint8Array({ maxLength: 20 })),
      vector: fc.option(fc.float32Array({ maxLength: 6 })),
      float: fc.option(fc.double()),
      big: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      at: fc.option(fc.date({ min: new Date('1970-01-01Z'), max: new Date('2100-01-01Z'), noInvalidDate: true })),
      yes: fc.option(fc.boolean()),
    });
    const columns = ['n', 't', 'T 2', 'j', 'b', 'v', 'f', 'i', 'at', 'yes'];
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 10 }), async (rows) => {
        await client.query('truncate odd');
        const written = await copyInto(
          client,
          'pg_temp.odd',
          columns,
          rows.map((r, n): CopyRow => [
            ...[n, r.t, r.list, r.json && JSON.stringify(r.json), r.bytes, r.vector, r.float, r.big, r.at, r.yes],
          ]),
        );
        expect(written).toBe(rows.length);
        const read = await client.query<Record<string, unknown>>('select * from odd order by n');
        expect(read.rows.map(asSinglePrecision)).toEqual(
          rows.map((r, n) => ({
            n,
            t: r.t,
            'T 2': r.list,
            j: r.json,
            b: r.bytes && Buffer.from(r.bytes),
            v: r.vector && Array.from(r.vector),
            f: r.float,
            i: r.big === null ? null : String(r.big),
            at: r.at,
            yes: r.yes,
          })),
        );
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('streams rows from a generator and counts them', async () => {
    await client.query('truncate odd');
    async function* generate(): AsyncGenerator<CopyRow> {
      for (let n = 0; n < 50_000; n++) yield [n, `line ${n}\nof text`];
    }
    expect(await copyInto(client, 'odd', ['n', 't'], generate())).toBe(50_000);
    expect((await client.query(`select count(distinct t)::int as n from odd`)).rows).toEqual([{ n: 50_000 }]);
  });

  it('a value that PostgreSQL cannot hold writes nothing and names row and column', async () => {
    await client.query('truncate odd');
    const rows = [
      [1, 'fine'],
      [2, 'nul \0 inside'],
    ];
    await expect(copyInto(client, 'odd', ['n', 't'], rows)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/Row 1 .* t /),
    });
    await expect(copyInto(client, 'odd', ['n', 't'], [[1]])).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(copyInto(client, 'odd', ['n'], [['no number']])).rejects.toMatchObject({ code: '22P02' });
    expect((await client.query('select count(*)::int as n from odd')).rows).toEqual([{ n: 0 }]);
  });
});
