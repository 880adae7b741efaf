import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DataSource } from 'typeorm';
import { dataSourceFor } from './data-source.js';
import { DeadLetters } from './dead-letters.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';
import { Forgotten } from './forgotten.js';
import { DeadlyWork, LeaseLost, Leases, type Lease } from './leases.js';
import { provision } from './provision.js';
import { Turns } from './turns.js';
import { workTables } from './work-tables.js';

const FAST = { ttlMs: 300, maxDeaths: 3 };
const never = new AbortController().signal;

let folder: string;
let server: EmbeddedPostgres;
let url: string;
let dataSource: DataSource;
let leases: Leases;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'signalbox-leases-'));
  server = await startEmbeddedPostgres({ dataDir: path.join(folder, 'data'), logFile: path.join(folder, 'log') });
  const labeling = { service: 'labeling' as const, migrations: [workTables('labeling')], publishes: [] };
  url = (await provision(server.adminUrl, [labeling])).urls.labeling;
  dataSource = await new DataSource(dataSourceFor('labeling', url, [])).initialize();
  leases = new Leases('labeling', dataSource, FAST);
});
afterAll(async () => {
  await dataSource.destroy();
  await server.stop();
  await rm(folder, { recursive: true });
});

describe('a lease', () => {
  beforeEach(() => dataSource.query('delete from labeling.lease'));

  /** Work that holds the lease until it is told to end; resolves to the lease once it is held. */
  const holding = (held: Leases, key: string) => {
    let end: () => void = () => undefined;
    const until = new Promise<void>((resolve) => (end = resolve));
    let hold: Promise<boolean> = Promise.resolve(false);
    const lease = new Promise<Lease>((taken) => {
      hold = held.hold(key, never, async (given) => {
        taken(given);
        await until;
      });
    });
    return { lease, end: () => (end(), hold) };
  };
  const expire = () => dataSource.query(`update labeling.lease set expires_at = now() - interval '1 s'`);
  const expiry = async (key: string): Promise<number> => {
    const [row] = await dataSource.query<{ expires_at: Date }[]>(
      'select expires_at from labeling.lease where key = $1',
      [key],
    );
    return row?.expires_at.getTime() ?? 0;
  };
  const commit = (lease: Lease) => dataSource.transaction((manager) => lease.fence(manager));

  it('is held by one at a time, however long the work lasts, and is free afterwards', async () => {
    const first = holding(leases, 'a');
    await commit(await first.lease);
    const given = await expiry('a');
    while ((await expiry('a')) < given + 2 * FAST.ttlMs); // it is renewed meanwhile
    expect(await leases.hold('a', never, async () => undefined)).toBe(false);
    await commit(await first.lease);
    expect(await leases.hold('b', never, async () => undefined)).toBe(true);
    await first.end();
    expect(await leases.hold('a', never, async () => undefined)).toBe(true);
  });

  it('of a process that was stopped goes to another one, and the first cannot commit when it comes back', async () => {
    const slow = new Leases('labeling', dataSource, { ...FAST, ttlMs: 60_000 });
    const zombie = holding(slow, 'a');
    const old = await zombie.lease;
    await expire();
    const next = holding(slow, 'a');
    const taken = await next.lease;
    await commit(taken);
    await expect(commit(old)).rejects.toBeInstanceOf(LeaseLost);
    expect(old.signal.aborted).toBe(true);
    await zombie.end();
    await commit(taken); // what the zombie lets go of is not the lease of its successor
    await next.end();
  });

  it('cannot be taken over between a fence and its commit', async () => {
    const slow = new Leases('labeling', dataSource, { ...FAST, ttlMs: 60_000 });
    const first = holding(slow, 'a');
    const lease = await first.lease;
    let overtaken: Promise<unknown> = Promise.resolve();
    await dataSource.transaction(async (manager) => {
      await lease.fence(manager);
      overtaken = expire();
      expect(await Promise.race([overtaken.then(() => 'taken'), manager.query('select pg_sleep(0.2)')])).not.toBe(
        'taken',
      );
    });
    await overtaken;
    await first.end();
  });

  it('is renewed by one connection at a time, and kept, when a transaction takes longer than it lasts', async () => {
    const held = holding(leases, 'a');
    const lease = await held.lease;
    const waiting = `select count(*)::int as n from pg_stat_activity
      where wait_event_type = 'Lock' and query like '%update labeling.lease%'`;
    await dataSource.transaction(async (manager) => {
      await lease.fence(manager);
      const until = performance.now() + 3 * FAST.ttlMs;
      const seen = new Set<number>();
      while (performance.now() < until) {
        await manager.query('select pg_stat_clear_snapshot()');
        for (const { n } of await manager.query<{ n: number }[]>(waiting)) seen.add(n);
      }
      expect([...seen].sort()).toEqual([0, 1]);
    });
    const [given, ended] = [await expiry('a'), performance.now()];
    while ((await expiry('a')) === given && performance.now() < ended + 2 * FAST.ttlMs); // it goes on being renewed
    await commit(lease);
    expect(lease.signal.aborted).toBe(false);
    await held.end();
  });

  it('is renewed while its work waits until others have written, and is fenced only then', async () => {
    const held = holding(leases, 'a');
    const lease = await held.lease;
    const forgotten = new Forgotten('labeling', dataSource);
    let erased: Promise<number> = Promise.resolve(-1);
    await dataSource.transaction(async (writer) => {
      await forgotten.hold(writer);
      erased = forgotten.eraseNext('call', 1, lease.fence, async () => undefined);
      const waits = `select from pg_locks where locktype = 'advisory' and not granted`;
      while ((await writer.query<unknown[]>(waits)).length === 0);
      const given = await expiry('a');
      const until = performance.now() + 10 * FAST.ttlMs;
      while ((await expiry('a')) < given + FAST.ttlMs && performance.now() < until);
      expect(await expiry('a')).toBeGreaterThanOrEqual(given + FAST.ttlMs);
    });
    expect(await erased).toBe(0);
    await held.end();
  });

  it('whose holders die one after the other is given to nobody any more, until somebody asks for it anew', async () => {
    const die = async () => {
      await dataSource.query(
        `insert into labeling.lease values ('a', gen_random_uuid(), now() - interval '1 s', 0) on conflict do nothing`,
      );
      // Of a process of its own, as its turns say.
      const dying = holding(new Leases('labeling', dataSource, { ...FAST, ttlMs: 60_000 }, new Turns()), 'a');
      await dying.lease;
      await expire();
    };
    await die();
    await die();
    await expect(leases.hold('a', never, async () => undefined)).rejects.toBeInstanceOf(DeadlyWork);
    expect(await leases.hold('a', never, async () => undefined)).toBe(true);
  });

  it('counts deaths without progress alone', async () => {
    await dataSource.query(`insert into labeling.lease values ('a', gen_random_uuid(), now() - interval '1 s', 1)`);
    const second = holding(leases, 'a');
    await commit(await second.lease);
    expect(await dataSource.query(`select deaths from labeling.lease where key = 'a'`)).toEqual([{ deaths: 0 }]);
    await second.end();
  });

  it('of work on its last try waits until other such work of the process got on; no other work waits', async () => {
    const patient = new Leases('labeling', dataSource, { ...FAST, ttlMs: 60_000 });
    await dataSource.query(
      `insert into labeling.lease select key, gen_random_uuid(), now() - interval '1 s', deaths
       from (values ('a', 1), ('b', 1), ('fresh', 0)) as died(key, deaths)`,
    );
    const first = holding(patient, 'a');
    const lease = await first.lease;
    const second = holding(patient, 'b');
    const taken = second.lease.then(() => 'taken');
    const fresh = holding(patient, 'fresh');
    await fresh.lease;
    await commit(lease);
    expect(await Promise.race([taken, dataSource.query('select pg_sleep(0.2)')])).not.toBe('taken');
    await commit(lease);
    expect(await taken).toBe('taken');
    await Promise.all([first.end(), second.end(), fresh.end()]);
  });

  it('is lost when the database is away for longer than it lasts', async () => {
    const broken = await new DataSource(dataSourceFor('labeling', url, [])).initialize();
    const first = holding(new Leases('labeling', broken, FAST), 'a');
    const { signal } = await first.lease;
    const lost = new Promise((resolve) => signal.addEventListener('abort', resolve));
    await broken.destroy();
    await lost;
    await first.end();
  });
});

describe('a dead letter', () => {
  it('keeps the cause, and the same work twice is one that counts', async () => {
    const letters = new DeadLetters('labeling', dataSource);
    const letter = { queue: 'labeling.commands', job: 'label', key: 'label.1', payload: { id: '1' } };
    await letters.park({ ...letter, cause: new Error('first\0') });
    await letters.park({ ...letter, cause: new Error('second') });
    const rows = await dataSource.query<{ times: number; cause: string }[]>('select * from labeling.dead_letter');
    expect(rows).toMatchObject([{ ...letter, times: 2, cause: expect.stringContaining('Error: second') }]);
  });
});
