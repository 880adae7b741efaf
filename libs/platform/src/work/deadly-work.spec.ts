import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { workTables } from '@signalbox/database';
import { JobQueue } from '@signalbox/queue';
import { freshDatabase, type FreshDatabase } from '@signalbox/testkit';
import pg from 'pg';

const BRIEF = 20;
const platform = new URL('../../dist/index.js', import.meta.url).href;
const queues = new URL('../../../queue/dist/index.js', import.meta.url).href;

/** Work of three kinds: what is brief, what takes a second and commits at its end, and what kills its process. */
class Items1700000000000 {
  async up(runner: { query(statement: string): Promise<unknown> }): Promise<void> {
    await runner.query(
      `create table item (id uuid primary key default gen_random_uuid(), kind text not null, done bool not null default false, given_up text)`,
    );
  }
  async down(): Promise<void> {}
}

/** A worker of a service: its real database, queue, leases and dead letters, and a reconciler that adds what is unfinished. */
const workerOn = ({ urls }: FreshDatabase): string => `
  import { setTimeout as delay } from 'node:timers/promises';
  const { serviceResources } = await import('${platform}');
  const { route, workJob } = await import('${queues}');
  const environment = { databaseUrl: '${urls.labeling}', queueUrl: '${urls.queue}' };
  const [database, jobs] = serviceResources('labeling', environment, []);
  const { value: dataSource } = await database.open();
  const { value: queue } = await jobs.open();
  const item = workJob('item');
  const work = async ({ id }, { fence }) => {
    const [{ kind }] = await dataSource.query('select kind from labeling.item where id = $1', [id]);
    if (kind === 'slow') await delay(1_000);
    if (kind === 'deadly') {
      await delay(200);
      process.kill(process.pid, 'SIGKILL');
    }
    await dataSource.transaction(async (manager) => {
      await fence(manager);
      await manager.query('update labeling.item set done = true where id = $1', [id]);
    });
  };
  const giveUp = ({ id }, error) => dataSource.query('update labeling.item set given_up = $2 where id = $1', [id, error.message]);
  queue.work('labeling.commands', [route(item, work, giveUp)], 4);
  for (;;) {
    const open = await dataSource.query('select id from labeling.item where not done and given_up is null order by kind desc, id');
    for (const { id } of open) await queue.add('labeling.commands', item, { id });
    await delay(50);
  }`;

describe('work that kills its process each time', () => {
  let database: FreshDatabase;
  let admin: pg.Client;
  let queue: JobQueue;
  let child: ChildProcess | undefined;
  let deaths = 0;

  beforeAll(async () => {
    const migrations = [workTables('labeling'), Items1700000000000];
    database = await freshDatabase([{ service: 'labeling', migrations, publishes: [] }]);
    admin = new pg.Client(database.adminUrl);
    await admin.connect();
    const silent = { error: () => undefined, warn: () => undefined };
    queue = new JobQueue({ url: database.urls.queue, applicationName: 'spec', log: silent });
  });
  afterAll(async () => {
    child?.removeAllListeners('exit');
    if (child?.kill('SIGKILL')) await once(child, 'exit');
    await queue.close();
    await admin.end();
    await database.drop();
  });

  /** As a start of the whole does, and again after each death. */
  const live = async (): Promise<void> => {
    await queue.clear();
    await admin.query(`update labeling.lease set expires_at = '-infinity'`);
    child = spawn(process.execPath, ['--input-type=module', '-e', workerOn(database)], { stdio: 'inherit' });
    child.once('exit', (_code, signal) => {
      if (signal !== 'SIGKILL') return;
      deaths += 1;
      void live();
    });
  };

  it('is parked with its cause after three deaths, and what ran beside it is done', async () => {
    await admin.query(
      `insert into labeling.item (kind) select 'brief' from generate_series(1, $1) union all select unnest('{slow, deadly}'::text[])`,
      [BRIEF],
    );
    await live();
    const open = 'select from labeling.item where not done and given_up is null';
    while ((await admin.query(open)).rowCount !== 0) expect(child?.exitCode).toBeNull();

    const cause = expect.stringContaining('3 processes in a row died while they worked on item.item.');
    const { rows: items } = await admin.query(
      `select kind, done, given_up, count(*)::int as n from labeling.item group by kind, done, given_up order by kind`,
    );
    expect(items).toEqual([
      { kind: 'brief', done: true, given_up: null, n: BRIEF },
      { kind: 'deadly', done: false, given_up: cause, n: 1 },
      { kind: 'slow', done: true, given_up: null, n: 1 },
    ]);
    expect(deaths).toBe(3);
    const { rows: parked } = await admin.query(
      `select queue, job, d.payload = jsonb_build_object('id', i.id) as of_it, d.key = 'item.' || i.id as keyed, cause, times
       from labeling.dead_letter d left join labeling.item i on i.kind = 'deadly'`,
    );
    expect(parked).toEqual([{ queue: 'labeling.commands', job: 'item', of_it: true, keyed: true, cause, times: 1 }]);
    expect(child).toMatchObject({ exitCode: null, signalCode: null });
  }, 120_000);
});
