import { Inject, Injectable } from '@nestjs/common';
import type { ExtractedCall } from '@signalbox/contracts';
import { keyMark, seal, unseal, userMac } from '@signalbox/platform';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { INGEST_ENVIRONMENT, type IngestEnvironment } from '../ingest.environment.js';
import { storedText } from './call-row.js';

/** Calls of one transaction: nobody waits long for it. */
const BATCH = 5_000;
const NANOS_PER_MICRO = 1_000n;
/** After this no client waits for its answer any more: the gateway has given up. */
const BROKEN_OFF = `interval '5 minutes'`;
/** So long a service may be down and still remove what came of calls that were removed by age. */
const REMEMBERED = `interval '90 days'`;

/** Held by who stores calls, together with others; alone by who forgets some. */
const STORING = `hashtextextended('ingest stores calls', 0)`;
/** Held, last of all, by who says what is forgotten, so that others see it in order. */
const SAYING = `hashtextextended('ingest says what is forgotten', 0)`;

/** How calls are removed: so that they are never stored again, or are when a reading finds them. */
export type Removal = 'forGood' | 'forNow';

/** Which calls to remove: SQL over `ingest.llm_call call`, whose values begin with $2. */
export interface Forgettable {
  condition: string;
  values: readonly unknown[];
  removal: Removal;
}

/** The calls of a user that started before a moment, as PostgreSQL writes it. */
export interface OpenErasure {
  mac: string;
  userId: string;
  until: string;
}

