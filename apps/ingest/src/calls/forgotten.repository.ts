import { Inject, Injectable } from '@nestjs/common';
import type { ExtractedCall } from '@signalbox/contracts';
import { keyMark, userMac } from '@signalbox/platform';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { INGEST_ENVIRONMENT, type IngestEnvironment } from '../ingest.environment.js';
import { storedText } from './call-row.js';

/** Calls of one transaction: nobody waits long for it. */
const BATCH = 5_000;
const NANOS_PER_MICRO = 1_000n;

/** Held by who stores calls, together with others; alone by who forgets some. */
const STORING = `hashtextextended('ingest stores calls', 0)`;
/** Held, last of all, by who says what is forgotten, so that others see it in order. */
const SAYING = `hashtextextended('ingest says what is forgotten', 0)`;

/** Which calls to forget: SQL over `ingest.llm_call call`, whose values begin with $2. */
export interface Forgettable {
  condition: string;
  values: readonly unknown[];
}

/** Removes calls so that they stay away, and tells the other services. */
@Injectable()
export class ForgottenRepository {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(INGEST_ENVIRONMENT) private readonly environment: IngestEnvironment,
  ) {}

  /** From when this returns, no call of the user that started before is stored. */
  async forgetUser(userId: string): Promise<void> {
    const { secretKey } = this.environment;
    await this.dataSource.transaction(async (manager) => {
      await manager.query(`select pg_advisory_xact_lock(${STORING}), pg_advisory_xact_lock(${SAYING})`);
      await manager.query(
        `insert into ingest.forgotten_user (mac, key_mark, forgotten_at) values ($1, $2, clock_timestamp())
         on conflict (mac) do update set ordinal = default, key_mark = excluded.key_mark, forgotten_at = excluded.forgotten_at`,
        [userMac(userId, secretKey), keyMark(secretKey)],
      );
    });
  }

  /** In batches, each a transaction of its own; it may be stopped and called again. @returns how many were removed */
  async forget({ condition, values }: Forgettable, signal?: AbortSignal): Promise<number> {
    let forgotten = 0;
    for (let removed = BATCH; removed === BATCH && signal?.aborted !== true; forgotten += removed) {
      removed = await this.dataSource.transaction(async (manager) => {
        await manager.query(`select pg_advisory_xact_lock(${STORING})`);
        const some = `select call.id from ingest.llm_call call where ${condition} order by call.id limit $1`;
        return this.removeThose(manager, some, [BATCH, ...values], false);
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
   * Removes calls and says so, as the last thing of a transaction that locks rows.
   * @param why superseded: the whole of its trace showed that it is none
   * @returns how many were there
   */
  remove(manager: EntityManager, ids: readonly string[], why: { superseded: boolean }): Promise<number> {
    return ids.length === 0
      ? Promise.resolve(0)
      : this.removeThose(manager, 'select unnest($1::uuid[])', [ids], why.superseded);
  }

  private async idsAmong(manager: EntityManager, calls: readonly ExtractedCall[]): Promise<string[]> {
    const rows = await manager.query<{ id: string }[]>(
      'select call_id as id from ingest.forgotten_call where call_id = any($1::uuid[]) and not superseded',
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

  /** @param some SQL that gives ids of calls */
  private async removeThose(
    manager: EntityManager,
    some: string,
    values: unknown[],
    superseded: boolean,
  ): Promise<number> {
    const gone = await manager.query<{ id: string; traceId: string; requestId: string | null }[]>(
      `with gone as (delete from ingest.llm_call where id in (${some}) returning id, trace_id, request_id)
       select id, trace_id as "traceId", request_id as "requestId" from gone`,
      values,
    );
    if (gone.length === 0) return 0;
    await manager.query(`select pg_advisory_xact_lock(${SAYING})`);
    await manager.query(
      `insert into ingest.forgotten_call (call_id, trace_id, request_id, superseded)
       select *, $4::boolean from unnest($1::uuid[], $2::text[], $3::text[]) as g(id, trace_id, request_id)
       on conflict (call_id) do update set ordinal = default, superseded = excluded.superseded, forgotten_at = excluded.forgotten_at`,
      [
        gone.map(({ id }) => id),
        gone.map(({ traceId }) => traceId),
        gone.map(({ requestId }) => requestId),
        superseded,
      ],
    );
    return gone.length;
  }
}
