// Answers that a judge scores a second, against what a judge of 200 ms gives when it always has as many requests as the service may
// have in flight.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { provision, startEmbeddedPostgres } from '@signalbox/database';
import { freePort } from '@signalbox/testkit';
import pg from 'pg';
import { ingestDatabase } from '../../apps/ingest/dist/index.js';
import { IN_FLIGHT } from '../../apps/labeling/dist/answering/in-flight.js';
import { labelingDatabase } from '../../apps/labeling/dist/index.js';
import { graph } from '../ingest/servers.mjs';
import { withServer } from '../queue/servers.mjs';
import { median, round } from '../statistics.mjs';

const MAIN = fileURLToPath(new URL('../../apps/labeling/dist/main.js', import.meta.url));
const JUDGE = fileURLToPath(new URL('./judge.mjs', import.meta.url));
const JUDGE_MS = 200;
const CALLS = 4_000;
const GOAL = 0.95;
const LOOK_MS = 50;

const FILL = `
  insert into ingest.llm_call (id, trace_id, span_id, source_id, dialect, started_at, response_time_seconds, query, response,
    model_name, cost_estimated, status, has_tools, truncated)
  select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 19))::uuid,
    md5(n::text), substr(md5('span ' || n), 1, 16), gen_random_uuid(), 'genai', moment, 1, 'question ' || n || repeat(' word', 50),
    repeat('answer ', 50) || n, 'model', false, 'OK', false, false
  from (select n, timestamptz '2026-01-01T00:00:00Z' + n * interval '9 seconds' as moment from generate_series(1, ${CALLS}) n) drawn`;

/** The service as one process of its own, on a PostgreSQL of its own with calls that nobody has labelled. */
const LABELING = {
  async start(folder) {
    const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), logFile: join(folder, 'log') });
    const { urls } = await provision(postgres.adminUrl, [ingestDatabase, labelingDatabase]);
    const admin = new pg.Client({ connectionString: postgres.adminUrl });
    await admin.connect();
    await admin.query(`select ingest.ensure_call_partition('2026-01-01')`);
    await admin.query(FILL);
    await admin.end();
    const port = await freePort();
    const child = spawn(process.execPath, [MAIN], {
      env: {
        ...{ LABELING_DATABASE_URL: urls.labeling, QUEUE_URL: urls.queue, OBJECT_STORE_URL: 'file:///tmp/unused' },
        ...{
          SIGNALBOX_SECRET_KEY: 'ab'.repeat(32),
          OUTBOUND_ALLOW: 'loopback',
          LABELING_PORT: String(port),
          LOG_LEVEL: 'warn',
        },
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const ended = once(child, 'exit');
    const url = `http://127.0.0.1:${port}`;
    while ((await fetch(`${url}/readyz`).catch(() => null))?.status !== 200) {
      if (child.exitCode !== null) throw new Error('labeling does not start');
      await delay(LOOK_MS);
    }
    const stop = async () => {
      child.kill('SIGTERM');
      await ended;
      await postgres.stop();
    };
    return { url, stop };
  },
};

const SLOW_JUDGE = {
  async start() {
    const child = spawn(process.execPath, [JUDGE, String(JUDGE_MS)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [url] = await once(createInterface(child.stdout), 'line');
    return { url, stop: () => child.kill() };
  },
};

export async function measure({ runs, tell }) {
  const ideal = (IN_FLIGHT * 1_000) / JUDGE_MS;
  const measured = await withServer(LABELING, async (labeling) => {
    const all = [];
    for (let n = 1; n <= runs; n++) {
      all.push(await withServer(SLOW_JUDGE, (judge) => label(labeling, judge, `judge ${n}`)));
      const { rate, mean, most } = all.at(-1);
      tell(`  run ${n}: ${round(rate, 1)} answers/s, ${round(mean, 2)} in flight on average, ${most} at the most`);
    }
    return all;
  });
  const row = (path, values, peer, unit) => ({
    ...{ path, ours: round(median(values)), peer, unit, ratio: round(median(values) / peer, 3), goal: GOAL },
    spread: [round(Math.min(...values)), round(Math.max(...values))],
  });
  return [
    row(
      'labeling/judged',
      measured.map(({ rate }) => rate),
      ideal,
      'answers/s',
    ),
    row(
      'labeling/in-flight',
      measured.map(({ mean }) => mean),
      IN_FLIGHT,
      'requests',
    ),
  ];
}

/** Each run has a judge of its own, since verdicts on equal answers are kept. */
async function label(labeling, judge, name) {
  const settings = { kind: 'JUDGE', model: 'judge', baseUrl: `${judge}/v1`, allowUncalibrated: true };
  const create = 'mutation ($input: CreateLabelerInput!) { createLabeler(input: $input) { name } }';
  await graph(labeling, create, { input: { name, ...settings } });
  const start = 'mutation ($input: LabelCallsInput!) { made: labelCalls(input: $input) { id } }';
  const { made } = await graph(labeling, start, { input: { labelers: [name], sampleSize: CALLS, budgetUsd: 1 } });
  const follow = 'query ($id: ID!) { run: labelingRun(id: $id) { status labelled problem { code } } }';
  for (;;) {
    const { run } = await graph(labeling, follow, { id: made.id });
    if (run.status === 'SUCCEEDED' && run.labelled === CALLS) break;
    if (!['QUEUED', 'RUNNING'].includes(run.status)) throw new Error(`the run ended: ${JSON.stringify(run)}`);
    await delay(LOOK_MS);
  }
  const { most, mean, seconds } = await (await fetch(`${judge}/inFlight`)).json();
  return { rate: CALLS / seconds, mean, most };
}
