import type { MigrationInterface, QueryRunner } from 'typeorm';

/** By which policy the performances that are stored were resolved; the default one while there is no row. */
export class LabelPolicy1765500000000 implements MigrationInterface {
  readonly name = 'LabelPolicy1765500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table labeling.label_policy (
        one boolean primary key default true check (one),
        policy text not null
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table labeling.label_policy');
  }
}
