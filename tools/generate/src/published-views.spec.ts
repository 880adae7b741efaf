import 'reflect-metadata';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from '@signalbox/database';
import { SERVICE_DATABASES } from '@signalbox/standalone';
import { freshDatabase, type FreshDatabase } from '@signalbox/testkit';
import { publishedViewsPage } from './published-views.js';

const CHECKED_IN = new URL('../../../docs/published-views.md', import.meta.url);

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(SERVICE_DATABASES);
}, 60_000);
afterAll(() => database.drop());

describe('docs/published-views.md', () => {
  it('is what the migrations make', async () => {
    const page = await publishedViewsPage(database.adminUrl, SERVICE_DATABASES);
    expect(page).toBe(await readFile(CHECKED_IN, 'utf8'));
    for (const { service, publishes } of SERVICE_DATABASES) {
      for (const { view } of publishes) expect(page).toContain(`## \`${service}.${view}\``);
    }
  });

  it.each([
    ['removed', 'text_hash, space, dim', ['| 4 | `vector` | bytea |']],
    ['moved', 'space, text_hash, dim, vector', ['| 1 | `text_hash` | text |', '| 2 | `space` | text |']],
    ['retyped', 'text_hash, space, dim::bigint as dim, vector', ['| 3 | `dim` | integer |']],
    ['renamed', 'text_hash, space, dim as length, vector', ['| 3 | `dim` | integer |']],
  ])('changes when a column was %s', async (_, columns, gone) => {
    const before = await publishedViewsPage(database.adminUrl, SERVICE_DATABASES);
    const client = await connect(database.adminUrl, 'spec');
    await client.query('drop view embedding.vector_v1');
    await client.query(`create view embedding.vector_v1 as select ${columns} from embedding.vector`);
    const after = await publishedViewsPage(database.adminUrl, SERVICE_DATABASES);
    await client.query('drop view embedding.vector_v1');
    await client.query('create view embedding.vector_v1 as select text_hash, space, dim, vector from embedding.vector');
    await client.end();
    const lost = before.split('\n').filter((line) => !after.split('\n').includes(line));
    expect(lost).toEqual(gone);
  });
});
