import { randomUUID } from 'node:crypto';
import type { ServiceName } from '@signalbox/contracts';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { Turns } from './turns.js';

/** Anything that runs a statement: a DataSource, or the EntityManager of a transaction. */
interface Statements {
  query(sql: string, values?: unknown[]): Promise<unknown>;
}

/** Another process has taken the work over, so that this one may not write what it did. */
export class LeaseLost extends Error {
  constructor(readonly key: string) {
    super(`The lease on ${key} is lost: another process has taken the work over.`);
  }
}

/** The process died as often as this with the same work, and never got on: the work is what kills it. */
export class DeadlyWork extends Error {
  constructor(key: string, deaths: number) {
    super(`${deaths} processes in a row died while they worked on ${key}.`);
  }
}

export interface LeaseOptions {
  /** After this without a renewal another process may take the work, milliseconds. Renewed three times as often. */
  ttlMs: number;
  /** Deaths in a row, without progress in between, after which nobody tries again. */
  maxDeaths: number;
}

/** A killed process is replaced within 15 s, and an event loop that is blocked for seconds loses nothing. */
export const LEASE_DEFAULTS: LeaseOptions = { ttlMs: 6_000, maxDeaths: 3 };

export interface Lease {
  /** Aborted when the lease is lost, and with the signal that it was taken under. */
  signal: AbortSignal;
  /**
   * First statement of a transaction that writes what the work did: holds the lease until the commit.
   * @throws LeaseLost
   */
  fence(transaction: Statements): Promise<void>;
}

/** Of this process: what is on its last try runs beside no other such work, so that the one that kills is found. */
const LAST_TRIES = new Turns();

const taken = z.tuple([z.object({ deaths: z.number() })]).rest(z.unknown());

/**
 * Rights to work, one holder at a time by the clock of the database. A process that was stopped and comes back, or whose event
 * loop was blocked, finds its lease lost and cannot commit (as a fencing token does: Kleppmann, "How to do distributed locking",
 * 2016, here checked inside of the transaction that writes).
 */
export class Leases {
  constructor(
    private readonly service: ServiceName,
    private readonly dataSource: DataSource,
    private readonly options: LeaseOptions = LEASE_DEFAULTS,
    private readonly lastTries: Turns = LAST_TRIES,
  ) {}

  /**
   * Does the work while holding the lease of `key`.
   * @returns false when another process, or another job of this one, holds it
   * @throws DeadlyWork, or what the work throws
   */
  async hold(key: string, signal: AbortSignal, work: (lease: Lease) => Promise<void>): Promise<boolean> {
    const endTurn = (await this.isOnLastTry(key)) ? await this.lastTries.take() : () => undefined;
    try {
      return await this.holdNow(key, signal, work, endTurn);
    } finally {
      endTurn();
    }
  }

  /** @param gotOn called once the work has committed something */
  private async holdNow(
    key: string,
    signal: AbortSignal,
    work: (lease: Lease) => Promise<void>,
    gotOn: () => void,
  ): Promise<boolean> {
    const holder = randomUUID();
    const deaths = await this.take(key, holder);
    if (deaths === null) return false;
    if (deaths >= this.options.maxDeaths) {
      await this.release(key, holder);
      throw new DeadlyWork(key, deaths);
    }
    const lost = new AbortController();
    const renewal = this.renewing(key, holder, lost);
    let counted = deaths > 0;
    const fence = async (transaction: Statements) => {
      if (!counted) gotOn();
      // The first commit after a death says, with what it writes, that the work gets on.
      const [held, forgives] = counted
        ? [await this.forgive(transaction, key, holder), true]
        : [await this.isHeld(transaction, key, holder), false];
      if (!held) {
        lost.abort();
        throw new LeaseLost(key);
      }
      if (forgives) counted = false;
    };
    try {
      await work({ signal: AbortSignal.any([signal, lost.signal]), fence });
      return true;
    } finally {
      clearInterval(renewal);
      // A lease that cannot be given back runs out by itself.
      await this.release(key, holder).catch(() => undefined);
    }
  }

  /** Whether one more death will be the last. */
  private async isOnLastTry(key: string): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `select from ${this.service}.lease where key = $1 and expires_at <= clock_timestamp() and deaths + 2 >= $2`,
      [key, this.options.maxDeaths],
    );
    return rows.length > 0;
  }

  /** Deaths so far; null when somebody else holds it. */
  private async take(key: string, holder: string): Promise<number | null> {
    const row = taken.safeParse(
      await this.dataSource.query(
        `insert into ${this.service}.lease as l (key, holder, expires_at)
         values ($1, $2, clock_timestamp() + $3 * interval '1 ms')
         on conflict (key) do update
           set holder = excluded.holder, expires_at = excluded.expires_at, deaths = l.deaths + 1
           where l.expires_at <= clock_timestamp()
         returning deaths`,
        [key, holder, this.options.ttlMs],
      ),
    );
    return row.success ? row.data[0].deaths : null;
  }

  private renewing(key: string, holder: string, lost: AbortController): NodeJS.Timeout {
    let renewedAt = performance.now();
    let underWay = false;
    const renew = async () => {
      const askedAt = performance.now();
      try {
        if (await this.renew(key, holder)) renewedAt = askedAt;
        else lost.abort();
      } catch {
        // The database is away: the lease holds for as long as it was given.
        if (performance.now() - renewedAt > this.options.ttlMs) lost.abort();
      }
    };
    return setInterval(() => {
      // A renewal waits for a transaction that was fenced. More of them would only take the connections of others.
      if (underWay) return;
      underWay = true;
      void renew().finally(() => (underWay = false));
    }, this.options.ttlMs / 3).unref();
  }

  /** Reads the clock once it has the row: what waited for a long transaction gives the whole time from then on. */
  private async renew(key: string, holder: string): Promise<boolean> {
    const rows = await this.dataSource.query<[unknown[], number]>(
      `with held as materialized (
         select key from ${this.service}.lease where key = $1 and holder = $2 and expires_at > clock_timestamp() for update
       ) update ${this.service}.lease l set expires_at = clock_timestamp() + $3 * interval '1 ms'
       from held where l.key = held.key and l.holder = $2 returning l.key`,
      [key, holder, this.options.ttlMs],
    );
    return rows[1] > 0;
  }

  /** Holds the row until the transaction ends, together with other transactions of the same holder. */
  private async isHeld(transaction: Statements, key: string, holder: string): Promise<boolean> {
    const rows = await transaction.query(
      `select from ${this.service}.lease where key = $1 and holder = $2 and expires_at > clock_timestamp() for share`,
      [key, holder],
    );
    return z.array(z.unknown()).parse(rows).length > 0;
  }

  private async forgive(transaction: Statements, key: string, holder: string): Promise<boolean> {
    const rows = await transaction.query(
      `update ${this.service}.lease set deaths = 0
       where key = $1 and holder = $2 and expires_at > clock_timestamp() returning key`,
      [key, holder],
    );
    return z.tuple([z.array(z.unknown()), z.number()]).parse(rows)[1] > 0;
  }

  private async release(key: string, holder: string): Promise<void> {
    await this.dataSource.query(`delete from ${this.service}.lease where key = $1 and holder = $2`, [key, holder]);
  }
}
