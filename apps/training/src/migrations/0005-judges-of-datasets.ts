import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whose scores are in a dataset, and whether they had earned that. */
export class JudgesOfDatasets1765700000001 implements MigrationInterface {
  readonly name = 'JudgesOfDatasets1765700000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table training.dataset add judges jsonb not null default '[]'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table training.dataset drop judges');
  }
}
