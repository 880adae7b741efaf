import type { ServiceName } from '@signalbox/contracts';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A service's tables for the work that it takes from its queue: who has the right to do what (`lease`), and what could not be
 * done, with its cause (`dead_letter`).
 */
export function workTables(service: ServiceName): new () => MigrationInterface {
  return class implements MigrationInterface {
    readonly name = 'WorkTables1764500000000';

    async up(runner: QueryRunner): Promise<void> {
      await runner.query(`
        -- deaths: processes that died with this lease since the last one made progress
        create table ${service}.lease (
          key text primary key,
          holder uuid not null,
          expires_at timestamptz not null,
          deaths integer not null default 0
        );

        create table ${service}.dead_letter (
          id bigint generated always as identity primary key,
          queue text not null,
          job text not null,
          key text not null,
          payload jsonb not null,
          cause text not null,
          times integer not null default 1,
          first_at timestamptz not null default now(),
          last_at timestamptz not null default now(),
          unique (queue, job, key)
        )`);
    }

    async down(runner: QueryRunner): Promise<void> {
      await runner.query(`drop table ${service}.dead_letter, ${service}.lease`);
    }
  };
}
