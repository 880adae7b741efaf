import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sources that are read by themselves, and those whose calls are not kept for ever. */
export class Schedules1764600000002 implements MigrationInterface {
  readonly name = 'Schedules1764600000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table ingest.trace_source add column schedule text, add column next_run_at timestamptz,
        add column retention_days integer check (retention_days > 0);
      create index on ingest.trace_source (next_run_at) where next_run_at is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'alter table ingest.trace_source drop column schedule, drop column next_run_at, drop column retention_days',
    );
  }
}
