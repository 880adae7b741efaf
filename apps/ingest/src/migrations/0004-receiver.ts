import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Spans and log records as they arrive, until their traces are quiet and read as calls. */
export class Receiver1764600000001 implements MigrationInterface {
  readonly name = 'Receiver1764600000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table ingest.received_part (
        id uuid primary key,
        source_id uuid not null references ingest.trace_source (id),
        trace_id text not null,
        received_at timestamptz not null default now(),
        assembled_at timestamptz,
        spans text,
        records text
      );
      create index on ingest.received_part (source_id, trace_id);
      create index on ingest.received_part (source_id, received_at) where assembled_at is null;
      create index on ingest.received_part (assembled_at) where assembled_at is not null;
      alter table ingest.extraction add column received boolean not null default false;
      create unique index on ingest.extraction (source_id, from_time) where received`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table ingest.extraction drop column received;
      drop table ingest.received_part`);
  }
}
