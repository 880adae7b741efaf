// Texts a second of USE-lite through createEmbedder with one worker, against the same model run bare in this process; and what a second
// run of the same texts through the embedding service's stage asks of the model, which is nothing.
import 'reflect-metadata';
import { join } from 'node:path';
import { dataSourceFor, Forgotten, provision, startEmbeddedPostgres } from '@signalbox/database';
import { createEmbedder, OwnEmbedder } from '@signalbox/embedders';
import { DataSource } from 'typeorm';
import { embeddingDatabase } from '../../apps/embedding/dist/index.js';
import { EmbedStage } from '../../apps/embedding/dist/vectors/embed.stage.js';
import { VectorsRepository } from '../../apps/embedding/dist/vectors/vectors.repository.js';
import { withServer } from '../queue/servers.mjs';
import { intervalOfMedian, median, round } from '../statistics.mjs';
import { bareModel } from './bare.mjs';
import { prompts } from './prompts.mjs';

const GOAL = 0.95;
const PAIRS = 4;
const TEXTS = 64;
const STAGE_TEXTS = 200;

export async function measure({ runs, tell }) {
  return [await throughput({ runs, tell }), await withServer(POSTGRES, (urls) => secondRun(urls, tell))];
}

async function throughput({ runs, tell }) {
  const embedder = await createEmbedder({ provider: 'use-lite', workers: 1 });
  const bare = await bareModel();
  const sides = { ours: (texts) => embedder.embedAll(texts), peer: bare };
  for (const side of Object.values(sides)) await side(prompts(TEXTS, -1));
  const pairs = [];
  for (let n = 0; n < runs * PAIRS; n++) {
    const pair = {};
    // Each side begins as often, and no pair has the texts of another.
    for (const side of n % 2 ? ['ours', 'peer'] : ['peer', 'ours'])
      pair[side] = await rate(sides[side], prompts(TEXTS, n));
    pairs.push(pair);
    tell(`  pair ${n + 1}: ${round(pair.ours, 1)} and ${round(pair.peer, 1)} texts/s`);
  }
  await embedder.close();
  const of = (side) => pairs.map((pair) => pair[side]);
  const ratios = pairs.map(({ ours, peer }) => ours / peer);
  tell(
    `  95 % interval of the ratio ${intervalOfMedian(ratios)
      .map((ratio) => round(ratio))
      .join(' to ')}`,
  );
  return {
    ...{ path: 'embedding/use-lite', ours: round(median(of('ours')), 1), peer: round(median(of('peer')), 1) },
    ...{ unit: 'texts/s', ratio: round(median(ratios)), goal: GOAL },
    spread: [round(Math.min(...of('ours')), 1), round(Math.max(...of('ours')), 1)],
  };
}

async function rate(embed, texts) {
  const start = performance.now();
  await embed(texts);
  return (texts.length * 1_000) / (performance.now() - start);
}

/** A database in which the views of other services are plain tables. */
const POSTGRES = {
  async start(folder) {
    const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), logFile: join(folder, 'log') });
    const { urls } = await provision(postgres.adminUrl, [...OTHERS, embeddingDatabase]);
    return { url: { embedding: urls.embedding, admin: postgres.adminUrl }, stop: () => postgres.stop() };
  },
};

const other = (service, views) => ({
  service,
  migrations: [
    class Views1700000000001 {
      async up(runner) {
        for (const [view, columns] of Object.entries(views))
          await runner.query(
            `create table ${view}_rows (${columns}); create view ${view} as select * from ${view}_rows`,
          );
      }
      async down() {}
    },
  ],
  publishes: Object.keys(views).map((view) => ({ view, to: ['embedding'] })),
});
const OTHERS = [
  other('ingest', {
    call_v1: 'id uuid, status text, query text, response text, has_tools bool, truncated bool',
    forgotten_call_v1: 'ordinal bigint, call_id uuid, trace_id text, request_id text',
  }),
  other('labeling', { performance_v1: 'call_id uuid, performance float8', replay_cell_v1: 'call_id uuid' }),
];

async function secondRun({ embedding, admin }, tell) {
  const from = new DataSource(dataSourceFor('embedding', embedding, []));
  const filling = new DataSource({ type: 'postgres', url: admin });
  await Promise.all([from.initialize(), filling.initialize()]);
  await filling.query(
    `with calls as (insert into ingest.call_v1_rows
       select gen_random_uuid(), 'OK', text, 'answer', false, false from unnest($1::text[]) text returning id)
     insert into labeling.performance_v1_rows select id, 1 from calls`,
    [prompts(STAGE_TEXTS, 1_000_000)],
  );
  const own = new OwnEmbedder({ provider: 'use-lite' }, { workers: 1 });
  let asked = 0;
  const counting = {
    space: () => own.space(),
    use: (work, options) =>
      own.use((embedder) => {
        const embedDetailed = (texts) => ((asked += texts.length), embedder.embedDetailed(texts));
        return work({ ...embedder, embedDetailed });
      }, options),
  };
  const stage = new EmbedStage(new VectorsRepository(from, new Forgotten('embedding', from)), counting);
  const run = async () => {
    const before = asked;
    const start = performance.now();
    const output = await stage.run(async () => undefined, { fence: async () => undefined });
    if (output.embedded !== STAGE_TEXTS) throw new Error(`${output.embedded} of ${STAGE_TEXTS} texts have a vector`);
    return { asked: asked - before, ms: performance.now() - start };
  };
  const [first, second] = [await run(), await run()];
  await Promise.all([from.destroy(), filling.destroy()]);
  tell(
    `  first run ${first.asked} texts in ${round(first.ms, 0)} ms, second run ${second.asked} in ${round(second.ms, 0)} ms`,
  );
  return {
    ...{ path: 'embedding/second-run', ours: second.asked, peer: first.asked, unit: 'texts asked of the model' },
    ...{ ratio: null, goal: null, spread: [second.asked, second.asked] },
  };
}
