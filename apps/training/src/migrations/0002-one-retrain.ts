import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A router has one retrain at a time: two would replay, spend and gate against each other. */
export class OneRetrain1764000000001 implements MigrationInterface {
  readonly name = 'OneRetrain1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      with older as (
        update training.retrain r set status = 'CANCELLED', finished_at = now()
        where status in ('QUEUED', 'RUNNING') and exists (
          select 1 from training.retrain n where n.router = r.router and n.status in ('QUEUED', 'RUNNING') and n.id > r.id)
        returning id)
      update training.retrain_stage s set status = 'CANCELLED' from older
      where s.retrain_id = older.id and s.status in ('QUEUED', 'RUNNING');
      create unique index retrain_one_at_a_time on training.retrain (router) where status in ('QUEUED', 'RUNNING')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index training.retrain_one_at_a_time');
  }
}
