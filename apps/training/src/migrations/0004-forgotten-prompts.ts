import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A dataset keeps its hash; its file loses the rows of calls that were forgotten, and then lies under the hash of what is left. */
export class ForgottenPrompts1765000000001 implements MigrationInterface {
  readonly name = 'ForgottenPrompts1765000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- files: hashes under which files of this dataset may lie, written down before they are
      -- forgotten_to: the ordinal of ingest.forgotten_call_v1 up to which the file was looked through
      alter table training.dataset add stored_hash text, add files text[] not null default '{}',
        add forgotten_prompts integer not null default 0, add forgotten_to bigint not null default 0, add looked_at timestamptz;
      update training.dataset set stored_hash = hash, files = array[hash] where hash is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table training.dataset drop stored_hash, drop files, drop forgotten_prompts, drop forgotten_to, drop looked_at`);
  }
}
