import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A call that was removed by age may be stored again, by a source that keeps it longer, and is remembered for a while only. */
export class CallsThatMayReturn1765500000000 implements MigrationInterface {
  readonly name = 'CallsThatMayReturn1765500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table ingest.forgotten_call rename column superseded to may_return;
      create index on ingest.forgotten_call (forgotten_at) where may_return;
      -- labeling asks whether feedback is on such a call
      create index on ingest.forgotten_call (trace_id);
      create index on ingest.forgotten_call (request_id) where request_id is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index ingest.forgotten_call_forgotten_at_idx, ingest.forgotten_call_trace_id_idx, ingest.forgotten_call_request_id_idx;
      alter table ingest.forgotten_call rename column may_return to superseded`);
  }
}
