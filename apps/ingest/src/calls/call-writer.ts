import { copyInto } from '@signalbox/database';
import type { ExtractedCall } from '@signalbox/contracts';
import type { QueryRunner } from 'typeorm';
import type pg from 'pg';
import { CALL_COLUMNS, callRow, FILLABLE_COLUMNS, monthOf, type RowContext } from './call-row.js';

/** Dropped rows go with the transaction, so that one staging table serves a connection for as long as it lives. */
const STAGING = `create temp table if not exists call_staging (like ingest.llm_call including defaults) on commit delete rows`;

/** Sorted, so that two writers of the same calls wait for each other instead of deadlocking. */
const MERGE = `
  insert into ingest.llm_call (${CALL_COLUMNS.join(', ')})
  select ${CALL_COLUMNS.join(', ')} from pg_temp.call_staging order by id
  on conflict (id) do nothing`;

/** A reported cost is better than an estimated one, and either than none. */
const BETTER_COST = `fresh.cost_usd is not null and (call.cost_usd is null or call.cost_estimated and not fresh.cost_estimated)`;
/** The name that the models resolve to is another one once the model that answered is known. */
const BETTER_NAME = `fresh.model_name is not null and (call.model_name is null
  or call.response_model is null and fresh.response_model is not null)`;
const TEXT_FILLED = ['query', 'messages', 'response']
  .map((column) => `call.${column} is null and fresh.${column} is not null`)
  .join(' or ');

/**
 * Fills what the stored reading of a call left empty; what it holds stays, and a row without anything to fill is not written.
 * The ids are given beside the join, so that PostgreSQL looks them up instead of reading every partition.
 * A statement of its own after the merge, which has waited for other writers of the same calls, so that it sees their rows.
 */
const FILL = `
  with open as (
    select call.id from ingest.llm_call call join pg_temp.call_staging fresh using (id)
    where call.id = any($1::uuid[]) and (${BETTER_COST} or ${BETTER_NAME} or fresh.has_tools and not call.has_tools
      or ${FILLABLE_COLUMNS.map((column) => `call.${column} is null and fresh.${column} is not null`).join(' or ')})
    order by call.id for update of call
  )
  update ingest.llm_call call set ${FILLABLE_COLUMNS.map((column) => `${column} = coalesce(call.${column}, fresh.${column})`).join(', ')},
    cost_usd = case when ${BETTER_COST} then fresh.cost_usd else call.cost_usd end,
    cost_estimated = case when ${BETTER_COST} then fresh.cost_estimated else call.cost_estimated end,
    model_name = case when ${BETTER_NAME} then fresh.model_name else call.model_name end,
    has_tools = call.has_tools or fresh.has_tools,
    truncated = call.truncated or fresh.truncated and (${TEXT_FILLED}),
    redactions = call.redactions + case when ${TEXT_FILLED} then fresh.redactions else 0 end
  from open join pg_temp.call_staging fresh using (id) where call.id = any($1::uuid[]) and call.id = open.id`;

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
 * Stores calls that are not there yet, and fills the gaps of those that are, inside the transaction that `runner` is in.
 * @returns how many were new; filled ones are not
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
  const { rowCount } = await client.query(MERGE);
  const ids = calls.map(({ id }) => id);
  if (rowCount !== calls.length) await client.query(FILL, [ids]);
  await client.query('delete from ingest.forgotten_call where call_id = any($1::uuid[]) and may_return', [ids]);
  return rowCount ?? 0;
}

function* rowsOf(calls: readonly ExtractedCall[], context: RowContext) {
  for (const call of calls) yield callRow(call, context);
}

export function isPgClient(value: unknown): value is pg.ClientBase {
  return typeof value === 'object' && value !== null && 'query' in value && typeof value.query === 'function';
}
