// Search of a text in a million calls, as it is and by an index of trigrams, and what that index would cost.
import { join } from 'node:path';
import { copyInto, provision, startEmbeddedPostgres } from '@signalbox/database';
import pg from 'pg';
import { ingestDatabase } from '../../apps/ingest/dist/index.js';
import { withServer } from '../queue/servers.mjs';
import { median, round } from '../statistics.mjs';
import { callsOf, COLUMNS, RARE, SOURCE } from './calls.mjs';

const CALLS = 1_000_000;
const MORE = 100_000;
/** Calls of a transaction, about as many as a window has. */
const BATCH = 1_000;
const PAGE = 51;
const LOOKS = 5;
const MOST_STORE_RATIO = 1.3;
const MOST_SIZE_SHARE = 0.5;
const INDEX = 'create index call_text on ingest.llm_call using gin (lower(query) public.gin_trgm_ops)';
const DAY = [`call.id >= ingest.id_at('2026-02-10')`, `call.id < ingest.id_at('2026-02-11')`].join(' and ');
/** `%` and `_` are in none of these. */
const SEARCHES = [
  { name: 'rare', text: RARE },
  { name: 'absent', text: 'absent words' },
  { name: 'frequent', text: 'trace' },
  { name: 'rare, of a day', text: RARE, within: DAY },
];
const STAGING =
  'create temp table if not exists call_staging (like ingest.llm_call including defaults) on commit delete rows';
const MERGE = `insert into ingest.llm_call (${COLUMNS.join(', ')}) select ${COLUMNS.join(', ')} from pg_temp.call_staging order by id
  on conflict (id) do nothing`;

const POSTGRES = {
  async start(folder) {
    const server = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), logFile: join(folder, 'log') });
    await provision(server.adminUrl, [ingestDatabase]);
    return { url: server.adminUrl, stop: () => server.stop() };
  },
};

export function measure({ runs, tell }) {
  return withServer(POSTGRES, async (url) => {
    const admin = new pg.Client(url);
    await admin.connect();
    try {
      await fill(admin, tell);
      return await compare(admin, { runs, tell });
    } finally {
      await admin.end();
    }
  });
}

async function fill(admin, tell) {
  await admin.query('create extension pg_trgm with schema public');
  tell(`search: ${CALLS.toLocaleString('en')} calls`);
  for (const month of ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12'])
    await admin.query(`select ingest.ensure_call_partition('2026-${month}-01')`);
  await admin.query(
    `insert into ingest.trace_source (id, name, kind, redaction, settings_mac) values ('${SOURCE}', 's', 'JAEGER', 'OFF', '')`,
  );
  await copyInto(admin, 'ingest.llm_call', COLUMNS, callsOf(1, CALLS));
  await admin.query('vacuum analyze');
}

async function compare(admin, { runs, tell }) {
  const [without, withIndex, builds, sizes] = [[], [], [], []];
  const times = new Map(SEARCHES.map(({ name }) => [name, { scanned: [], indexed: [] }]));
  let next = CALLS + 1;
  for (let run = 0; run < runs; run += 1) {
    without.push(await storeMs(admin, next));
    for (const search of SEARCHES) times.get(search.name).scanned.push(await searchMs(admin, search, SCAN));
    const began = performance.now();
    await admin.query(INDEX);
    builds.push(performance.now() - began);
    sizes.push(await sizesOf(admin));
    withIndex.push(await storeMs(admin, next + MORE));
    for (const search of SEARCHES) times.get(search.name).indexed.push(await searchMs(admin, search, LIKE));
    await admin.query('drop index ingest.call_text');
    next += 2 * MORE;
    tell(`search: run ${run + 1} of ${runs}`);
  }
  const row = (path, ours, peer, unit, ratio, goal) => ({
    ...{ path, ours: round(median(ours)), peer: round(median(peer)), unit, ratio: round(ratio, 3), goal },
    spread: [round(Math.min(...ours)), round(Math.max(...ours))],
  });
  const ratioOf = (ours, peer) => median(peer.map((each, n) => each / ours[n]));
  const mib = (of) => sizes.map((each) => each[of] / 2 ** 20);
  return [
    ...[...times].map(([name, { scanned, indexed }]) =>
      row(`search/${name}`, scanned, indexed, 'ms', ratioOf(scanned, indexed), null),
    ),
    row('search/store', withIndex, without, 'ms', ratioOf(withIndex, without), round(1 / MOST_STORE_RATIO)),
    { ...row('search/build', builds, builds, 'ms', 1, null), peer: null, ratio: null },
    row('search/size', mib('index'), mib('table'), 'MiB', ratioOf(mib('index'), mib('table')), 1 / MOST_SIZE_SHARE),
  ];
}

const SCAN = (text) => [`strpos(lower(call.query), lower($1)) > 0`, text];
const LIKE = (text) => [`lower(call.query) like $1`, `%${text.toLowerCase()}%`];

/** The least of some looks: what else the machine does only adds to the time. */
async function searchMs(admin, { text, within = 'true' }, condition) {
  const [sql, value] = condition(text);
  const looks = [];
  for (let look = 0; look < LOOKS; look += 1) {
    const began = performance.now();
    await admin.query(
      `select call.id from ingest.llm_call call where ${within} and ${sql} order by call.id desc limit ${PAGE}`,
      [value],
    );
    looks.push(performance.now() - began);
  }
  return Math.min(...looks);
}

/** COPY and merge as ingest does them, of calls that are made beforehand. */
async function storeMs(admin, first) {
  const ready = [...callsOf(first, first + MORE - 1)];
  await admin.query('checkpoint');
  const began = performance.now();
  await admin.query(STAGING);
  for (let from = 0; from < ready.length; from += BATCH) {
    await admin.query('begin');
    await copyInto(admin, 'pg_temp.call_staging', COLUMNS, ready.slice(from, from + BATCH));
    await admin.query(MERGE);
    await admin.query('commit');
  }
  return performance.now() - began;
}

/** Bytes of the index, and of the table without indexes. */
async function sizesOf(admin) {
  const { rows } = await admin.query(`
    with part as (select inhrelid as oid from pg_inherits where inhparent = 'ingest.llm_call'::regclass)
    select (select sum(pg_table_size(oid)) from part)::float8 as "table", sum(pg_relation_size(i.indexrelid))::float8 as index
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
    where a.amname = 'gin' and i.indrelid in (select oid from part)`);
  return rows[0];
}
