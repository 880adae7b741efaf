import { createHash, randomUUID } from 'node:crypto';
import { USE_LITE_SPACE, type EmbeddingSpace } from '@signalbox/embedders';
import { connect } from '@signalbox/database';
import type { ObjectStore } from '@signalbox/object-store';
import { startService, type RunningService, type ServiceEnvironment } from '@signalbox/platform';
import { toOnnx, type FittedModel, type RouterType } from '@signalbox/routers';
import { z } from 'zod';
import { registryService } from './index.js';

/** The views of other services, each over a table that a spec fills; granted as `provision` would. */
export const OTHERS = `
  create schema ingest; create schema labeling; create schema training;
  create table ingest.call (id uuid primary key, response_model text, model_name text, chosen_candidate text,
    propensity float8, cost_usd float8, response_time_seconds float8 not null default 1);
  create table labeling.performance (call_id uuid primary key, performance float8, kind text, labeler text);
  create table training.retrain (id uuid primary key, router text, request jsonb, outputs jsonb, status text, attempt int not null default 1);
  create table training.run (id uuid primary key, router_type text, status text, dataset_id uuid, dataset_hash text,
    params jsonb, metrics jsonb, model_uri text, model_sha256 text, model_header jsonb, embedding jsonb, candidates jsonb, evaluation jsonb,
    gate_input jsonb);
  create view ingest.call_v1 as select * from ingest.call;
  create view labeling.performance_v1 as select * from labeling.performance;
  create view training.retrain_v1 as select * from training.retrain;
  create view training.training_run_v1 as select * from training.run;
  grant usage on schema ingest, labeling, training to signalbox_registry;
  grant select on ingest.call_v1, labeling.performance_v1, training.retrain_v1, training.training_run_v1 to signalbox_registry`;

/**
 * From now on no transaction commits that wrote to the table: everything before the commit happens and then nothing is left of it
 * in the database, as after a kill at that moment.
 */
export const failCommitsOf = (table: string): string => `
  create or replace function public.no_commit() returns trigger language plpgsql as $$ begin raise exception 'killed'; end $$;
  create constraint trigger no_commit after insert or update on registry.${table} deferrable initially deferred
    for each row execute function public.no_commit()`;
export const letCommitsOf = (table: string): string => `drop trigger no_commit on registry.${table}`;

export async function sql<T = Record<string, unknown>>(
  url: string,
  statement: string,
  values: unknown[] = [],
): Promise<T[]> {
  const client = await connect(url, 'spec');
  try {
    return (await client.query<T & Record<string, unknown>>(statement, values)).rows;
  } finally {
    await client.end();
  }
}

interface ShownVersion {
  id: string;
  version: number;
  status: string;
  aliases: string[];
  gate: { checks: { name: string; measured: string }[] } | null;
  artifact: { manifest: unknown };
}
interface ShownRouter {
  champion: ShownVersion;
  versions: { edges: { cursor: string; node: ShownVersion }[] };
}

/** What the answers hold, by field, where the spec asked for it. */
interface Shown {
  createRouter: ShownRouter;
  router: ShownRouter | null;
  promote: { deployedAt: string; version: ShownVersion };
  rollback: unknown;
  deployedAt: unknown;
  decide: {
    id: string;
    candidate: string;
    propensity: number;
    routerVersion: string;
    masked: string[];
    scores: { candidate: string; probability: number }[];
    decidedInMicroseconds: number;
  };
  _entities: unknown[];
}
const answer = z.object({
  data: z.custom<Shown>(),
  errors: z.array(z.object({ message: z.string(), extensions: z.object({ code: z.string() }) })).optional(),
});
interface Answer {
  data: Shown;
  code: string | undefined;
  message: string | undefined;
}

export class Registry {
  private constructor(private readonly running: RunningService) {}

  static async start(
    urls: { registry: string; queue: string },
    objectStoreUrl: string,
    role: ServiceEnvironment['role'] = 'api',
  ): Promise<Registry> {
    const running = await startService(registryService, {
      databaseUrl: urls.registry,
      queueUrl: urls.queue,
      objectStoreUrl,
      secretKey: '0'.repeat(64),
      outboundAllow: '',
      traceFiles: '',
      labelPolicy: { precedence: [], labelers: [], weights: {}, allowUncalibrated: [] },
      awsRoleAllow: '',
      embedder: { provider: 'use-lite' },
      host: '127.0.0.1',
      port: 0,
      role,
      logLevel: 'error',
    });
    return new Registry(running);
  }

