import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Datasets, training runs with their evaluations, and retrains with a row for each stage. */
export class Training1764000000000 implements MigrationInterface {
  readonly name = 'Training1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(DATASETS);
    await runner.query(RUNS);
    await runner.query(RETRAINS);
    await runner.query(VIEWS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop view training.retrain_v1, training.training_run_v1;
      drop table training.retrain_stage, training.retrain, training.training_run, training.evaluation, training.dataset,
        training.idempotency`);
  }
}

const DATASETS = `
  create table training.idempotency (
    operation text not null,
    key text not null,
    body_sha256 text not null,
    object_id uuid not null,
    created_at timestamptz not null default now(),
    primary key (operation, key)
  );

  -- hash is not unique: the same data frozen twice is two datasets of one content
  create table training.dataset (
    id uuid primary key,
    router text not null,
    retrain_id uuid,
    request jsonb not null,
    status text not null default 'QUEUED',
    progress jsonb not null default '{"done": 0, "total": null, "unit": "prompts", "costUsd": null}',
    problem jsonb,
    hash text,
    prompts integer not null default 0,
    outcomes integer not null default 0,
    eligible_calls integer not null default 0,
    candidates text[] not null default '{}',
    density double precision not null default 0,
    split jsonb not null default '{}',
    leak_report jsonb not null default '{}',
    left_out jsonb not null default '{}',
    embedding text not null,
    created_at timestamptz not null default now()
  );
  create index on training.dataset (router, id);
  create index on training.dataset (id) where status in ('QUEUED', 'RUNNING');`;

const RUNS = `
  create table training.evaluation (
    id uuid primary key,
    dataset_id uuid not null references training.dataset (id),
    record jsonb not null,
    created_at timestamptz not null default now()
  );

  -- place is the order by out-of-fold utility among the runs that were trained together; 0 is the default
  create table training.training_run (
    id uuid primary key,
    router text not null,
    router_type text not null,
    dataset_id uuid not null references training.dataset (id),
    retrain_id uuid,
    seed integer not null,
    place integer,
    status text not null default 'QUEUED',
    problem jsonb,
    params jsonb not null default '{}',
    metrics jsonb not null default '{}',
    model_uri text,
    model_sha256 text,
    model_header jsonb,
    embedding jsonb not null,
    fit_seconds double precision,
    evaluation_id uuid references training.evaluation (id),
    gate_input jsonb,
    started_at timestamptz,
    finished_at timestamptz,
    created_at timestamptz not null default now()
  );
  create index on training.training_run (router, id);
  create index on training.training_run (id) where status in ('QUEUED', 'RUNNING');`;

const RETRAINS = `
  create table training.retrain (
    id uuid primary key,
    router text not null,
    status text not null default 'RUNNING',
    reason text not null,
    requested_by text not null,
    request jsonb not null,
    problem jsonb,
    created_at timestamptz not null default now(),
    finished_at timestamptz
  );
  create index on training.retrain (router, id);
  create index on training.retrain (id) where status = 'RUNNING';

  create table training.retrain_stage (
    retrain_id uuid not null references training.retrain (id) on delete cascade,
    stage text not null,
    position integer not null,
    status text not null default 'QUEUED',
    progress jsonb,
    started_at timestamptz,
    finished_at timestamptz,
    output jsonb,
    problem jsonb,
    primary key (retrain_id, stage),
    unique (retrain_id, position)
  );`;

const VIEWS = `
  create view training.retrain_v1 as
    select r.id, r.router, r.request, coalesce((
        select jsonb_object_agg(s.stage, s.output) from training.retrain_stage s
        where s.retrain_id = r.id and s.status = 'SUCCEEDED'), '{}') as outputs,
      r.status
    from training.retrain r;

  -- model_header: all of the fitted model but its tensors, which are in the file
  create view training.training_run_v1 as
    select t.id, t.router, t.router_type, t.status, t.dataset_id, d.hash as dataset_hash, t.params, t.metrics, t.model_uri,
      t.model_sha256, t.model_header, t.embedding, to_jsonb(d.candidates) as candidates, e.record as evaluation,
      t.gate_input, t.retrain_id
    from training.training_run t
    join training.dataset d on d.id = t.dataset_id
    left join training.evaluation e on e.id = t.evaluation_id;`;
