import { createServer, request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { SignalboxError, type StageName } from '@signalbox/contracts';
import { startSampleServers, type SampleServers } from '@signalbox/sample-traffic';
import pg from 'pg';
import { z } from 'zod';
import { GraphClient } from '../apps/standalone/src/quickstart/graph-client.js';
import * as operations from '../apps/standalone/src/quickstart/operations.js';
import { readApplicationRecords } from '../apps/standalone/src/quickstart/sample-process.js';

/** A loop of a few seconds: enough for a dataset that can be trained on, and for a gate that has something to say. */
const CALLS = 700;
export const SAMPLE_SEED = 7;
const SIZES = { judgeSample: 60, replayTestPrompts: 40, replayTrainPrompts: 40 };
export const ROUTER = 'small';
/** Longer than any fault that a test makes. */
const PATIENCE_MS = 180_000;
const LOOK_MS = 100;
/** Less than the 6 s that a lease lives without its holder. */
const GIVEN_BACK_WITHIN_MS = 4_000;

/** Answers that say that the server is not there now: a client asks again, under the same key. */
const AWAY = new Set(['DEPENDENCY_UNAVAILABLE', 'DATABASE_UNREACHABLE', 'QUEUE_UNREACHABLE']);

const stage = z.object({
  stage: z.string(),
  status: z.string(),
  progress: z.object({ done: z.number() }).nullable(),
  problem: z.object({ code: z.string(), message: z.string() }).nullable(),
  waitingFor: z.string().nullable(),
});
const retrain = z.object({
  status: z.string(),
  attempt: z.number(),
  problem: z.object({ code: z.string(), message: z.string() }).nullable(),
  stages: z.array(stage),
});
export type RetrainState = z.infer<typeof retrain>;
const RETRAIN = `query($id: ID!) { retrain(id: $id) { status attempt problem { code message }
  stages { stage status progress { done } problem { code message } waitingFor } } }`;

/** The sample's servers, with a count of what was asked of the one that costs money. */
export interface SmallTraffic {
  servers: SampleServers;
  /** Requests that were answered, each of which somebody pays for. */
  paid(): number;
  close(): Promise<void>;
}

export async function smallTraffic(calls = CALLS): Promise<SmallTraffic> {
  const servers = await startSampleServers({
    seed: SAMPLE_SEED,
    scenario: 'default',
    calls,
    jaegerPort: 0,
    openaiPort: 0,
  });
  let paid = 0;
  const target = new URL(servers.openaiUrl);
  const counting = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const asked = httpRequest({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
      if (method === 'POST') paid += 1;
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    asked.on('error', () => outgoing.destroy());
    outgoing.on('error', () => asked.destroy());
    incoming.pipe(asked);
  });
  await new Promise<void>((resolve) => counting.listen(0, '127.0.0.1', resolve));
  const address = counting.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    servers: { ...servers, openaiUrl: `http://127.0.0.1:${port}/v1` },
    paid: () => paid,
    close: async () => {
      counting.closeAllConnections();
      await new Promise((resolve) => counting.close(resolve));
      await servers.close();
    },
  };
}

/** A client of a gateway that may go away and come back, as a careful one is written: same key, asked again. */
export class SmallLoop {
  constructor(
    /** May change: a server that was killed comes back elsewhere. */
    public url: string,
    private readonly traffic: SmallTraffic,
  ) {}

