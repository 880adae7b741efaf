import { setTimeout as delay } from 'node:timers/promises';
import type { RetrainEvent, RetrainRequest } from '@signalbox/contracts';
import { EVENTS_QUEUE } from '@signalbox/contracts';
import type { Provisioned, ServiceDatabase } from '@signalbox/database';
import { keyMark, startService, userMac, type RunningService, type ServiceEnvironment } from '@signalbox/platform';
import { commandStage, JobQueue, retrainEventJob, route } from '@signalbox/queue';
import { DEFAULT_LABEL_POLICY } from '@signalbox/scoring';
import pg from 'pg';
import { labelingDatabase, labelingService } from '../index.js';

function published(service: ServiceDatabase['service'], view: string, ...statements: string[]): ServiceDatabase {
  class Views1700000000001 {
    async up(runner: { query(statement: string): Promise<unknown> }): Promise<void> {
      for (const statement of statements) await runner.query(statement);
    }
    async down(): Promise<void> {}
  }
  return { service, migrations: [Views1700000000001], publishes: [{ view, to: ['labeling'] }] };
}

/** The view that ingest publishes, over a plain table. */
const INGEST = published(
  'ingest',
  'call_v1',
  `create table call (id uuid primary key, trace_id text, span_id text, source_id uuid, started_at timestamptz,
     response_time_seconds float8, query text, messages jsonb, response text, request_model text, response_model text,
     model_name text, input_tokens int, output_tokens int, cost_usd float8, cost_estimated bool, session_id text, user_id text,
     request_id text, status text, decision_id text, chosen_candidate text, propensity float8, probabilities jsonb,
     available jsonb, router_version text, has_tools bool not null default false, truncated bool not null default false)`,
  'create view call_v1 as select * from call',
  `create table forgotten_call (ordinal bigint generated always as identity, call_id uuid, trace_id text, request_id text)`,
  'create view forgotten_call_v1 as select * from forgotten_call',
  `create table forgotten_user (ordinal bigint generated always as identity, mac text, key_mark text,
     forgotten_at timestamptz default clock_timestamp())`,
  'create view forgotten_user_v1 as select * from forgotten_user',
);
const INGEST_PUBLISHES = ['call_v1', 'forgotten_call_v1', 'forgotten_user_v1'].map((view) => ({
  view,
  to: ['labeling' as const],
}));
const TRAINING = published(
  'training',
  'retrain_v1',
  'create table retrain (id uuid, router text, request jsonb, outputs jsonb, status text, attempt int not null default 1)',
  'create view retrain_v1 as select * from retrain',
);
const REGISTRY = published(
  'registry',
  'candidate_v1',
  `create table candidate (router text, position int, name text, aliases text[], input_price float8, output_price float8,
     cached_input_price float8, max_input_tokens int, max_output_tokens int, capabilities text[], regions text[], available bool)`,
  'create view candidate_v1 as select * from candidate',
  'create table alias (router text, alias text, version_id uuid)',
  'create view alias_v1 as select * from alias',
  'create table version (router text, version int, version_id uuid, manifest_sha256 text)',
  'create view version_v1 as select * from version',
);
const REGISTRY_PUBLISHES = ['candidate_v1', 'alias_v1', 'version_v1'].map((view) => ({
  view,
  to: ['labeling' as const],
}));

const SECRET_KEY = 'ab'.repeat(32);

/** What labeling lives with. */
export const ALL_SERVICES: readonly ServiceDatabase[] = [
  { ...INGEST, publishes: INGEST_PUBLISHES },
  TRAINING,
  { ...REGISTRY, publishes: REGISTRY_PUBLISHES },
  labelingDatabase,
];
export const LABELING_ALONE: readonly ServiceDatabase[] = [labelingDatabase];

/** What testkit's `freshDatabase` gives. */
export interface TestDatabase {
  adminUrl: string;
  urls: Provisioned['urls'];
  drop(): Promise<void>;
}

