import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One vector a text and space. `call_id` is a call that asks the text, so that a search can show one. */
export class Embedding1764000000000 implements MigrationInterface {
  readonly name = 'Embedding1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table embedding.vector (
        space text not null,
        text_hash text not null,
        dim integer not null check (dim > 0),
        vector bytea not null check (octet_length(vector) = 4 * dim),
        chunks integer not null check (chunks > 0),
        call_id uuid not null,
        primary key (space, text_hash)
      );
      -- Vectors are noise to a compressor; out of line and plain they are read without it.
      alter table embedding.vector alter column vector set storage external;

      create view embedding.vector_v1 as select text_hash, space, dim, vector from embedding.vector`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop view embedding.vector_v1; drop table embedding.vector');
  }
}
