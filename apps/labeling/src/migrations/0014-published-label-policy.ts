import type { MigrationInterface, QueryRunner } from 'typeorm';

/** By which policy labels became performances, for datasets that are frozen from them; no row while it is the default one. */
export class PublishedLabelPolicy1767200000000 implements MigrationInterface {
  readonly name = 'PublishedLabelPolicy1767200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create view labeling.label_policy_v1 as select policy from labeling.label_policy');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop view labeling.label_policy_v1');
  }
}
