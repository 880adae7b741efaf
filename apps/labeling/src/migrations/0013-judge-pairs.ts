import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Answers that a judge and people scored, by which a comparison carries the judge's error. */
export class JudgePairs1766400000003 implements MigrationInterface {
  readonly name = 'JudgePairs1766400000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create view labeling.judge_pair_v1 as
        select j.call_id, j.labeler || '@' || j.labeler_version as labeler, j.score as judge, h.people
        from (
          select call_id, avg(score) as people from labeling.label
          where kind = 'HUMAN' and call_id is not null and score is not null group by call_id
        ) h
        join labeling.label j on j.call_id = h.call_id and j.kind = 'JUDGE' and j.score is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop view labeling.judge_pair_v1');
  }
}
