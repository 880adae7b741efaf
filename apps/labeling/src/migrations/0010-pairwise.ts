import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which answer a replay's judge prefers, the logged one or the replayed one, in both orders. Evidence: no label follows from it. */
export class Pairwise1766300000001 implements MigrationInterface {
  readonly name = 'Pairwise1766300000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- comparison_usd: expected of both comparisons of a cell; null when the price of the judge is not known
      alter table labeling.replay add pairwise boolean not null default false, add comparison_usd double precision;
      alter table labeling.replay_cell add compared boolean not null default false;
      create table labeling.pairwise_verdict (
        cell_id uuid not null references labeling.replay_cell (id) on delete cascade,
        judge text not null,
        version text not null,
        shown text not null check (shown in ('LOGGED_FIRST', 'REPLAYED_FIRST')),
        outcome text not null check (outcome in ('PREFERRED', 'ABSTAINED', 'UNPARSEABLE', 'REFUSED')),
        preferred text check (preferred in ('LOGGED', 'REPLAYED', 'TIE')),
        rationale text,
        cost_usd double precision not null,
        verdict_key text not null,
        primary key (cell_id, judge, version, shown),
        check ((preferred is null) = (outcome <> 'PREFERRED'))
      );
      create index pairwise_verdict_key on labeling.pairwise_verdict (verdict_key) where outcome in ('PREFERRED', 'ABSTAINED');
      create index pairwise_verdict_judge on labeling.pairwise_verdict (judge, version)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table labeling.pairwise_verdict;
      alter table labeling.replay_cell drop compared;
      alter table labeling.replay drop comparison_usd, drop pairwise`);
  }
}
