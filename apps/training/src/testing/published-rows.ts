import { pathToFileURL } from 'node:url';
import type { ServiceName } from '@signalbox/contracts';
import type { connect, ServiceDatabase } from '@signalbox/database';
import { textHash } from '@signalbox/datasets';
import { spaceId, USE_LITE_SPACE } from '@signalbox/embedders';
import { openObjectStore } from '@signalbox/object-store';
import { writeArtefact } from '@signalbox/runtime';

type Admin = Awaited<ReturnType<typeof connect>>;

export const ROUTER = 'support-bot';
export const CANDIDATES = ['small', 'medium', 'large'];
const COSTS = [0.0002, 0.001, 0.004];
/** Chance of a right answer by family and candidate. */
const SKILL = [
  [0.95, 0.9, 0.9],
  [0.1, 0.5, 0.92],
];
export const CALLS = 600;
export const { dim: DIM } = USE_LITE_SPACE;

function published(
  service: ServiceName,
  views: Record<string, string>,
  to: ServiceName[] = ['training'],
): ServiceDatabase {
  class Views1700000000001 {
    async up(runner: { query(statement: string): Promise<unknown> }): Promise<void> {
      for (const [view, columns] of Object.entries(views)) {
        await runner.query(`create table ${view}_rows (${columns}); create view ${view} as select * from ${view}_rows`);
      }
    }
    async down(): Promise<void> {}
  }
  return { service, migrations: [Views1700000000001], publishes: Object.keys(views).map((view) => ({ view, to })) };
}

/** What the other services publish, over plain tables. */
export const OTHERS: ServiceDatabase[] = [
  published('ingest', {
    call_v1: `id uuid, source_id uuid, started_at timestamptz, response_time_seconds float8, query text, response text,
      request_model text, response_model text, model_name text, cost_usd float8, session_id text, user_id text, status text,
      chosen_candidate text, propensity float8, probabilities jsonb, has_tools bool, truncated bool`,
    forgotten_call_v1: 'ordinal bigint, call_id uuid',
  }),
  published('labeling', {
    performance_v1: 'call_id uuid, performance float8, kind text, labeler text',
    replay_cell_v1: `replay_id uuid, retrain_id uuid, call_id uuid, candidate text, performance float8, kind text, labeler text,
      cost_usd float8, response_time_seconds float8, in_random_slice bool`,
    judge_gate_v1: 'labeler text, passes_gate bool, reason text',
    judge_pair_v1: 'call_id uuid, labeler text, judge float8, people float8',
    label_policy_v1: 'policy text',
  }),
  published('embedding', { vector_v1: 'text_hash text, space text, dim int, vector bytea' }),
  published('registry', {
    candidate_v1: `router text, position int, name text, aliases text[], available bool, input_price float8,
      output_price float8, cached_input_price float8`,
    alias_v1: 'router text, alias text, version int',
  }),
];

