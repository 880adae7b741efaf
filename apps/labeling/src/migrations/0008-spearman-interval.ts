import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The interval of a judge's rank correlation; a calibration from before has none until it is made again. */
export class SpearmanInterval1765700000001 implements MigrationInterface {
  readonly name = 'SpearmanInterval1765700000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table labeling.calibration add spearman_ci95 double precision[]');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table labeling.calibration drop spearman_ci95');
  }
}
