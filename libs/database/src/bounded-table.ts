import { SignalboxError } from '@signalbox/contracts';
import type { EntityManager } from 'typeorm';

/** A list that is answered whole may be no longer; the contract pages what grows with use. */
export const MAX_LISTED = 1_000;

/**
 * Refuses the row that was just added when the table holds more than may be listed. Those who add rows wait for each other.
 * @param what the rows, in the plural
 * @throws SignalboxError CONFLICT
 */
export async function withinBound(manager: EntityManager, table: string, what: string): Promise<void> {
  await manager.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`bound of ${table}`]);
  const [held] = await manager.query<{ rows: number }[]>(`select count(*)::int as rows from ${table}`);
  if ((held?.rows ?? 0) <= MAX_LISTED) return;
  throw new SignalboxError(
    'CONFLICT',
    `There are ${MAX_LISTED} ${what}, and there can be no more.`,
    'Use one that is there.',
  );
}