/** Removes calls so that they stay away, and tells the other services. */
@Injectable()
export class ForgottenRepository {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(INGEST_ENVIRONMENT) private readonly environment: IngestEnvironment,
  ) {}

  /** From when this returns, no call of the user that started before is stored. The calls that are there are still to be removed. */
  async forgetUser(userId: string): Promise<OpenErasure> {
    const { secretKey } = this.environment;
    return this.dataSource.transaction(async (manager) => {
      await manager.query(`select pg_advisory_xact_lock(${STORING}), pg_advisory_xact_lock(${SAYING})`);
      const mac = userMac(userId, secretKey);
      const [row] = await manager.query<{ until: string }[]>(
        `insert into ingest.forgotten_user (mac, key_mark, forgotten_at, sealed_user) values ($1, $2, clock_timestamp(), $3)
         on conflict (mac) do update set ordinal = default, key_mark = excluded.key_mark, forgotten_at = excluded.forgotten_at,
           sealed_user = excluded.sealed_user
         returning forgotten_at::text as until`,
        [mac, keyMark(secretKey), seal(userId, secretKey)],
      );
      return { mac, userId, until: row?.until ?? '' };
    });
  }

  /** Users of whom calls may be left, because the request that removes them was broken off; the oldest first. */
  async openErasures(limit: number): Promise<OpenErasure[]> {
    const { secretKey } = this.environment;
    const rows = await this.dataSource.query<{ mac: string; sealedUser: string; until: string }[]>(
      `select mac, sealed_user as "sealedUser", forgotten_at::text as until from ingest.forgotten_user
       where sealed_user is not null and key_mark = $1 and forgotten_at < now() - ${BROKEN_OFF} order by ordinal limit $2`,
      [keyMark(secretKey), limit],
    );
    return rows.map(({ mac, sealedUser, until }) => ({ mac, until, userId: unseal(sealedUser, secretKey) }));
  }

  /** Nothing is left of what this erasure was about; of a later request for the same user there may be. */
  async endErasure({ mac, until }: OpenErasure): Promise<void> {
    await this.dataSource.query(
      'update ingest.forgotten_user set sealed_user = null where mac = $1 and forgotten_at = $2::timestamptz',
      [mac, until],
    );
  }

  /** In batches, each a transaction of its own; it may be stopped and called again. @returns how many were removed */
  async forget({ condition, values, removal }: Forgettable, signal?: AbortSignal): Promise<number> {
    let forgotten = 0;
    for (let removed = BATCH; removed === BATCH && signal?.aborted !== true; forgotten += removed) {
      removed = await this.dataSource.transaction(async (manager) => {
        await manager.query(`select pg_advisory_xact_lock(${STORING})`);
        const some = await manager.query<{ id: string }[]>(
          `select call.id from ingest.llm_call call where ${condition} order by call.id limit $1`,
          [BATCH, ...values],
        );
        return (await this.remove(manager, { forGood: [], forNow: [], [removal]: some.map(({ id }) => id) }))[removal];
      });
    }
    return forgotten;
  }

  /** Of these calls those that were forgotten, and those of users who were; held so until the transaction ends, which may store the others. */
  async among(runner: QueryRunner, calls: readonly ExtractedCall[]): Promise<Set<string>> {
    const { manager } = runner;
    await manager.query(`select pg_advisory_xact_lock_shared(${STORING})`);
    return new Set([...(await this.idsAmong(manager, calls)), ...(await this.ofForgottenUsers(manager, calls))]);
  }

  /**
   * Removes calls and says so, once, as the last thing of a transaction that locks calls.
   * @returns how many were there
   */
  async remove(
    manager: EntityManager,
    { forGood, forNow }: Readonly<Record<Removal, readonly string[]>>,
  ): Promise<Record<Removal, number>> {
    const given = [...forGood, ...forNow];
    if (given.length === 0) return { forGood: 0, forNow: 0 };
    // The ids are given to each statement as they are, so that PostgreSQL looks them up instead of reading every partition.
    const found = await manager.query<{ id: string; traceId: string; requestId: string | null }[]>(
      `select id, trace_id as "traceId", request_id as "requestId" from ingest.llm_call
       where id = any($1::uuid[]) order by id for update`,
      [given],
    );
    if (found.length === 0) return { forGood: 0, forNow: 0 };
    const ids = found.map(({ id }) => id);
    await manager.query('delete from ingest.llm_call where id = any($1::uuid[])', [ids]);
    const isForGood = new Set(forGood);
    await manager.query(`select pg_advisory_xact_lock(${SAYING})`);
    await manager.query(
      `insert into ingest.forgotten_call (call_id, trace_id, request_id, may_return)
       select * from unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[]) as g(id, trace_id, request_id, may_return)
       on conflict (call_id) do update set ordinal = default, may_return = excluded.may_return, forgotten_at = excluded.forgotten_at`,
      [
        ids,
        found.map(({ traceId }) => traceId),
        found.map(({ requestId }) => requestId),
        ids.map((id) => !isForGood.has(id)),
      ],
    );
    const gone = ids.filter((id) => isForGood.has(id)).length;
    return { forGood: gone, forNow: ids.length - gone };
  }

  /** Calls that may return are remembered for the other services alone. */
  async forgetOld(): Promise<void> {
    await this.dataSource.query(
      `delete from ingest.forgotten_call where may_return and forgotten_at < now() - ${REMEMBERED}`,
    );
  }

  private async idsAmong(manager: EntityManager, calls: readonly ExtractedCall[]): Promise<string[]> {
    const rows = await manager.query<{ id: string }[]>(
      'select call_id as id from ingest.forgotten_call where call_id = any($1::uuid[]) and not may_return',
      [calls.map(({ id }) => id)],
    );
    return rows.map(({ id }) => id);
  }

  private async ofForgottenUsers(manager: EntityManager, calls: readonly ExtractedCall[]): Promise<string[]> {
    const users = new Set(calls.flatMap(({ userId }) => (userId === null ? [] : [userId])));
    const macs = new Map([...users].map((id) => [id, userMac(storedText(id), this.environment.secretKey)]));
    if (macs.size === 0) return [];
    const rows = await manager.query<{ mac: string; micros: string }[]>(
      `select mac, floor(extract(epoch from forgotten_at) * 1000000)::bigint as micros from ingest.forgotten_user
       where mac = any($1::text[])`,
      [[...macs.values()]],
    );
    const until = new Map(rows.map(({ mac, micros }) => [mac, BigInt(micros)]));
    return calls.flatMap(({ id, userId, startedAtUnixNano }) => {
      const limit = userId === null ? undefined : until.get(macs.get(userId) ?? '');
      return limit !== undefined && BigInt(startedAtUnixNano) / NANOS_PER_MICRO < limit ? [id] : [];
    });
  }
}
