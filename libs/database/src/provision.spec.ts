import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue, Worker, createPostgresBackend, setDefaultBackendFactory } from 'bullmq';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { connect } from './connection-errors.js';
import { dataSourceFor, pgPoolFor } from './data-source.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';
import { provision, serviceUrls, type Provisioned, type ServiceDatabase } from './provision.js';

class CreateCalls1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table call (id uuid primary key, secret text)');
    await runner.query('create view call_v1 as select id from call');
    await runner.query('create view internal as select secret from call');
    await runner.query(
      `create function secrets() returns setof text language sql security definer as 'select secret from ingest.call'`,
    );
  }
  async down(): Promise<void> {}
}
class AddModel1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table call add column model text');
  }
  async down(): Promise<void> {}
}

const ingest: ServiceDatabase = {
  service: 'ingest',
  migrations: [CreateCalls1700000000001],
  publishes: [{ view: 'call_v1', to: ['labeling'] }],
};
const labeling: ServiceDatabase = { service: 'labeling', migrations: [], publishes: [] };

let home: string;
let server: EmbeddedPostgres;
let provisioned: Provisioned;

async function run(url: string, statement: string): Promise<unknown[]> {
  const client = await connect(url, 'spec');
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}
const refused = { code: '42501' };

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'signalbox-provision-'));
  server = await startEmbeddedPostgres({ dataDir: path.join(home, 'data'), logFile: path.join(home, 'log') });
  expect(await run(server.adminUrl, 'show data_directory')).toEqual([{ data_directory: server.dataDirectory }]);
  provisioned = await provision(server.adminUrl, [ingest, labeling]);
});
afterAll(async () => {
  await server.stop();
  await rm(home, { recursive: true, force: true });
});

describe('provision', () => {
  it("runs a service's migrations once, in its own schema", async () => {
    expect(provisioned.migrated).toEqual({ ingest: ['CreateCalls1700000000001'], labeling: [] });
    const again = await provision(server.adminUrl, [
      { ...ingest, migrations: [CreateCalls1700000000001, AddModel1700000000002] },
    ]);
    expect(again.migrated).toEqual({ ingest: ['AddModel1700000000002'] });
    expect(again.urls).toEqual(provisioned.urls);
    expect(await run(again.urls.ingest, 'select id, model from ingest.call')).toEqual([]);
  });

  it('a service writes its own tables and may not change their form', async () => {
    const { urls } = provisioned;
    await run(urls.ingest, `insert into call values (gen_random_uuid(), 'text') on conflict do nothing`);
    await run(urls.ingest, 'create temporary table staging (like call)');
    await expect(run(urls.ingest, 'create table mine (n int)')).rejects.toMatchObject(refused);
    await expect(run(urls.ingest, 'drop table call')).rejects.toMatchObject(refused);
    await expect(run(urls.ingest, 'delete from schema_migration')).rejects.toMatchObject(refused);
  });

  it('another service reads the published view and nothing else', async () => {
    const { urls } = provisioned;
    expect(await run(urls.labeling, 'select count(*)::int > 0 as any from ingest.call_v1')).toEqual([{ any: true }]);
    for (const statement of [
      'select * from ingest.call',
      'select * from ingest.internal',
      'select ingest.secrets()',
      'delete from ingest.call_v1',
      'insert into ingest.call_v1 values (gen_random_uuid())',
    ]) {
      await expect(run(urls.labeling, statement)).rejects.toMatchObject(refused);
    }
    await expect(run(urls.training, 'select * from ingest.call_v1')).rejects.toMatchObject(refused);
  });

  it('a reader that is no longer named is shut out', async () => {
    const { urls } = provisioned;
    await provision(server.adminUrl, [{ ...ingest, publishes: [{ view: 'call_v1', to: ['training'] }] }]);
    await expect(run(urls.labeling, 'select * from ingest.call_v1')).rejects.toMatchObject(refused);
    await run(urls.training, 'select * from ingest.call_v1');
    await provision(server.adminUrl, [ingest]);
  });

  it('a base table cannot be published', async () => {
    const wrong = { ...ingest, publishes: [{ view: 'call', to: ['training' as const] }] };
    await expect(provision(server.adminUrl, [wrong])).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('several starters at once, on two databases of one cluster, all succeed', async () => {
    await run(server.adminUrl, 'create database other');
    const other = new URL(server.adminUrl);
    other.pathname = '/other';
    const all = await Promise.all(
      [server.adminUrl, other.toString(), server.adminUrl, other.toString()].map((url) =>
        provision(url, [ingest, labeling]),
      ),
    );
    expect(all.map(({ migrated }) => migrated.ingest?.length ?? 0).reduce((a, b) => a + b)).toBe(1);
    await run(serviceUrls(other.toString()).ingest, 'select * from ingest.call');
  });

  it('BullMQ works under the role of the queue, which no service may use', async () => {
    setDefaultBackendFactory(createPostgresBackend);
    const connection = { connectionString: provisioned.urls.queue, schema: 'queue', migrate: false, max: 2 };
    const queue = new Queue('labeling.commands', { connection });
    const worker = new Worker<{ id: number }, { id: number }>('labeling.commands', async (job) => job.data, {
      connection,
    });
    try {
      const done = new Promise<unknown>((resolve) => worker.once('completed', (_job, result) => resolve(result)));
      await queue.add('label', { id: 7 });
      expect(await done).toEqual({ id: 7 });
      await expect(run(provisioned.urls.labeling, 'select * from queue.job')).rejects.toMatchObject(refused);
    } finally {
      await worker.close();
      await queue.close();
    }
  });

  it('an administrator without the right to create roles is told so', async () => {
    await run(server.adminUrl, `create role plain login password 'plain'`);
    const url = new URL(server.adminUrl);
    url.username = url.password = 'plain';
    await expect(provision(url.toString(), [])).rejects.toMatchObject({
      code: 'DATABASE_REFUSED',
      nextStep: expect.stringContaining('CREATEROLE'),
    });
    url.password = '';
    await expect(provision(url.toString(), [])).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID' });
  });
});

describe("a service's connections", () => {
  it("carry the service's name and leave the schema to migrations", async () => {
    const options = dataSourceFor('ingest', provisioned.urls.ingest, []);
    expect({ name: options.name, synchronize: options.synchronize }).toEqual({ name: 'ingest', synchronize: false });
    const dataSource = await new DataSource(options).initialize();
    expect(await dataSource.query('select current_user, current_setting($1) as app', ['application_name'])).toEqual([
      { current_user: 'signalbox_ingest', app: 'signalbox ingest' },
    ]);
    await dataSource.destroy();
  });

  it('a pool survives the loss of its idle connections', async () => {
    const pool = pgPoolFor(provisioned.urls.ingest, { applicationName: 'victim' });
    await pool.query('select 1');
    const removed = new Promise((resolve) => pool.once('remove', resolve));
    await run(
      server.adminUrl,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'`,
    );
    await removed;
    expect((await pool.query<{ one: number }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });
});
