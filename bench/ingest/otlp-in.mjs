// Spans a second from the body of a request to durable rows, against a bare COPY of rows of the same size under the same primary key.
import { randomUUID } from 'node:crypto';
import { copyInto } from '@signalbox/database';
import pg from 'pg';
import { intervalOfMedian, median, round } from '../statistics.mjs';
import { createSource } from './servers.mjs';
import { protobufOf, SPANS_OF_TRACE, spansOfTrace } from './traffic.mjs';

const GOAL = 0.8;
const TRACES_OF_BODY = 256;
const BODIES_OF_TURN = 8;
const CLIENTS = 4;
const PAIRS_OF_RUN = 5;
const COLUMNS = ['id', 'source_id', 'trace_id', 'spans', 'records'];

export async function otlpIn({ ingest, adminUrl }, { runs, tell }) {
  const clients = Array.from({ length: CLIENTS + 1 }, () => new pg.Client(adminUrl));
  try {
    for (const client of clients) await client.connect();
    return await measure(ingest, clients, { runs, tell });
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

async function measure(ingest, [admin, ...copiers], { runs, tell }) {
  const path = 'ingest/otlp-in';
  tell(path);
  await createSource(ingest, { name: 'otlp', kind: 'OTLP' });
  await admin.query(
    `create table bare (like ingest.received_part including defaults); alter table bare add primary key (id)`,
  );

  let trace = 0;
  const bodies = () =>
    Array.from({ length: BODIES_OF_TURN }, () => {
      trace += TRACES_OF_BODY;
      return protobufOf(Array.from({ length: TRACES_OF_BODY }, (_, n) => spansOfTrace(trace + n, 2)).flat());
    });
  const atOnce = (items, work) => {
    const left = [...items];
    const client = async (n) => {
      for (let item = left.pop(); item; item = left.pop()) await work(item, n);
    };
    return timed(() => Promise.all(Array.from({ length: CLIENTS }, (_, n) => client(n))));
  };
  const ours = (given) =>
    atOnce(given, async (body) => {
      const headers = { 'content-type': 'application/x-protobuf' };
      const { status } = await fetch(`${ingest}/v1/traces`, { method: 'POST', headers, body });
      if (status !== 200) throw new Error(`the receiver answered ${status}`);
    });
  const peer = (rows) => atOnce(rows, (batch, n) => copyInto(copiers[n], 'bare', COLUMNS, batch));

  await ours(bodies());
  const { rows: stored } = await admin.query(
    `select source_id, trace_id, spans from ingest.received_part limit ${TRACES_OF_BODY}`,
  );
  const copies = () =>
    Array.from({ length: BODIES_OF_TURN }, () =>
      stored.map((row) => [randomUUID(), row.source_id, row.trace_id, row.spans, null]),
    );

  const pairs = [];
  for (let n = 0; n < runs * PAIRS_OF_RUN; n += 1) {
    const [given, rows] = [bodies(), copies()];
    const pair = {};
    const turns = [async () => (pair.ours = await ours(given)), async () => (pair.peer = await peer(rows))];
    for (const turn of n % 2 ? turns : turns.toReversed()) await turn();
    pairs.push(pair);
    await admin.query('truncate bare');
  }

  const spans = TRACES_OF_BODY * BODIES_OF_TURN * SPANS_OF_TRACE;
  const ratios = pairs.map((pair) => pair.peer / pair.ours);
  tell(
    `  95 % interval of the ratio ${intervalOfMedian(ratios)
      .map((ratio) => round(ratio))
      .join(' to ')} with ${pairs.length} pairs`,
  );
  const rates = (side) => pairs.map((pair) => round((spans * 1_000) / pair[side], 0));
  return [
    {
      ...{
        path,
        ours: median(rates('ours')),
        peer: median(rates('peer')),
        unit: 'spans/s',
        ratio: round(median(ratios)),
        goal: GOAL,
      },
      spread: [Math.min(...rates('ours')), Math.max(...rates('ours'))],
    },
  ];
}

async function timed(work) {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
