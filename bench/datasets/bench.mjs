// Outcomes that a dataset is frozen from in a second, against a bare COPY of the same join, and the memory that it takes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { provision, startEmbeddedPostgres } from '@signalbox/database';
import { freePort } from '@signalbox/testkit';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { SERVICE_DATABASES } from '../../apps/standalone/dist/services.js';
import { knownCalls } from '../../apps/training/dist/datasets/known-calls.sql.js';
import { graph } from '../ingest/servers.mjs';
import { withServer } from '../queue/servers.mjs';
import { median, round } from '../statistics.mjs';

const MAIN = fileURLToPath(new URL('../../apps/training/dist/main.js', import.meta.url));
/** One outcome each, which is what most memory and work goes to for as many outcomes. */
const OUTCOMES = 1_000_000;
const GOAL = 0.7;
const LOOK_MS = 100;
const ROUTER = 'bench';

/** Prompts of 50 words, one of 20 of which is asked again in a few other words. */
const FILL = `
  insert into ingest.llm_call (id, trace_id, span_id, source_id, dialect, started_at, response_time_seconds, query, response,
    model_name, cost_usd, cost_estimated, chosen_candidate, propensity, probabilities, status, has_tools, truncated)
  select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 19))::uuid,
    md5(n::text), substr(md5('span ' || n), 1, 16), gen_random_uuid(), 'genai', moment, 1 + n % 7, words, 'an answer',
    'model ' || n % 3, 0.001, false, 'model ' || n % 3, 0.5, '{"model 0": 0.5, "model 1": 0.25, "model 2": 0.25}', 'OK', false, false
  from (
    select n, timestamptz '2026-01-01T00:00:00Z' + n * interval '9 seconds' as moment,
      (select string_agg('w' || (hashint4(origin * 64 + k) & 4095), ' ' order by k) || case when n = origin then '' else ' again' end
       from generate_series(1, 50) k) as words
    from (select n, case when n % 20 = 0 then n - 7 else n end as origin from generate_series(1, ${OUTCOMES}) n) origins) drawn`;

const LABEL = `
  insert into labeling.performance (call_id, performance, kind, labeler)
  select id, ('x' || substr(md5(id::text), 1, 4))::bit(16)::int / 65535.0, 'METRIC', 'exact@1' from ingest.llm_call`;

const CANDIDATES = `
  insert into registry.router (id, name, gate, settings_sha256, created_by) values (gen_random_uuid(), '${ROUTER}', '{}', 'x', 'bench');
  insert into registry.candidate (router_id, position, name, aliases, capabilities, regions, available)
  select id, n, 'model ' || n, '{}', '{}', '{}', true from registry.router, generate_series(0, 2) n`;

/** The service as one process of its own, on a PostgreSQL of its own. */
const TRAINING = {
  async start(folder) {
    const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), logFile: join(folder, 'log') });
    const { urls } = await provision(postgres.adminUrl, SERVICE_DATABASES);
    const admin = new pg.Client({ connectionString: postgres.adminUrl });
    await admin.connect();
    for (let month = 0; month < 12; month += 1) {
      const first = new Date(Date.UTC(2026, month, 1)).toISOString().slice(0, 10);
      await admin.query('select ingest.ensure_call_partition($1)', [first]);
    }
    for (const statement of [FILL, LABEL, CANDIDATES, 'vacuum analyze']) await admin.query(statement);
    await admin.end();
    const objects = join(folder, 'objects');
    const port = await freePort();
    const child = spawn(process.execPath, ['--max-old-space-size=512', '--max-semi-space-size=8', MAIN], {
      env: {
        ...{
          TRAINING_DATABASE_URL: urls.training,
          QUEUE_URL: urls.queue,
          OBJECT_STORE_URL: pathToFileURL(objects).href,
        },
        ...{
          SIGNALBOX_SECRET_KEY: 'ab'.repeat(32),
          TRAINING_PORT: String(port),
          LOG_LEVEL: 'warn',
          MALLOC_ARENA_MAX: '2',
        },
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const ended = once(child, 'exit');
    const url = `http://127.0.0.1:${port}`;
    while ((await fetch(`${url}/readyz`).catch(() => null))?.status !== 200) {
      if (child.exitCode !== null) throw new Error('training does not start');
      await delay(LOOK_MS);
    }
    const stop = async () => {
      child.kill('SIGTERM');
      await ended;
      await postgres.stop();
    };
    return { url, pid: child.pid, objects, databaseUrl: urls.training, stop };
  },
};

export async function measure({ runs, tell }) {
  tell(`  filling ${OUTCOMES} calls`);
  const measured = await withServer(TRAINING, async (_, training) => {
    const all = [];
    for (let n = 1; n <= runs; n += 1) {
      const copy = await copied(training.databaseUrl);
      const built = await frozen(training, n);
      const memory = await peakMebibytes(training.pid);
      tell(`  run ${n}: frozen in ${round(built, 1)} s, copied in ${round(copy, 1)} s, at most ${memory} MiB`);
      all.push({ ours: OUTCOMES / built, copy: OUTCOMES / copy, memory });
      await rm(join(training.objects, 'datasets'), { recursive: true, force: true });
    }
    return all;
  });
  const rates = measured.map(({ ours }) => ours);
  const memory = measured.map(({ memory }) => memory);
  const ratios = measured.map(({ ours, copy }) => ours / copy);
  return [
    {
      ...{
        path: 'datasets/freeze',
        ours: round(median(rates), 0),
        peer: round(median(measured.map(({ copy }) => copy)), 0),
      },
      ...{ unit: 'outcomes/s', ratio: round(median(ratios), 3), goal: GOAL },
      spread: [round(Math.min(...rates), 0), round(Math.max(...rates), 0)],
    },
    {
      ...{
        path: 'datasets/memory',
        ours: median(memory),
        peer: 1024,
        unit: 'MiB',
        ratio: round(1024 / median(memory), 2),
      },
      ...{ goal: 1, spread: [Math.min(...memory), Math.max(...memory)] },
    },
  ];
}

/** @returns seconds */
async function frozen({ url }, seed) {
  const start = performance.now();
  const build = 'mutation ($input: BuildDatasetInput!) { made: buildDataset(input: $input) { id } }';
  const { made } = await graph(url, build, { input: { router: ROUTER, seed } });
  const follow = 'query ($id: ID!) { dataset(id: $id) { status outcomes leakReport problem { code message } } }';
  for (;;) {
    const { dataset } = await graph(url, follow, { id: made.id });
    if (dataset.status === 'SUCCEEDED') {
      if (dataset.outcomes !== OUTCOMES || !dataset.leakReport.clean) throw new Error(JSON.stringify(dataset));
      return (performance.now() - start) / 1000;
    }
    if (!['QUEUED', 'RUNNING'].includes(dataset.status)) throw new Error(`it ended: ${JSON.stringify(dataset)}`);
    await delay(LOOK_MS);
  }
}

/** As the service asks for it, by the role that it has. @returns seconds */
async function copied(databaseUrl) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const names = JSON.stringify(Object.fromEntries([0, 1, 2].map((n) => [`model ${n}`, `model ${n}`])));
  const sql = knownCalls('true')
    .replaceAll('$1', 'null')
    .replaceAll('$2', `'${ROUTER}'`)
    .replaceAll('$3', `'${names}'`);
  const start = performance.now();
  const stream = client.query(copyTo(`copy (${sql}) to stdout`));
  stream.resume();
  await once(stream, 'end');
  const seconds = (performance.now() - start) / 1000;
  await client.end();
  return seconds;
}

/** Of the whole process since it began, its thread of work among it. */
async function peakMebibytes(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
}
