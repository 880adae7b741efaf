import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A retrain may be resumed where it failed, and says when the owner of its stage was last heard of. */
export class ResumableRetrains1764500000001 implements MigrationInterface {
  readonly name = 'ResumableRetrains1764500000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table training.retrain add attempt integer not null default 1;
      alter table training.retrain_stage add heard_at timestamptz;
      create or replace view training.retrain_v1 as
        select r.id, r.router, r.request, coalesce((
            select jsonb_object_agg(s.stage, s.output) from training.retrain_stage s
            where s.retrain_id = r.id and s.status = 'SUCCEEDED'), '{}') as outputs,
          r.status, r.attempt
        from training.retrain r`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop view training.retrain_v1;
      create view training.retrain_v1 as
        select r.id, r.router, r.request, coalesce((
            select jsonb_object_agg(s.stage, s.output) from training.retrain_stage s
            where s.retrain_id = r.id and s.status = 'SUCCEEDED'), '{}') as outputs,
          r.status
        from training.retrain r;
      alter table training.retrain_stage drop heard_at;
      alter table training.retrain drop attempt`);
  }
}
