import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which judges have passed their gate, for reports on what their labels were used for. */
export class JudgeGate1766400000002 implements MigrationInterface {
  readonly name = 'JudgeGate1766400000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create view labeling.judge_gate_v1 as
        select judge || '@' || version as labeler, passes_gate, reason from labeling.calibration`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop view labeling.judge_gate_v1');
  }
}