  async ask<T>(query: string, variables: Record<string, unknown>, shape: z.ZodType<T>): Promise<T> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await new GraphClient(this.url).ask(query, variables, shape);
      } catch (error) {
        const away = error instanceof SignalboxError ? AWAY.has(error.code) : !(error instanceof z.ZodError);
        if (!away || Date.now() > deadline) throw error;
        await delay(LOOK_MS);
      }
    }
  }

  /** Reads the traffic, and makes labelers, feedback and a router. */
  async prepare(): Promise<void> {
    const { jaegerUrl, openaiUrl } = this.traffic.servers;
    await this.until('extraction', await this.extract());
    const records = await readApplicationRecords(jaegerUrl);
    const byMetric = Map.groupBy(records.groundTruth, ({ metric }) => metric);
    const metrics = [...byMetric].map(([metric, rows]) => ({
      ...{ name: `known-${metric}`, kind: 'METRIC', metric },
      groundTruth: rows.map(({ query, answer }) => ({ query, answer })),
    }));
    const judge = { name: 'judge', kind: 'JUDGE', model: 'sample-judge', baseUrl: openaiUrl };
    for (const input of [...metrics, judge]) await this.ask(operations.CREATE_LABELER, { input }, z.unknown());
    for (const [n, row] of records.feedback.slice(0, 40).entries()) {
      await this.ask(
        'mutation($input: SubmitFeedbackInput!) { submitFeedback(input: $input) { id } }',
        { input: { ...row, idempotencyKey: `e2e ${n}` } },
        z.unknown(),
      );
    }
    await this.ask(
      operations.CREATE_ROUTER,
      { input: { name: ROUTER, candidates: records.candidates, idempotencyKey: 'e2e' } },
      z.unknown(),
    );
  }

  /** Asks for the traffic to be read; a second time under another key, when there is nothing new in it. */
  async extract(idempotencyKey = 'e2e'): Promise<string> {
    const { jaegerUrl, from, to } = this.traffic.servers;
    const id = z.object({ made: z.object({ id: z.string() }) });
    const source = {
      name: 'sample',
      kind: 'JAEGER',
      endpoint: jaegerUrl,
      serviceName: 'litellm',
      idempotencyKey: 'e2e',
    };
    const { made } = await this.ask(
      'mutation($input: CreateTraceSourceInput!) { made: createTraceSource(input: $input) { id } }',
      { input: source },
      id,
    );
    const extraction = await this.ask(
      'mutation($input: ExtractTracesInput!) { made: extractTraces(input: $input) { id } }',
      { input: { sourceId: made.id, from, to, idempotencyKey } },
      id,
    );
    return extraction.made.id;
  }

  /** The work that a team may ask for by hand: together with a retrain, every kind of job that there is. */
  async byHand(): Promise<void> {
    const id = z.object({ made: z.object({ id: z.string() }) });
    const make = async (name: string, input: Record<string, unknown>) => {
      const type = `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}Input`;
      const query = `mutation($input: ${type}!) { made: ${name}(input: $input) { id } }`;
      return (await this.ask(query, { input: { ...input, idempotencyKey: 'by hand' } }, id)).made.id;
    };
    const { openaiUrl } = this.traffic.servers;
    await this.until('labelingRun', await make('labelCalls', { labelers: ['judge'], sampleSize: 10, budgetUsd: 1 }));
    const replay = { sampleSize: 5, candidates: ['swift-mini'], router: ROUTER, endpoint: openaiUrl, budgetUsd: 1 };
    await this.until('replay', await make('replayCalls', replay));
    const dataset = await make('buildDataset', { router: ROUTER });
    await this.until('dataset', dataset);
    await this.until('trainingRun', await make('trainRouter', { datasetId: dataset, routerType: 'ridge' }));
  }

  async trigger(key = 'e2e', wish: { embedding?: string; seed?: number } = {}): Promise<string> {
    const { triggerRetrain } = await this.ask(
      operations.TRIGGER_RETRAIN,
      {
        input: {
          ...{ router: ROUTER, reason: 'e2e', seed: 1, judgeBudgetUsd: 5, replayBudgetUsd: 20, ...SIZES },
          ...{ replayEndpoint: this.traffic.servers.openaiUrl, idempotencyKey: key },
          ...wish,
        },
      },
      z.object({ triggerRetrain: z.object({ id: z.string() }) }),
    );
    return triggerRetrain.id;
  }

  async state(id: string): Promise<RetrainState> {
    return (await this.ask(RETRAIN, { id }, z.object({ retrain }))).retrain;
  }

  /** Until `seen` likes the state, or the retrain has ended. */
  async follow(id: string, seen: (state: RetrainState) => boolean = () => false): Promise<RetrainState> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const state = await this.state(id);
      if (seen(state) || !['QUEUED', 'RUNNING'].includes(state.status)) return state;
      if (Date.now() > deadline) throw new Error(`the retrain does not end: ${JSON.stringify(state)}`);
      await delay(LOOK_MS);
    }
  }

  async until(kind: 'extraction' | 'labelingRun' | 'replay' | 'dataset' | 'trainingRun', id: string): Promise<void> {
    const shape = z.object({ found: z.object({ status: z.string() }) });
    for (;;) {
      const { found } = await this.ask(`query($id: ID!) { found: ${kind}(id: $id) { status } }`, { id }, shape);
      if (found.status === 'SUCCEEDED') return;
      if (found.status === 'FAILED') throw new Error(`the ${kind} failed`);
      await delay(LOOK_MS);
    }
  }
}

