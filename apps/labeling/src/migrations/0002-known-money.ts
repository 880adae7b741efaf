import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was spent is an exact sum, which does not depend on the order of arrival, with the count of what it lacks. */
export class KnownMoney1764000000001 implements MigrationInterface {
  readonly name = 'KnownMoney1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table labeling.replay alter spent_usd type numeric, add unpriced integer not null default 0;
      alter table labeling.labeling_run alter spent_usd type numeric, add judged_models text[];
      -- A sample that a filter narrowed is no random part of the traffic.
      update labeling.replay_prompt p set in_random_slice = false from labeling.replay r
      where r.id = p.replay_id and r.retrain_id is null and jsonb_strip_nulls(r.filter) <> '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table labeling.replay alter spent_usd type double precision, drop unpriced;
      alter table labeling.labeling_run alter spent_usd type double precision, drop judged_models`);
  }
}