export interface LoggedCall {
  query: string | null;
  response: string | null;
  messages?: { role: string; content: string }[];
  model?: string;
  status?: string;
  traceId?: string;
  requestId?: string;
  sessionId?: string;
  hasTools?: boolean;
}

export interface Answer<D> {
  data: D;
  errors?: { message: string; extensions: { code: string; nextStep: string } }[];
}

/** As the reconciler of training does: the job of the stage before may not have left the queue yet. */
const ASK_AGAIN_MS = 300;

const DAY = 24 * 60 * 60 * 1000;
const START = Date.UTC(2026, 0, 1);
const callId = (n: number): string => {
  const hex = (START + n * 1000).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${String(n).padStart(12, '0')}`;
};

/** The service with its own database, asked as a client asks it. */
export class RunningLabeling {
  private service: RunningService | null = null;
  private logged = 0;
  /** Takes effect with the next `up`. */
  labelPolicy = DEFAULT_LABEL_POLICY;
  objectStoreUrl = 'file:///nowhere';

  private constructor(
    private readonly database: TestDatabase,
    readonly admin: pg.Client,
  ) {}

  /** On a database that was provisioned for it. */
  static async start(database: TestDatabase): Promise<RunningLabeling> {
    const admin = new pg.Client({ connectionString: database.adminUrl });
    await admin.connect();
    const running = new RunningLabeling(database, admin);
    await running.up();
    return running;
  }

  async up(role: ServiceEnvironment['role'] = 'all'): Promise<void> {
    this.service = await startService(labelingService, this.environment(role));
  }

  /** What a process of its own would have to be told. */
  environment(role: ServiceEnvironment['role']): ServiceEnvironment {
    return {
      ...{
        databaseUrl: this.database.urls.labeling,
        queueUrl: this.database.urls.queue,
        objectStoreUrl: this.objectStoreUrl,
      },
      ...{
        outboundAllow: 'loopback',
        traceFiles: '',
        labelPolicy: this.labelPolicy,
        awsRoleAllow: '',
        embedder: { provider: 'use-lite' },
        secretKey: SECRET_KEY,
        host: '127.0.0.1',
        port: 0,
        role,
        logLevel: 'error',
      },
    };
  }

  async down(): Promise<void> {
    await this.service?.close();
    this.service = null;
  }

  async end(): Promise<void> {
    await this.down();
    await this.admin.end();
    await this.database.drop();
  }

  get url(): string {
    return this.service?.url ?? '';
  }

  async graph<D = unknown>(query: string, variables: Record<string, unknown> = {}): Promise<Answer<D>> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const answer: unknown = await response.json();
    if (!isAnswer<D>(answer)) throw new TypeError('the service did not answer as GraphQL does');
    return answer;
  }

  /** Stores calls, a day apart for every hundred; @returns their ids */
  async log(calls: readonly LoggedCall[]): Promise<string[]> {
    const rows = calls.map((call) => {
      const n = this.logged++;
      return { ...call, id: callId(n), n, startedAt: new Date(START + n * (DAY / 100)).toISOString() };
    });
    await this.admin.query(
      `insert into ingest.call (id, trace_id, span_id, started_at, response_time_seconds, query, messages, response,
         response_model, model_name, input_tokens, output_tokens, status, session_id, request_id, has_tools)
       select id, coalesce("traceId", 'trace-' || n), 'span', "startedAt", 1, query, messages, response, coalesce(model, 'a'),
         coalesce(model, 'a'), 100, 50, coalesce(status, 'OK'), "sessionId", "requestId", coalesce("hasTools", false)
       from jsonb_to_recordset($1::jsonb) as c(id uuid, n int, "traceId" text, "startedAt" timestamptz, query text,
         messages jsonb, response text, model text, status text, "sessionId" text, "requestId" text, "hasTools" bool)`,
      [JSON.stringify(rows)],
    );
    return rows.map(({ id }) => id);
  }

  /** As ingest does when it removes calls, and has removed them before. */
  async forget(callIds: readonly string[]): Promise<void> {
    await this.admin.query(
      `with gone as (delete from ingest.call where id = any($1::uuid[]) returning id, trace_id, request_id)
       insert into ingest.forgotten_call (call_id, trace_id, request_id) select id, trace_id, request_id from gone`,
      [callIds],
    );
  }

  async forgetUser(userId: string, secretKey = SECRET_KEY): Promise<void> {
    await this.admin.query('insert into ingest.forgotten_user (mac, key_mark) values ($1, $2)', [
      userMac(userId, secretKey),
      keyMark(secretKey),
    ]);
  }

  /** Until everything that is forgotten was erased. */
  async erased(): Promise<void> {
    for (const what of ['call', 'user']) {
      const behind = `select from ingest.forgotten_${what}_v1 where ordinal > coalesce((
        select ordinal from labeling.forgotten_mark where what = '${what}'), 0)`;
      while ((await this.rows(behind)).length > 0) await delay(50);
    }
  }

  async rows<T extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await this.admin.query<T>(sql, values)).rows;
  }

  async createLabeler(
    input: Record<string, unknown>,
  ): Promise<Answer<{ createLabeler: { name: string; version: string; calibrated: boolean } }>> {
    return this.graph(
      'mutation ($input: CreateLabelerInput!) { createLabeler(input: $input) { name version calibrated } }',
      { input },
    );
  }

  async label(input: Record<string, unknown>): Promise<RunAnswer> {
    return this.runEnded(await this.requestLabels(input));
  }

  async requestLabels(input: Record<string, unknown>): Promise<string> {
    const { data, errors } = await this.graph<{ labelCalls: { id: string } } | null>(
      'mutation ($input: LabelCallsInput!) { labelCalls(input: $input) { id } }',
      { input },
    );
    return data?.labelCalls.id ?? JSON.stringify(errors);
  }

  async runEnded(id: string): Promise<RunAnswer> {
    for (;;) {
      const { labelingRun } = (await this.graph<{ labelingRun: RunAnswer }>(FOLLOW_RUN, { id })).data;
      if (labelingRun.status !== 'QUEUED' && labelingRun.status !== 'RUNNING') return labelingRun;
      await delay(20);
    }
  }

  async replay(input: Record<string, unknown>): Promise<ReplayAnswer> {
    const { data, errors } = await this.graph<{ replayCalls: { id: string } } | null>(
      'mutation ($input: ReplayCallsInput!) { replayCalls(input: $input) { id } }',
      { input },
    );
    if (!data) throw new Error(JSON.stringify(errors));
    return this.replayEnded(data.replayCalls.id);
  }

  async replayEnded(id: string): Promise<ReplayAnswer> {
    for (;;) {
      const { data, errors } = await this.graph<{ replay: ReplayAnswer }>(FOLLOW_REPLAY, { id });
      // A spec that cuts connections may cut the one of this question.
      if (!errors && data.replay.status !== 'QUEUED' && data.replay.status !== 'RUNNING') return data.replay;
      await delay(20);
    }
  }

  async addRouter(
    router: string,
    candidates: readonly { name: string; aliases?: string[]; price?: number }[],
  ): Promise<void> {
    for (const [position, { name, aliases = [], price = null }] of candidates.entries()) {
      await this.admin.query(
        `insert into registry.candidate values ($1, $2, $3, $4, $5, $5, null, null, null, '{}', '{}', true)`,
        [router, position, name, aliases, price],
      );
    }
  }

  /** As registry publishes a version under an alias. */
  async deploy(router: string, alias: string, version: number, manifestSha256: string): Promise<void> {
    await this.admin.query('delete from registry.alias where router = $1 and alias = $2', [router, alias]);
    await this.admin.query(
      `with made as (insert into registry.version values ($1, $3, gen_random_uuid(), $4) returning version_id)
       insert into registry.alias select $1, $2, version_id from made`,
      [router, alias, version, manifestSha256],
    );
  }

  async startRetrain(id: string, router: string, request: Partial<RetrainRequest>): Promise<void> {
    await this.admin.query('delete from training.retrain where id = $1', [id]);
    await this.admin.query(`insert into training.retrain values ($1, $2, $3, '{}', 'RUNNING')`, [
      id,
      router,
      JSON.stringify({ ...REQUEST, ...request }),
    ]);
  }

  /** Asks for a stage of a retrain, which nobody follows. */
  async command(id: string, stage: 'label' | 'replay'): Promise<void> {
    const queue = new JobQueue({
      url: this.database.urls.queue,
      applicationName: 'spec',
      log: { error: () => undefined, warn: () => undefined },
    });
    await commandStage(queue, 'labeling', id, stage);
    await queue.close();
  }

  /** Runs a stage of a retrain as training would, until it reports its end. */
  async stage(
    id: string,
    stage: 'label' | 'replay',
    router: string,
    request: Partial<RetrainRequest>,
  ): Promise<RetrainEvent[]> {
    const queue = new JobQueue({
      url: this.database.urls.queue,
      applicationName: 'spec',
      log: { error: () => undefined, warn: () => undefined },
    });
    await this.startRetrain(id, router, request);
    const events: RetrainEvent[] = [];
    const ended = new Promise<void>((resolve) => {
      const take = route(retrainEventJob, async (event) => {
        if (event.retrainId !== id) return;
        if (event.status !== 'RUNNING' || event.progress) events.push(event);
        if (event.status !== 'RUNNING') resolve();
      });
      queue.work(EVENTS_QUEUE, [take], 1);
    });
    const ask = () => void commandStage(queue, 'labeling', id, stage);
    ask();
    const again = setInterval(ask, ASK_AGAIN_MS);
    await ended.finally(() => clearInterval(again));
    await queue.close();
    return events;
  }
}

const REQUEST: RetrainRequest = {
  ...{ routerTypes: ['knn'], judgeBudgetUsd: 0, replayBudgetUsd: 0, replayEndpoint: null, replayTestPrompts: 0 },
  ...{ replayTrainPrompts: 0, judgeSample: 0, testShare: 0.3, embargoSeconds: 0, promoteIfGatePasses: true, seed: 7 },
};

function isAnswer<D>(value: unknown): value is Answer<D> {
  return typeof value === 'object' && value !== null && ('data' in value || 'errors' in value);
}

interface ProblemAnswer {
  code: string;
  message: string;
  nextStep: string;
}
export interface RunAnswer {
  id: string;
  status: string;
  progress: { done: number; total: number | null; unit: string; costUsd: number | null };
  labelled: number;
  abstained: number;
  unparseable: number;
  spentUsd: number;
  unpriced: number;
  feedbackJoined: number;
  notes: string[];
  problem: ProblemAnswer | null;
}
export interface ReplayAnswer {
  id: string;
  status: string;
  prompts: number;
  cellCount: number;
  failedCells: number;
  skippedForTools: number;
  spentUsd: number;
  unpriced: number;
  notes: string[];
  expectedHalfWidth: number | null;
  expectedCostUsd: number | null;
  problem: ProblemAnswer | null;
}

const FOLLOW_RUN = `query ($id: ID!) { labelingRun(id: $id) { id status progress { done total unit costUsd } labelled abstained
  unparseable spentUsd unpriced feedbackJoined notes problem { code message nextStep } } }`;
const FOLLOW_REPLAY = `query ($id: ID!) { replay(id: $id) { id status prompts cellCount failedCells skippedForTools spentUsd unpriced notes
  expectedHalfWidth expectedCostUsd problem { code message nextStep } } }`;
