import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, provision } from '@signalbox/database';
import { freshDatabase, type FreshDatabase } from '@signalbox/testkit';
import { SERVICE_DATABASES } from './services.js';
import { foreignRights } from './testing/foreign-rights.js';

let database: FreshDatabase;

async function asAdmin(...statements: string[]): Promise<void> {
  const client = await connect(database.adminUrl, 'spec');
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
const heldNow = async () => (await foreignRights(database.adminUrl, database.urls)).held;

beforeAll(async () => {
  database = await freshDatabase(SERVICE_DATABASES);
  // Partitions are made while ingest runs, long after the grants.
  const ingest = await connect(database.urls.ingest, 'spec');
  await ingest.query(`select ingest.ensure_call_partition('2026-01-01')`);
  await ingest.end();
}, 60_000);
afterAll(() => database.drop());

describe('a login role', () => {
  it('reads what is published to it, and is refused everything else outside its schema', async () => {
    const { things, tried, held } = await foreignRights(database.adminUrl, database.urls);
    const published = SERVICE_DATABASES.flatMap(({ service, publishes }) =>
      publishes.flatMap(({ view, to }) => to.map((reader) => `${reader}: select on ${service}.${view}`)),
    );
    expect(held).toEqual(published.sort());
    // It looked at the real thing.
    expect(things).toEqual(
      expect.arrayContaining([
        ...['ingest.llm_call', 'ingest.llm_call_2026_01', 'ingest.ensure_call_partition()', 'ingest.schema_migration'],
        ...['labeling.label', 'embedding.vector', 'training.retrain_stage', 'registry.deployment_ordinal_seq'],
        ...['queue.job', 'public'],
      ]),
    );
    expect(tried).toBeGreaterThan(5 * things.length);
  });

  it.each([
    ['grant select on ingest.trace_source to signalbox_labeling', 'labeling: select on ingest.trace_source'],
    ['grant select (name) on ingest.trace_source to signalbox_labeling', 'labeling: select on ingest.trace_source'],
    ['grant update (score) on labeling.label to signalbox_training', 'training: update on labeling.label'],
    ['grant delete on labeling.performance_v1 to signalbox_ingest', 'ingest: delete on labeling.performance_v1'],
    ['grant insert on registry.router to signalbox_queue', 'queue: insert on registry.router'],
    ['grant select on training.dataset to public', 'registry: select on training.dataset'],
    [
      'grant usage on sequence registry.deployment_ordinal_seq to signalbox_training',
      'training: usage on registry.deployment_ordinal_seq',
    ],
    [
      'grant execute on function ingest.ensure_call_partition(date) to signalbox_registry',
      'registry: execute on ingest.ensure_call_partition()',
    ],
    ['grant create on schema labeling to signalbox_ingest', 'ingest: create on labeling'],
  ])('would be found out: %s', async (grant, found) => {
    await asAdmin(grant);
    try {
      expect(await heldNow()).toContainEqual(expect.stringContaining(found));
    } finally {
      await asAdmin(
        grant.replace(/^grant /, 'revoke ').replace(/ to (\w+)$/, ' from $1'),
        'drop table if exists labeling.intruder',
      );
    }
  });

  it('is shut out again from what was granted by hand, when provision runs', async () => {
    await asAdmin('grant select on ingest.trace_source to signalbox_labeling');
    await provision(database.adminUrl, SERVICE_DATABASES);
    expect(await heldNow()).not.toContain('labeling: select on ingest.trace_source');
  });
});
