import { forgottenMark } from '@signalbox/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The vectors that name a call are found by it. */
export class Forgotten1765000000001 implements MigrationInterface {
  readonly name = 'Forgotten1765000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${forgottenMark('embedding')}; create index vector_of_call on embedding.vector (call_id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index embedding.vector_of_call; drop table embedding.forgotten_mark');
  }
}
