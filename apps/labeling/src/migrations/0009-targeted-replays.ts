import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How the prompts of a replay were drawn, by which version of a router, and what that version chooses for each. */
export class TargetedReplays1766200000001 implements MigrationInterface {
  readonly name = 'TargetedReplays1766200000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table labeling.replay add column sampling text not null default 'RANDOM',
        add column only_where_different boolean not null default false, add column version integer, add column manifest_sha256 text,
        add column left_out integer not null default 0;
      alter table labeling.replay_prompt add column choice text, add column differs boolean`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table labeling.replay_prompt drop column choice, drop column differs;
      alter table labeling.replay drop column sampling, drop column only_where_different, drop column version,
        drop column manifest_sha256, drop column left_out`);
  }
}