export const current = (state: RetrainState): StageName | undefined =>
  state.stages.find(({ status }) => status === 'RUNNING')?.stage as StageName | undefined;

/**
 * Everything that a loop leaves in the database that does not depend on when it ran, in one value: two loops over the same traffic
 * that end well have equal ones, whatever happened in between.
 */
export async function finalState(adminUrl: string): Promise<Record<string, unknown>> {
  const client = new pg.Client(adminUrl);
  await client.connect();
  try {
    await leasesGivenBack(client);
    const { rows } = await client.query<{ state: Record<string, unknown> }>(`with extracted as (
      select * from ingest.llm_call where source_id not in (select id from ingest.trace_source where kind = 'OTLP')
    ) select jsonb_build_object(
      'calls', (select count(*) from extracted),
      'resolved', (select md5(string_agg(concat_ws(' ', id, model_name, cost_usd, cost_estimated), ' ' order by id)) from extracted),
      'labels', (select jsonb_agg(to_jsonb(l) order by l.kind) from (
        select kind, count(*) as n, md5(string_agg(concat_ws(' ', call_id, replay_cell_id, labeler_version, user_id, score, abstained),
          ' ' order by call_id, replay_cell_id, labeler, labeler_version, user_id, score)) as digest
        from (select call_id, case when replay_cell_id is null then null else (
            select c.call_id::text || c.candidate from labeling.replay_cell c where c.id = replay_cell_id) end as replay_cell_id,
            kind, labeler, labeler_version, user_id, score, abstained from labeling.label) label
        group by kind) l),
      'cells', (select jsonb_build_object('n', count(*), 'open', count(*) filter (where status = 'OPEN'), 'digest',
        md5(string_agg(concat_ws(' ', call_id, candidate, response, cost_usd, performance), ' ' order by call_id, candidate, performance, label_outcome)))
        from labeling.replay_cell),
      'spent', (select jsonb_agg(round(spent_usd, 9) order by spent_usd) from (
        select spent_usd from labeling.replay union all select spent_usd from labeling.labeling_run) s),
      'vectors', (select jsonb_build_object('n', count(*), 'digest', md5(string_agg(text_hash || encode(sha256(vector), 'hex'), ' '
        order by text_hash))) from embedding.vector),
      'datasets', (select jsonb_agg(hash order by hash) from training.dataset where status = 'SUCCEEDED'),
      'runs', (select jsonb_agg(concat_ws(' ', router_type, status, model_sha256) order by model_sha256, router_type) from training.training_run),
      'evaluations', (select jsonb_agg(md5(record::text) order by md5(record::text)) from training.evaluation),
      'retrains', (select jsonb_agg(status) from training.retrain),
      'versions', (select jsonb_agg(concat_ws(' ', version, router_type, status, gate ->> 'passed') order by version)
        from registry.version),
      'deployments', (select count(*) from registry.deployment),
      'leases', (select count(*) from training.lease where expires_at > now())
    ) as state`);
    return rows[0]?.state ?? {};
  } finally {
    await client.end();
  }
}

/** A job that comes once more after the work is done holds its lease for a moment; one that nobody gives back lives for longer. */
async function leasesGivenBack(client: pg.Client): Promise<void> {
  const deadline = Date.now() + GIVEN_BACK_WITHIN_MS;
  for (;;) {
    const { rowCount } = await client.query('select from training.lease where expires_at > now()');
    if (rowCount === 0 || Date.now() > deadline) return;
    await delay(LOOK_MS);
  }
}