/** A small generator of its own: the fixture must be the same in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export const idOf = (n: number): string => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
export const HOUR = 3_600_000;
export const START = Date.UTC(2025, 0, 1);

/** The same calls, labels, cells, vectors and candidates each time; only the first `labelled` calls have a label of their own. */
export async function fill(admin: Admin, labelled: number): Promise<void> {
  const random = randomOf(7);
  const words = Array.from({ length: 500 }, (_, k) => `w${(k * 7_919).toString(36)}`);
  const rows = { calls: [] as unknown[], labels: [] as unknown[], cells: [] as unknown[] };
  const vectors: { text_hash: string; vector: string }[] = [];
  for (let n = 0; n < CALLS; n += 1) {
    const family = n % 2;
    const query = Array.from({ length: 14 }, () => words[Math.floor(random() * words.length)]).join(' ');
    const chosen = Math.floor(random() * 3);
    const right = CANDIDATES.map((_, c) => (random() < (SKILL[family]?.[c] ?? 0) ? 1 : 0));
    const vector = Float32Array.from({ length: DIM }, (_, k) => (k === family ? 4 : 0) + random() - 0.5);
    const norm = Math.hypot(...vector);
    vectors.push({
      text_hash: textHash(query),
      vector: Buffer.from(vector.map((value) => value / norm).buffer).toString('hex'),
    });
    rows.calls.push({
      ...{
        id: idOf(n),
        started_at: new Date(START + n * HOUR),
        response_time_seconds: 1 + chosen,
        query,
        response: 'answer',
      },
      // Traces name models in many ways.
      ...[
        { model_name: CANDIDATES[chosen], response_model: 'x', request_model: 'auto' },
        { model_name: 'unknown', response_model: `${CANDIDATES[chosen] ?? ''}-2025-01-01`, request_model: 'auto' },
        { model_name: null, response_model: null, request_model: CANDIDATES[chosen]?.toUpperCase() },
      ][n % 3],
      ...{ cost_usd: COSTS[chosen], session_id: n % 10 === 0 ? `s${n}` : null, status: 'OK' },
      ...{ chosen_candidate: CANDIDATES[chosen], propensity: 1 / 3, has_tools: false, truncated: false },
      probabilities: Object.fromEntries(CANDIDATES.map((name) => [name, 1 / 3])),
    });
    if (n < labelled)
      rows.labels.push({ call_id: idOf(n), performance: right[chosen], kind: 'METRIC', labeler: 'exact@1' });
    if (n % 2 === 1 || n % 4 === 0) continue;
    for (const [c, candidate] of CANDIDATES.entries()) {
      rows.cells.push({
        ...{
          replay_id: idOf(900_000),
          call_id: idOf(n),
          candidate,
          performance: right[c],
          kind: 'METRIC',
          labeler: 'exact@1',
        },
        // A time that nobody will measure again.
        ...{ cost_usd: COSTS[c], response_time_seconds: Math.random(), in_random_slice: true },
      });
    }
  }
  // Cells of the other family too, so that both are in the comparison.
  for (const call of rows.calls.filter((_, n) => n % 4 === 1)) {
    const { id } = call as { id: string };
    const n = Number(id.slice(-6));
    for (const [c, candidate] of CANDIDATES.entries()) {
      const performance = randomOf(n * 31 + c)() < (SKILL[1]?.[c] ?? 0) ? 1 : 0;
      rows.cells.push({
        ...{ replay_id: idOf(900_000), call_id: id, candidate, performance, kind: 'METRIC', labeler: 'exact@1' },
        ...{ cost_usd: COSTS[c], response_time_seconds: Math.random(), in_random_slice: true },
      });
    }
  }
  const insert = (table: string, values: unknown[]) =>
    admin.query(`insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1)`, [
      JSON.stringify(values),
    ]);
  await insert('ingest.call_v1_rows', rows.calls);
  await insert('labeling.performance_v1_rows', rows.labels);
  await insert('labeling.replay_cell_v1_rows', rows.cells);
  await admin.query(
    `insert into embedding.vector_v1_rows select text_hash, $2, $3, decode(vector, 'hex')
     from jsonb_to_recordset($1) as given(text_hash text, vector text)`,
    [JSON.stringify(vectors), spaceId(USE_LITE_SPACE), DIM],
  );
  await insert(
    'registry.candidate_v1_rows',
    CANDIDATES.map((name, position) => ({
      router: ROUTER,
      position,
      name,
      aliases: [`${name}-2025-01-01`],
      available: true,
    })),
  );
}

/** Version 1 of a router: the constant best single candidate. */
export async function deployConstant(admin: Admin, objects: string): Promise<void> {
  const tensor = (values: number[]) => ({ shape: [3], data: Float32Array.from(values) });
  const written = await writeArtefact(openObjectStore(pathToFileURL(objects).href), {
    ...{ router: ROUTER, version: 1, embedding: null, datasetHash: null, metrics: {}, codeVersion: 'spec' },
    model: {
      ...{ type: 'constant', candidates: CANDIDATES, dim: 0, bestSingle: 'large', params: { alwaysBestSingle: 1 } },
      tensors: { qualityMean: tensor([0.5, 0.7, 0.9]), costMean: tensor(COSTS), secondsMean: tensor([1, 2, 3]) },
      tradeoff: { usd: 0, seconds: 0 },
    },
    candidates: CANDIDATES.map((name) => ({
      ...{ name, inputPrice: null, outputPrice: null, cachedInputPrice: null, maxInputTokens: null },
      ...{ capabilities: [], regions: [], available: true },
    })),
    exploration: { epsilon: 0 },
  });
  if (!written.ok) throw new Error(written.error.hint);
  await admin.query(`insert into registry.alias_v1_rows values ($1, 'champion', 1)`, [ROUTER]);
}
