import { forgottenMark } from '@signalbox/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is needed to find whatever came of a call or a user. A label names the kept verdict that it came of. */
export class Forgotten1765000000001 implements MigrationInterface {
  readonly name = 'Forgotten1765000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ${forgottenMark('labeling')};
      alter table labeling.label add verdict_key text;
      -- hash, since a rationale may be longer than what a B-tree takes
      create index verdict_rationale on labeling.verdict using hash (rationale);
      create index label_of_user on labeling.label (user_id) where user_id <> '';
      create index feedback_of_user on labeling.feedback (user_id) where user_id <> '';
      create index feedback_of_call on labeling.feedback (call_id) where call_id is not null;
      create index replay_prompt_of_call on labeling.replay_prompt (call_id);
      create index ground_truth_target on labeling.ground_truth (target)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index labeling.ground_truth_target, labeling.replay_prompt_of_call, labeling.feedback_of_call,
        labeling.feedback_of_user, labeling.label_of_user, labeling.verdict_rationale;
      alter table labeling.label drop verdict_key;
      drop table labeling.forgotten_mark`);
  }
}