  async ask(query: string, variables: Record<string, unknown> = {}): Promise<Answer> {
    const response = await fetch(this.running.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = answer.parse(await response.json());
    return { data, code: errors?.[0]?.extensions.code, message: errors?.[0]?.message };
  }

  stop(): Promise<void> {
    return this.running.close();
  }
}

/** A ridge that prefers `small` for every prompt. */
export function trainedModel(dim = USE_LITE_SPACE.dim, type: RouterType = 'ridge'): FittedModel {
  const of = (...data: number[]) => ({ shape: [data.length], data: Float32Array.from(data) });
  const weights = { shape: [dim, 2], data: new Float32Array(2 * dim) };
  const anchor = new Float32Array(dim);
  anchor[0] = 1;
  return {
    type,
    candidates: ['large', 'small'],
    dim,
    bestSingle: 'large',
    params: { penalty: 1, familiarity: -1 },
    tensors: {
      qualityMean: of(0.7, 0.6),
      costMean: of(0.01, 0.001),
      secondsMean: of(2, 1),
      centre: { shape: [dim], data: new Float32Array(dim) },
      qualityWeights: weights,
      qualityBias: of(0.6, 0.8),
      costWeights: weights,
      costBias: of(0.01, 0.001),
      secondsWeights: weights,
      secondsBias: of(2, 1),
      anchors: { shape: [1, dim], data: anchor },
    },
    tradeoff: { usd: 0, seconds: 0 },
  };
}

/** Paired outcomes on 400 prompts: the challenger answers as well or better, for a tenth of the cost. */
export function gateInput(challengerQuality: (prompt: number) => number, champion: string): Record<string, unknown> {
  const prompts = Array.from({ length: 400 }, (_, i) => i);
  const constant = (name: string) => ({
    name,
    choices: prompts.map(() => 'large'),
    quality: prompts.map((i) => (i % 10 < 7 ? 1 : 0)),
    costUsd: prompts.map(() => 0.01),
  });
  return {
    challenger: {
      name: 'ridge',
      choices: prompts.map(() => 'small'),
      quality: prompts.map(challengerQuality),
      costUsd: prompts.map((i) => (i === 0 ? null : 0.001)),
    },
    champion: constant(champion),
    bestSingle: constant('best single candidate'),
    groups: prompts.map(String),
  };
}

/** A finished training run and the retrain that it is part of, as training's views tell of them. */
export async function retrainWith(
  adminUrl: string,
  store: ObjectStore,
  router: string,
  options: { gateInput?: unknown; model?: FittedModel; embedding?: EmbeddingSpace; promote?: boolean } = {},
): Promise<string> {
  const model = options.model ?? trainedModel();
  const bytes = toOnnx(model);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const key = `models/${sha256}/model.onnx`;
  await store.put(key, bytes);
  const trainingRunId = randomUUID();
  const { type, candidates, dim, bestSingle, params, tradeoff } = model;
  await sql(
    adminUrl,
    `insert into training.run values ($1, $2, 'SUCCEEDED', null, $3, '{}', '{"signalZ": 4.5, "gain": null}', $4, $5, $6, $7, $8, null, $9)`,
    [
      trainingRunId,
      model.type,
      'd'.repeat(64),
      store.urlOf(key),
      sha256,
      JSON.stringify({ type, candidates, dim, bestSingle, params, tradeoff }),
      JSON.stringify(options.embedding ?? USE_LITE_SPACE),
      JSON.stringify(model.candidates),
      options.gateInput === undefined ? null : JSON.stringify(options.gateInput),
    ],
  );
  const retrainId = randomUUID();
  const request = {
    routerTypes: ['ridge'],
    judgeBudgetUsd: 0,
    replayBudgetUsd: 0,
    replayEndpoint: null,
    replayTestPrompts: 400,
    replayTrainPrompts: 300,
    judgeSample: 0,
    testShare: 0.2,
    embargoSeconds: 0,
    promoteIfGatePasses: options.promote ?? true,
    seed: 1,
  };
  const outputs = { train: { trainingRunId, runs: {} }, evaluate: { trainingRunId, evaluationId: randomUUID() } };
  await sql(adminUrl, `insert into training.retrain values ($1, $2, $3, $4, 'RUNNING')`, [
    retrainId,
    router,
    JSON.stringify(request),
    JSON.stringify(outputs),
  ]);
  return retrainId;
}
