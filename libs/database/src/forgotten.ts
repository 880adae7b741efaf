import type { ServiceName } from '@signalbox/contracts';
import type { DataSource, EntityManager } from 'typeorm';

/** Anything that runs a statement: the EntityManager of a transaction. */
interface Statements {
  query<T>(sql: string, values?: unknown[]): Promise<T>;
}

/** A call that ingest has removed. */
export interface ForgottenCall {
  ordinal: string;
  callId: string;
  traceId: string;
  requestId: string | null;
}

/** A user whose deletion was asked for; `mac` is what `userMac` of libs/platform makes of the user's id. */
export interface ForgottenUser {
  ordinal: string;
  mac: string;
  /** Of the secret that the mac was made with. */
  keyMark: string;
  forgottenAt: Date;
}

interface Rows {
  call: ForgottenCall;
  user: ForgottenUser;
}

const COLUMNS: Record<keyof Rows, string> = {
  call: 'ordinal, call_id as "callId", trace_id as "traceId", request_id as "requestId"',
  user: 'ordinal, mac, key_mark as "keyMark", forgotten_at as "forgottenAt"',
};

/** What a service remembers of how far it has erased, beside its other tables. */
export const forgottenMark = (service: ServiceName): string => `
  create table ${service}.forgotten_mark (
    what text primary key check (what in ('call', 'user')),
    ordinal bigint not null
  )`;

/**
 * What ingest publishes as forgotten, for a service that keeps something of calls. Who writes such a thing asks in the same
 * transaction which calls are gone (`among`); `eraseNext` waits for those who have asked, and lets nobody ask meanwhile. So a
 * trace of a call is either not written, or is there when it is erased.
 */
export class Forgotten {
  private readonly seen = new Set<keyof Rows>();

  constructor(
    private readonly service: ServiceName,
    private readonly dataSource: DataSource,
  ) {}

  /** Keeps erasing away until the transaction ends. */
  async hold(transaction: Statements): Promise<void> {
    await transaction.query('select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [this.lock]);
  }

  /** Of these calls those that are gone; holds as `hold` does. None while ingest is not there. */
  async among(transaction: Statements, ids: readonly string[]): Promise<Set<string>> {
    await this.hold(transaction);
    if (ids.length === 0 || !(await this.isPublished(transaction, 'call'))) return new Set();
    const rows = await transaction.query<{ id: string }[]>(
      'select call_id as id from ingest.forgotten_call_v1 where call_id = any($1::uuid[])',
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Whether a call that is gone was named so; holds as `hold` does. */
  async names(transaction: Statements, by: 'call_id' | 'trace_id' | 'request_id', name: string): Promise<boolean> {
    await this.hold(transaction);
    if (!(await this.isPublished(transaction, 'call'))) return false;
    const rows = await transaction.query<unknown[]>(`select from ingest.forgotten_call_v1 where ${by} = $1 limit 1`, [
      name,
    ]);
    return rows.length > 0;
  }

  /** Whether there is something to erase. */
  async isBehind(what: keyof Rows): Promise<boolean> {
    const { manager } = this.dataSource;
    return (await this.isPublished(manager, what)) && (await this.next(manager, what, 1)).length > 0;
  }

  /**
   * Erases what the service holds of the next ones and remembers that, in one transaction. To be called until it answers 0; it may
   * be stopped at any moment. Writers and renewals wait for one batch, so that it must end well within the time of a lease.
   * @returns how many they were
   */
  eraseNext<K extends keyof Rows>(
    what: K,
    limit: number,
    fence: (transaction: EntityManager) => Promise<void>,
    erase: (manager: EntityManager, rows: Rows[K][]) => Promise<void>,
  ): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      // First, since a fence keeps the renewals of its lease waiting, and this may wait for long.
      await manager.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [this.lock]);
      await fence(manager);
      if (!(await this.isPublished(manager, what))) return 0;
      const rows = await this.next(manager, what, limit);
      const last = rows.at(-1);
      if (!last) return 0;
      await erase(manager, rows);
      await manager.query(
        `insert into ${this.service}.forgotten_mark (what, ordinal) values ($1, $2)
         on conflict (what) do update set ordinal = excluded.ordinal`,
        [what, last.ordinal],
      );
      return rows.length;
    });
  }

  private next<K extends keyof Rows>(transaction: Statements, what: K, limit: number): Promise<Rows[K][]> {
    return transaction.query<Rows[K][]>(
      `select ${COLUMNS[what]} from ingest.forgotten_${what}_v1
       where ordinal > coalesce((select ordinal from ${this.service}.forgotten_mark where what = $1), 0)
       order by ordinal limit $2`,
      [what, limit],
    );
  }

  /** Asked of the catalogue, since a statement that fails would end the transaction. */
  private async isPublished(transaction: Statements, what: keyof Rows): Promise<boolean> {
    if (this.seen.has(what)) return true;
    const rows = await transaction.query<unknown[]>(
      `select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'ingest' and c.relname = $1 and has_table_privilege(c.oid, 'select')`,
      [`forgotten_${what}_v1`],
    );
    if (rows.length > 0) this.seen.add(what);
    return rows.length > 0;
  }

  private get lock(): string {
    return `${this.service} forgets`;
  }
}
