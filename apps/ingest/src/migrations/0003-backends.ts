import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Settings of backends beside Jaeger, and what they gave in part. */
export class Backends1764600000000 implements MigrationInterface {
  readonly name = 'Backends1764600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table ingest.trace_source add column region text, add column path text, add column filter text;
      alter table ingest.extraction_window add column partial_traces integer not null default 0`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table ingest.extraction_window drop column partial_traces;
      alter table ingest.trace_source drop column region, drop column path, drop column filter`);
  }
}
