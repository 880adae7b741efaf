import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Cells that ask the model which answered the logged call, though it is none of the replay's candidates. */
export class AskedAgain1765500000001 implements MigrationInterface {
  readonly name = 'AskedAgain1765500000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table labeling.replay_cell add column asked_again boolean not null default false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table labeling.replay_cell drop column asked_again');
  }
}
