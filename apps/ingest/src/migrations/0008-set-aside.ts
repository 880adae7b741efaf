import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Received traces that cannot be read are kept, with why, apart from those that wait. */
export class SetAside1765600000000 implements MigrationInterface {
  readonly name = 'SetAside1765600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- set_aside: why the trace could not be read at assembled_at; never text of a prompt
      alter table ingest.received_part add column set_aside text;
      drop index ingest.received_part_assembled_at_idx;
      create index received_part_read_idx on ingest.received_part (assembled_at) where assembled_at is not null and set_aside is null;
      create index received_part_set_aside_idx on ingest.received_part (assembled_at) where set_aside is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index ingest.received_part_read_idx;
      drop index ingest.received_part_set_aside_idx;
      create index on ingest.received_part (assembled_at) where assembled_at is not null;
      alter table ingest.received_part drop column set_aside`);
  }
}
