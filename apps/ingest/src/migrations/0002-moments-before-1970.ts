import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The least id of a moment before 1970 is the least id there is; as the hex of a negative number it was above every call. */
export class MomentsBefore19701764500000001 implements MigrationInterface {
  readonly name = 'MomentsBefore19701764500000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(idAt('greatest(0, floor(extract(epoch from moment) * 1000))'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(idAt('floor(extract(epoch from moment) * 1000)'));
  }
}

const idAt = (milliseconds: string): string => `
  create or replace function ingest.id_at(moment timestamptz) returns uuid language sql immutable strict parallel safe
    return (lpad(to_hex((${milliseconds})::bigint), 12, '0') || repeat('0', 20))::uuid`;
