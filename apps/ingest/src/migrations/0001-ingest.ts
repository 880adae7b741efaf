import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sources, extractions with their finished windows, and calls partitioned by month. */
export class Ingest1764000000000 implements MigrationInterface {
  readonly name = 'Ingest1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SOURCES_AND_EXTRACTIONS);
    await runner.query(CALLS);
    await runner.query(PARTITIONS);
    await runner.query(CALL_V1);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop view ingest.call_v1;
      drop function ingest.ensure_call_partition(date);
      drop table ingest.llm_call, ingest.extraction_trace, ingest.extraction_window, ingest.extraction,
        ingest.trace_source, ingest.idempotency;
      drop function ingest.id_at(timestamptz)`);
  }
}

const SOURCES_AND_EXTRACTIONS = `
  create table ingest.idempotency (
    operation text not null,
    key text not null,
    body_sha256 text not null,
    object_id uuid not null,
    created_at timestamptz not null default now(),
    primary key (operation, key)
  );

  create table ingest.trace_source (
    id uuid primary key,
    name text not null unique,
    kind text not null,
    endpoint text,
    service_name text,
    tenant text,
    redaction text not null,
    sealed_secrets text,
    settings_mac text not null,
    watermark timestamptz,
    created_at timestamptz not null default now()
  );

  create table ingest.extraction (
    id uuid primary key,
    source_id uuid not null references ingest.trace_source (id),
    retrain_id uuid,
    from_time timestamptz not null,
    to_time timestamptz not null,
    status text not null default 'QUEUED',
    spans_read integer not null default 0,
    calls_stored integer not null default 0,
    calls_duplicate integer not null default 0,
    calls_superseded integer not null default 0,
    spans_merged integer not null default 0,
    skipped jsonb not null default '{}',
    coverage jsonb not null default '{}',
    complete boolean not null default false,
    problem jsonb,
    created_at timestamptz not null default now(),
    unique (retrain_id, source_id),
    check (from_time < to_time)
  );
  create index on ingest.extraction (source_id, id);
  create index on ingest.extraction (id) where status in ('QUEUED', 'RUNNING');

  create table ingest.extraction_window (
    extraction_id uuid not null references ingest.extraction (id) on delete cascade,
    service text not null,
    from_time timestamptz not null,
    to_time timestamptz not null,
    overflowed boolean not null,
    spans_read integer not null,
    calls_stored integer not null,
    calls_duplicate integer not null,
    spans_merged integer not null,
    skipped jsonb not null,
    finished_at timestamptz not null default now(),
    primary key (extraction_id, service, from_time)
  );

  create table ingest.extraction_trace (
    extraction_id uuid not null references ingest.extraction (id) on delete cascade,
    trace_id text not null,
    fingerprint text not null,
    primary key (extraction_id, trace_id)
  );`;

const CALLS = `
  create function ingest.id_at(moment timestamptz) returns uuid language sql immutable strict parallel safe
    return (lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;

  create table ingest.llm_call (
    id uuid not null primary key,
    trace_id text not null,
    span_id text not null,
    source_id uuid not null,
    dialect text not null,
    service_name text,
    started_at timestamptz not null,
    response_time_seconds double precision not null,
    time_to_first_token_seconds double precision,
    query text,
    messages jsonb,
    response text,
    tool_calls jsonb,
    request_model text,
    response_model text,
    model_name text,
    provider text,
    input_tokens integer,
    output_tokens integer,
    total_tokens integer,
    cached_input_tokens integer,
    reasoning_tokens integer,
    cost_usd double precision,
    cost_estimated boolean not null,
    session_id text,
    user_id text,
    request_id text,
    status text not null,
    error_type text,
    finish_reason text,
    decision_id text,
    chosen_candidate text,
    propensity double precision,
    probabilities jsonb,
    available jsonb,
    router_version text,
    has_tools boolean not null,
    truncated boolean not null,
    redactions integer not null default 0
  ) partition by range (id);

  create index on ingest.llm_call (trace_id);
  create index on ingest.llm_call (model_name, id);
  create index on ingest.llm_call (source_id, id);
  create index on ingest.llm_call (session_id, id) where session_id is not null;
  create index on ingest.llm_call (user_id, id) where user_id is not null;
  create index on ingest.llm_call (request_id) where request_id is not null;
  create index on ingest.llm_call (status, id) where status <> 'OK';

  create table ingest.llm_call_before_2020 partition of ingest.llm_call
    for values from (minvalue) to (ingest.id_at('2020-01-01T00:00:00Z'));
  create table ingest.llm_call_from_2040 partition of ingest.llm_call
    for values from (ingest.id_at('2040-01-01T00:00:00Z')) to (maxvalue);`;

/**
 * The service's role may not create tables; this function, with its owner's rights, makes the one kind it needs. ATTACH
 * lets reads and writes of other partitions go on, which CREATE ... PARTITION OF would block.
 */
const PARTITIONS = `
  create function ingest.ensure_call_partition(day date) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
  declare
    month timestamptz := date_trunc('month', day::timestamp) at time zone 'UTC';
    partition text := 'llm_call_' || to_char(day, 'YYYY_MM');
  begin
    if day < '2020-01-01' or day >= '2040-01-01' or to_regclass('ingest.' || partition) is not null then
      return;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('ingest.ensure_call_partition', 0));
    if to_regclass('ingest.' || partition) is not null then
      return;
    end if;
    execute format('create table ingest.%I (like ingest.llm_call including all)', partition);
    execute format('alter table ingest.llm_call attach partition ingest.%I for values from (%L) to (%L)', partition,
      ingest.id_at(month), ingest.id_at(((month at time zone 'UTC') + interval '1 month') at time zone 'UTC'));
  end $$;`;

const CALL_V1 = `
  create view ingest.call_v1 as
    select id, trace_id, span_id, source_id, started_at, response_time_seconds, query, messages, response, request_model,
      response_model, model_name, input_tokens, output_tokens, cost_usd, cost_estimated, session_id, user_id, request_id,
      status, decision_id, chosen_candidate, propensity, probabilities, available, router_version, has_tools, truncated
    from ingest.llm_call`;
