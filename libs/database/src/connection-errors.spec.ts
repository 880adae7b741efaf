import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { connect, databaseIsAway } from './connection-errors.js';
import { dataSourceFor } from './data-source.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';

let folder: string;
let server: EmbeddedPostgres;
let dataSource: DataSource;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'signalbox-away-'));
  server = await startEmbeddedPostgres({ dataDir: path.join(folder, 'data'), logFile: path.join(folder, 'log') });
}, 60_000);
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

// Of each test, so that none is given a connection that another one broke.
beforeEach(async () => {
  dataSource = await new DataSource(dataSourceFor('labeling', server.adminUrl, [])).initialize();
});
afterEach(() => dataSource.destroy());

async function failureOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

/** Ends the session of a transaction, as a server that stops does. */
async function end(pid: number): Promise<void> {
  const admin = await connect(server.adminUrl, 'spec');
  await admin.query('select pg_terminate_backend($1)', [pid]);
  await admin.end();
}

describe('a database that went away', () => {
  it('is told from a query that was under way', async () => {
    const error = await failureOf(() => dataSource.query('select pg_terminate_backend(pg_backend_pid())'));
    expect(databaseIsAway(error)).toBe(true);
  });

  it('is told from the next statement of a transaction that waited for something else', async () => {
    const error = await failureOf(() =>
      dataSource.transaction(async (manager) => {
        const [row] = await manager.query<{ pid: number }[]>('select pg_backend_pid() as pid');
        await end(row?.pid ?? 0);
        while (manager.queryRunner?.isReleased === false) await new Promise((resolve) => setImmediate(resolve));
        await manager.query('select 1');
      }),
    );
    expect(databaseIsAway(error)).toBe(true);
  });

  it('is told from a connection that had broken before it was asked anything', async () => {
    const client = await connect(server.adminUrl, 'spec');
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const broken = new Promise((resolve) => client.once('end', resolve));
    await end(rows[0]?.pid ?? 0);
    await broken;
    expect(databaseIsAway(await failureOf(() => client.query('select 1')))).toBe(true);
  });

  it('is told from what cannot be connected to', async () => {
    const nowhere = new DataSource(dataSourceFor('labeling', 'postgres://a:b@127.0.0.1:9/c', []));
    expect(databaseIsAway(await failureOf(() => nowhere.initialize()))).toBe(true);
  });

  it('is not told from a statement that is wrong', async () => {
    for (const wrong of ['selec', 'select 1 / 0', 'select * from nothing'])
      expect(databaseIsAway(await failureOf(() => dataSource.query(wrong)))).toBe(false);
    expect(databaseIsAway(new TypeError('x is undefined'))).toBe(false);
    expect(databaseIsAway(undefined)).toBe(false);
  });
});
