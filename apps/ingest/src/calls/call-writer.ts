import { copyInto } from '@signalbox/database';
import type { ExtractedCall } from '@signalbox/contracts';
import type { QueryRunner } from 'typeorm';
import type pg from 'pg';
import { CALL_COLUMNS, callRow, monthOf, type RowContext } from './call-row.js';

/** Dropped rows go with the transaction, so that one staging table serves a connection for as long as it lives. */
const STAGING = `create temp table if not exists call_staging (like ingest.llm_call including defaults) on commit delete rows`;

/** Sorted, so that two writers of the same calls wait for each other instead of deadlocking. */
const MERGE = `
  insert into ingest.llm_call (${CALL_COLUMNS.join(', ')})
  select ${CALL_COLUMNS.join(', ')} from pg_temp.call_staging order by id
  on conflict (id) do nothing`;

/** Makes room for calls. In a transaction of its own, ahead of the one that stores them: it locks the table's catalogue. */
export async function ensurePartitions(
  runner: QueryRunner,
  calls: readonly ExtractedCall[],
  known: Set<string>,
): Promise<void> {
  for (const month of new Set(calls.map(monthOf))) {
    if (known.has(month)) continue;
    await runner.query('select ingest.ensure_call_partition($1::date)', [month]);
    known.add(month);
  }
}

/**
 * Stores calls that are not there yet, inside the transaction that `runner` is in.
 * @returns how many were new
 */
export async function storeCalls(
  runner: QueryRunner,
  calls: readonly ExtractedCall[],
  context: RowContext,
): Promise<number> {
  if (calls.length === 0) return 0;
  const client: unknown = await runner.connect();
  if (!isPgClient(client)) throw new TypeError('the DataSource is not on the driver pg');
  await client.query(STAGING);
  await copyInto(client, 'pg_temp.call_staging', CALL_COLUMNS, rowsOf(calls, context));
  return (await client.query(MERGE)).rowCount ?? 0;
}

/** Takes out calls that were stored from a part of their trace, whose whole shows that their spans report other calls. */
export async function removeSuperseded(runner: QueryRunner, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const [removed] = await runner.manager.query<{ n: number }[]>(
    `with gone as (delete from ingest.llm_call where id = any($1::uuid[]) returning id) select count(*)::int as n from gone`,
    [ids],
  );
  return removed?.n ?? 0;
}

function* rowsOf(calls: readonly ExtractedCall[], context: RowContext) {
  for (const call of calls) yield callRow(call, context);
}

function isPgClient(value: unknown): value is pg.ClientBase {
  return typeof value === 'object' && value !== null && 'query' in value && typeof value.query === 'function';
}
