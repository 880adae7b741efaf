import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Labelers, labels with the performance they resolve to, labelling runs, judges' verdicts and calibration, replays. */
export class Labeling1764000000000 implements MigrationInterface {
  readonly name = 'Labeling1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(LABELERS);
    await runner.query(REPLAYS);
    await runner.query(LABELS);
    await runner.query(RUNS);
    await runner.query(VIEWS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop view labeling.performance_v1, labeling.replay_cell_v1;
      drop table labeling.idempotency, labeling.labeling_task, labeling.labeling_run, labeling.performance, labeling.feedback,
        labeling.label, labeling.replay_cell, labeling.replay_prompt, labeling.replay, labeling.verdict, labeling.calibration,
        labeling.ground_truth, labeling.labeler`);
  }
}

const LABELERS = `
  create table labeling.idempotency (
    operation text not null,
    key text not null,
    body_sha256 text not null,
    object_id uuid not null,
    created_at timestamptz not null default now(),
    primary key (operation, key)
  );

  create table labeling.labeler (
    id uuid primary key,
    name text not null unique,
    kind text not null check (kind in ('METRIC', 'JUDGE')),
    settings jsonb not null,
    sealed_credentials text,
    settings_mac text not null,
    created_at timestamptz not null default now()
  );

  -- target: 'query ' + sha256 of the prompt's text, 'call ' + id, or 'trace ' + id
  create table labeling.ground_truth (
    labeler_id uuid not null references labeling.labeler (id) on delete cascade,
    target text not null,
    answer text not null,
    primary key (labeler_id, target)
  );

  create table labeling.calibration (
    judge text not null,
    version text not null,
    pairs integer not null,
    kappa double precision,
    kappa_ci95 double precision[],
    spearman double precision,
    length_slope double precision,
    passes_gate boolean not null,
    reason text not null,
    applied boolean not null,
    updated_at timestamptz not null default now(),
    primary key (judge, version)
  );

  create table labeling.verdict (
    key text primary key,
    score double precision check (score between 0 and 1),
    rationale text not null,
    cost_usd double precision not null,
    created_at timestamptz not null default now()
  );`;

const REPLAYS = `
  create table labeling.replay (
    id uuid primary key,
    retrain_id uuid unique,
    status text not null default 'QUEUED',
    router text,
    filter jsonb not null,
    candidates text[] not null,
    endpoint text not null,
    sealed_credentials text,
    sample_size integer not null,
    seed integer not null,
    max_requests_per_second double precision,
    budget_usd double precision not null,
    spent_usd double precision not null default 0,
    expected_half_width double precision,
    expected_cost_usd double precision,
    planned boolean not null default false,
    skipped_for_tools integer not null default 0,
    judge_id uuid references labeling.labeler (id),
    problem jsonb,
    created_at timestamptz not null default now(),
    finished_at timestamptz
  );
  create index on labeling.replay (id) where status in ('QUEUED', 'RUNNING');

  create table labeling.replay_prompt (
    replay_id uuid not null references labeling.replay (id) on delete cascade,
    call_id uuid not null,
    place integer not null,
    part text not null check (part in ('test', 'train')),
    inclusion_share double precision not null,
    in_random_slice boolean not null,
    primary key (replay_id, call_id)
  );

  create table labeling.replay_cell (
    id uuid primary key,
    replay_id uuid not null,
    call_id uuid not null,
    candidate text not null,
    status text not null default 'OPEN' check (status in ('OPEN', 'ANSWERED', 'FAILED')),
    response text,
    cost_usd double precision,
    response_time_seconds double precision,
    problem jsonb,
    label_outcome text,
    performance double precision,
    kind text,
    labeler text,
    unique (replay_id, call_id, candidate),
    foreign key (replay_id, call_id) references labeling.replay_prompt (replay_id, call_id) on delete cascade
  );
  create index on labeling.replay_cell (replay_id, id);
  create index on labeling.replay_cell (call_id);`;

const LABELS = `
  -- user_id is '' where nobody is named: then there is one such label, and the next one replaces it
  create table labeling.label (
    id uuid primary key,
    call_id uuid,
    replay_cell_id uuid references labeling.replay_cell (id) on delete cascade,
    kind text not null check (kind in ('METRIC', 'HUMAN', 'JUDGE', 'FEEDBACK')),
    labeler text not null,
    labeler_version text not null,
    user_id text not null default '',
    score double precision check (score between 0 and 1),
    abstained boolean not null,
    rationale text,
    cost_usd double precision,
    created_at timestamptz not null default clock_timestamp(),
    check ((call_id is null) <> (replay_cell_id is null)),
    check (abstained = (score is null))
  );
  create unique index on labeling.label (call_id, labeler, labeler_version, user_id) where call_id is not null;
  create unique index on labeling.label (replay_cell_id, labeler, labeler_version, user_id) where replay_cell_id is not null;
  create index on labeling.label (labeler, labeler_version, call_id) where call_id is not null;
  create index on labeling.label (labeler, labeler_version, replay_cell_id) where replay_cell_id is not null;
  create index on labeling.label (call_id) where kind = 'HUMAN';

  -- target: 'call ' + id, 'trace ' + id or 'request ' + id
  create table labeling.feedback (
    id uuid primary key,
    target text not null,
    user_id text not null default '',
    score double precision not null check (score between 0 and 1),
    comment text,
    call_id uuid,
    created_at timestamptz not null default clock_timestamp(),
    unique (target, user_id)
  );
  create index on labeling.feedback (target) where call_id is null;

  create table labeling.performance (
    call_id uuid primary key,
    performance double precision check (performance between 0 and 1),
    kind text,
    labeler text,
    updated_at timestamptz not null default clock_timestamp()
  );`;

const RUNS = `
  create table labeling.labeling_run (
    id uuid primary key,
    retrain_id uuid unique,
    status text not null default 'QUEUED',
    filter jsonb not null,
    labelers text[] not null,
    sample_size integer,
    seed integer not null,
    budget_usd double precision,
    spent_usd double precision not null default 0,
    planned boolean not null default false,
    metrics_done boolean not null default false,
    metrics_cursor uuid,
    total integer,
    done integer not null default 0,
    labelled integer not null default 0,
    abstained integer not null default 0,
    unparseable integer not null default 0,
    refused integer not null default 0,
    input_tokens bigint not null default 0,
    output_tokens bigint not null default 0,
    unpriced integer not null default 0,
    feedback_joined integer not null default 0,
    problem jsonb,
    created_at timestamptz not null default now(),
    finished_at timestamptz
  );
  create index on labeling.labeling_run (id) where status in ('QUEUED', 'RUNNING');

  create table labeling.labeling_task (
    run_id uuid not null references labeling.labeling_run (id) on delete cascade,
    labeler_id uuid not null references labeling.labeler (id) on delete cascade,
    call_id uuid not null,
    place integer not null,
    outcome text check (outcome in ('LABELLED', 'ABSTAINED', 'UNPARSEABLE', 'REFUSED')),
    primary key (run_id, labeler_id, call_id)
  );
  create index on labeling.labeling_task (run_id, labeler_id, place) where outcome is null;
  create index on labeling.labeling_task (labeler_id, call_id) where outcome in ('UNPARSEABLE', 'REFUSED');`;

const VIEWS = `
  create view labeling.performance_v1 as
    select call_id, performance, kind, labeler from labeling.performance where performance is not null;

  create view labeling.replay_cell_v1 as
    select c.replay_id, r.retrain_id, c.call_id, c.candidate, c.performance, c.kind, c.labeler, c.cost_usd,
      c.response_time_seconds, p.part, p.inclusion_share, p.in_random_slice
    from labeling.replay_cell c
    join labeling.replay r on r.id = c.replay_id
    join labeling.replay_prompt p on p.replay_id = c.replay_id and p.call_id = c.call_id
    where c.status = 'ANSWERED';`;
