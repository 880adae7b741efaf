import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which calls were removed, so that they do not come back and every service removes what it holds of them, and for which users. */
export class ForgottenCalls1765000000000 implements MigrationInterface {
  readonly name = 'ForgottenCalls1765000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- ordinals become visible in their order: who adds rows waits for who added before
      -- superseded: it was no call, as the whole of its trace showed, and may be one when more of that has come
      create table ingest.forgotten_call (
        call_id uuid primary key,
        ordinal bigint generated always as identity unique,
        trace_id text not null,
        request_id text,
        superseded boolean not null,
        forgotten_at timestamptz not null default now()
      );
      create view ingest.forgotten_call_v1 as
        select call_id, ordinal, trace_id, request_id, forgotten_at from ingest.forgotten_call;

      -- mac: HMAC of the user's id; key_mark tells which secret it was made with; sealed_user: the id, until all of the calls are removed
      create table ingest.forgotten_user (
        mac text primary key,
        ordinal bigint generated always as identity unique,
        key_mark text not null,
        forgotten_at timestamptz not null,
        sealed_user text
      );
      create index on ingest.forgotten_user (ordinal) where sealed_user is not null;
      create view ingest.forgotten_user_v1 as
        select mac, ordinal, key_mark, forgotten_at from ingest.forgotten_user`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop view ingest.forgotten_user_v1, ingest.forgotten_call_v1;
      drop table ingest.forgotten_user, ingest.forgotten_call`);
  }
}
