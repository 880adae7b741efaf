import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Calls below a performance are found by it. Few are bad: with the 100 steps of a histogram that is the default they look like many,
 * and PostgreSQL would walk all calls instead.
 */
export class PerformanceOrder1764600000003 implements MigrationInterface {
  readonly name = 'PerformanceOrder1764600000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index performance_order on labeling.performance (performance, call_id);
      alter table labeling.performance alter column performance set statistics 1000`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table labeling.performance alter column performance set statistics -1;
      drop index labeling.performance_order`);
  }
}
