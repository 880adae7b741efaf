import { connect, type ServiceDatabase } from '@signalbox/database';
import { describe, expect, it } from '@jest/globals';
import { freshDatabase, ownPostgres } from './own-postgres.js';

class CreateNote1700000000001 {
  async up(runner: { query(statement: string): Promise<unknown> }): Promise<void> {
    await runner.query('create table note (n int)');
  }
  async down(): Promise<void> {}
}
const labeling: ServiceDatabase = { service: 'labeling', migrations: [CreateNote1700000000001], publishes: [] };

async function run(url: string, statement: string): Promise<unknown[]> {
  const client = await connect(url, 'spec');
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

describe("the testkit's PostgreSQL", () => {
  it("is one server for the whole run, and not a developer's own", async () => {
    const [first, second] = await Promise.all([ownPostgres(), ownPostgres()]);
    expect(second).toEqual(first);
    expect(await run(first.adminUrl, 'show data_directory')).toEqual([{ data_directory: first.dataDirectory }]);
  });

  it('gives every spec a database of its own, provisioned and empty', async () => {
    const [one, other] = await Promise.all([freshDatabase([labeling]), freshDatabase([labeling])]);
    await run(one.urls.labeling, 'insert into labeling.note values (1)');
    expect(await run(other.urls.labeling, 'select * from labeling.note')).toEqual([]);
    await other.drop();
    await expect(connect(other.urls.labeling, 'spec')).rejects.toMatchObject({ code: 'DATABASE_REFUSED' });
    await one.drop();
  });
});
