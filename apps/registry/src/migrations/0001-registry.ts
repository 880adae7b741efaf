import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Routers with their candidates, versions, aliases and the history of what was deployed. */
export class Registry1764000000000 implements MigrationInterface {
  readonly name = 'Registry1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ROUTERS);
    await runner.query(VERSIONS);
    await runner.query(DEPLOYMENTS);
    await runner.query(AUDIT);
    await runner.query(VIEWS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop view registry.candidate_v1, registry.alias_v1, registry.version_v1;
      drop table registry.audit_event, registry.alias, registry.deployment, registry.version, registry.candidate,
        registry.router, registry.idempotency;
      drop function registry.refuse_change()`);
  }
}

const ROUTERS = `
  create table registry.idempotency (
    operation text not null,
    key text not null,
    body_sha256 text not null,
    object_id uuid not null,
    created_at timestamptz not null default now(),
    primary key (operation, key)
  );

  create table registry.router (
    id uuid primary key,
    name text not null unique,
    description text,
    filter jsonb,
    gate jsonb not null,
    settings_sha256 text not null,
    revision integer not null default 1,
    announced boolean not null default false,
    created_at timestamptz not null default now(),
    created_by text not null
  );
  create index on registry.router (id) where not announced;

  create table registry.candidate (
    router_id uuid not null references registry.router (id),
    position integer not null,
    name text not null,
    aliases text[] not null,
    input_price double precision,
    output_price double precision,
    cached_input_price double precision,
    max_input_tokens integer,
    max_output_tokens integer,
    capabilities text[] not null,
    regions text[] not null,
    available boolean not null,
    primary key (router_id, position),
    unique (router_id, name)
  );`;

const VERSIONS = `
  create table registry.version (
    id uuid primary key,
    router_id uuid not null references registry.router (id),
    version integer not null check (version > 0),
    router_type text not null,
    status text not null check (status in ('CANDIDATE', 'VALIDATED', 'REJECTED', 'ARCHIVED')),
    training_run_id uuid,
    retrain_id uuid,
    uri text not null,
    sha256 text not null,
    bytes integer not null,
    manifest jsonb not null,
    gate jsonb,
    gate_spent_error boolean not null default false,
    gated_against uuid references registry.version (id),
    overridden_by text,
    override_reason text,
    created_at timestamptz not null default now(),
    created_by text not null,
    unique (router_id, version),
    unique (router_id, training_run_id)
  );`;

/**
 * \`deployed_at\` is cut to milliseconds, since that is what clients see: asked for this very moment, the row must be found.
 * \`previous_id\` is what a rollback restores, so that rolling back twice goes back two deployments instead of to and fro.
 */
const DEPLOYMENTS = `
  create table registry.deployment (
    id uuid primary key,
    ordinal bigint generated always as identity,
    router_id uuid not null references registry.router (id),
    alias text not null,
    version_id uuid not null references registry.version (id),
    replaced_id uuid references registry.version (id),
    previous_id uuid references registry.deployment (id),
    retrain_id uuid unique,
    deployed_at timestamptz not null default date_trunc('milliseconds', clock_timestamp()),
    deployed_by text not null,
    uri text not null
  );
  create index on registry.deployment (router_id, alias, deployed_at desc, ordinal desc);

  create table registry.alias (
    router_id uuid not null references registry.router (id),
    alias text not null,
    version_id uuid not null references registry.version (id),
    deployment_id uuid not null references registry.deployment (id),
    primary key (router_id, alias)
  );
  create index on registry.alias (version_id);`;

const AUDIT = `
  create table registry.audit_event (
    id uuid primary key,
    at timestamptz not null default now(),
    actor text not null,
    action text not null,
    router text not null,
    alias text,
    before jsonb,
    after jsonb,
    reason text
  );

  create function registry.refuse_change() returns trigger language plpgsql as $$
  begin
    raise exception '% is append-only', tg_table_name;
  end $$;
  create trigger append_only before update or delete or truncate on registry.audit_event
    for each statement execute function registry.refuse_change();`;

const VIEWS = `
  create view registry.candidate_v1 as
    select r.name as router, c.position, c.name, c.aliases, c.input_price, c.output_price, c.cached_input_price,
      c.max_input_tokens, c.max_output_tokens, c.capabilities, c.regions, c.available
    from registry.candidate c join registry.router r on r.id = c.router_id;

  create view registry.alias_v1 as
    select r.name as router, a.alias, v.version, v.id as version_id, v.uri as artifact_uri
    from registry.alias a
    join registry.version v on v.id = a.version_id
    join registry.router r on r.id = a.router_id;

  create view registry.version_v1 as
    select r.name as router, v.version, v.id as version_id, v.router_type, v.status, v.training_run_id, v.retrain_id,
      v.uri as artifact_uri, v.sha256 as manifest_sha256, v.created_at
    from registry.version v join registry.router r on r.id = v.router_id;`;
