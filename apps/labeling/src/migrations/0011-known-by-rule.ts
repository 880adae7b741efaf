import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Known answers by rule (a target `rule ` and its text), and prompts to which rules give different answers. */
export class KnownByRule1766400000001 implements MigrationInterface {
  readonly name = 'KnownByRule1766400000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index ground_truth_rule on labeling.ground_truth (labeler_id) where target like 'rule %';
      alter table labeling.labeling_run add ambiguous integer not null default 0;
      alter table labeling.replay_prompt add ambiguous boolean not null default false`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table labeling.replay_prompt drop ambiguous;
      alter table labeling.labeling_run drop ambiguous;
      drop index labeling.ground_truth_rule`);
  }
}
