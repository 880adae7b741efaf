import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a judge says of answers that should not take it in, and calibration by family of models. */
export class Canaries1765600000005 implements MigrationInterface {
  readonly name = 'Canaries1765600000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table labeling.canary (
        judge text not null,
        version text not null,
        call_id uuid not null,
        kind text not null check (kind in ('CONSTANT', 'INJECTED', 'PADDED')),
        logged_score double precision not null check (logged_score between 0 and 1),
        outcome text check (outcome in ('LABELLED', 'ABSTAINED', 'UNPARSEABLE', 'REFUSED')),
        score double precision check (score between 0 and 1),
        primary key (judge, version, call_id, kind)
      );
      create index canary_of_call on labeling.canary (call_id);
      alter table labeling.calibration add canaries jsonb, add families jsonb not null default '[]'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table labeling.calibration drop families, drop canaries;
      drop table labeling.canary`);
  }
}
