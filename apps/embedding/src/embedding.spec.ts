import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EVENTS_QUEUE, type RetrainEvent } from '@signalbox/contracts';
import { connect, type ServiceDatabase } from '@signalbox/database';
import { spaceId, textHash, USE_LITE_SPACE } from '@signalbox/embedders';
import { startService, type RunningService } from '@signalbox/platform';
import { commandStage, JobQueue, retrainEventJob, route } from '@signalbox/queue';
import { freshDatabase, type FreshDatabase } from '@signalbox/testkit';
import { embeddingDatabase, embeddingService } from './index.js';

const RETRAIN = '01900000-0000-7000-8000-000000000001';
const idOf = (n: number): string => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;

function published(service: ServiceDatabase['service'], view: string, ...statements: string[]): ServiceDatabase {
  class Views1700000000001 {
    async up(runner: { query(statement: string): Promise<unknown> }): Promise<void> {
      for (const statement of statements) await runner.query(statement);
    }
    async down(): Promise<void> {}
  }
  return { service, migrations: [Views1700000000001], publishes: [{ view, to: ['embedding'] }] };
}

const CALLS = published(
  'ingest',
  'call_v1',
  `create table call (id uuid, status text, query text, response text, has_tools bool, truncated bool)`,
  `create view call_v1 as select * from call`,
  `create table forgotten_call (ordinal bigint generated always as identity, call_id uuid, trace_id text, request_id text)`,
  `create view forgotten_call_v1 as select * from forgotten_call`,
);
const INGEST: ServiceDatabase = {
  ...CALLS,
  publishes: ['call_v1', 'forgotten_call_v1'].map((view) => ({ view, to: ['embedding'] })),
};
const LABELS: ServiceDatabase = {
  ...published(
    'labeling',
    'performance_v1',
    `create table performance (call_id uuid, performance float8)`,
    `create view performance_v1 as select * from performance`,
    `create table replay_cell (call_id uuid)`,
    `create view replay_cell_v1 as select * from replay_cell`,
  ),
  publishes: [
    { view: 'performance_v1', to: ['embedding'] },
    { view: 'replay_cell_v1', to: ['embedding'] },
  ],
};
const REQUEST = {
  ...{ routerTypes: ['knn'], judgeBudgetUsd: 0, replayBudgetUsd: 0, replayEndpoint: null, replayTestPrompts: 0 },
  ...{ replayTrainPrompts: 0, judgeSample: 0, testShare: 0.2, embargoSeconds: 0, promoteIfGatePasses: true, seed: 0 },
};
const RETRAINS = published(
  'training',
  'retrain_v1',
  `create table retrain (id uuid, router text, request jsonb, outputs jsonb, status text, attempt int not null default 1)`,
  `create view retrain_v1 as select * from retrain`,
  `insert into retrain values ('${RETRAIN}', 'r', '${JSON.stringify(REQUEST)}', '{}', 'RUNNING')`,
);

let database: FreshDatabase;
let service: RunningService;
let queue: JobQueue;
let admin: Awaited<ReturnType<typeof connect>>;
const events: RetrainEvent[] = [];
let ended: () => void = () => undefined;

/** As the reconciler of training does: the job of the stage before may not have left the queue yet. */
const ASK_AGAIN_MS = 300;

async function runStage(): Promise<RetrainEvent | undefined> {
  events.length = 0;
  const end = new Promise<void>((resolve) => (ended = resolve));
  const ask = () => void commandStage(queue, 'embedding', RETRAIN, 'embed');
  ask();
  const again = setInterval(ask, ASK_AGAIN_MS);
  await end.finally(() => clearInterval(again));
  return events.at(-1);
}

async function ask(query: string): Promise<{ data: { similarCalls: { call: { id: string }; similarity: number }[] } }> {
  const answer = await fetch(service.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return answer.json() as never;
}

beforeAll(async () => {
  database = await freshDatabase([INGEST, LABELS, RETRAINS, embeddingDatabase]);
  admin = await connect(database.adminUrl, 'spec');
  service = await startService(embeddingService, {
    ...{ databaseUrl: database.urls.embedding, queueUrl: database.urls.queue, objectStoreUrl: 'file:///nowhere' },
    ...{
      outboundAllow: 'loopback',
      traceFiles: '',
      labelPolicy: { precedence: [], labelers: [], weights: {}, allowUncalibrated: [] },
      awsRoleAllow: '',
      embedder: { provider: 'use-lite' },
      secretKey: '0'.repeat(64),
      host: '127.0.0.1',
      port: 0,
      role: 'all',
      logLevel: 'error',
    },
  });
  queue = new JobQueue({
    url: database.urls.queue,
    applicationName: 'spec',
    log: { error: () => undefined, warn: () => undefined },
  });
  queue.work(
    EVENTS_QUEUE,
    [
      route(retrainEventJob, async (event) => {
        if (event.status !== 'RUNNING' || event.progress) events.push(event);
        if (event.status !== 'RUNNING') ended();
      }),
    ],
    1,
  );
}, 60_000);

afterAll(async () => {
  await queue.close();
  await service.close();
  await admin.end();
  await database.drop();
});

describe('the embed stage', () => {
  it('embeds each text that a router can learn from once, and no other', async () => {
    const calls: [number, string, string | null, boolean][] = [
      [1, 'How do I sort a list in Python?', 'OK', true],
      [2, 'How do I sort a list in Python?', 'OK', true],
      [3, 'What is the capital of France?', 'OK', false],
      [4, 'Nobody scored this one.', 'OK', false],
      [5, 'This one failed.', 'ERROR', true],
      [6, '  \n ', 'OK', true],
    ];
    for (const [n, text, status, labelled] of calls) {
      await admin.query(`insert into ingest.call values ($1, $2, $3, 'answer', false, false)`, [idOf(n), status, text]);
      if (labelled) await admin.query('insert into labeling.performance values ($1, 1)', [idOf(n)]);
    }
    await admin.query('insert into labeling.replay_cell values ($1), ($1)', [idOf(3)]);

    const space = spaceId(USE_LITE_SPACE);
    expect(await runStage()).toMatchObject({ status: 'SUCCEEDED', output: { texts: 2, embedded: 2, space } });
    expect(events[0]).toMatchObject({ status: 'RUNNING', progress: { done: 0, total: 2, unit: 'texts' } });
    const { rows } = await admin.query(
      'select text_hash, dim, octet_length(vector) as bytes from embedding.vector_v1 order by 1',
    );
    const hashes = ['How do I sort a list in Python?', 'What is the capital of France?'].map(textHash).sort();
    expect(rows).toEqual(hashes.map((text_hash) => ({ text_hash, dim: 512, bytes: 2048 })));
  }, 60_000);

  it('goes on where it was stopped, and leaves what is there as it is', async () => {
    const before = await admin.query('select text_hash, vector, xmin::text from embedding.vector order by 1');
    await admin.query('insert into labeling.performance values ($1, 0)', [idOf(4)]);
    expect(await runStage()).toMatchObject({ status: 'SUCCEEDED', output: { texts: 3, embedded: 3 } });
    const after = await admin.query('select text_hash, vector, xmin::text from embedding.vector order by 1');
    expect(after.rows).toEqual(expect.arrayContaining(before.rows));
    expect(await runStage()).toMatchObject({ status: 'SUCCEEDED', output: { texts: 3, embedded: 3 } });
    expect((await admin.query('select count(*)::int from embedding.vector')).rows).toEqual([{ count: 3 }]);
  }, 60_000);

  it('names the service whose view is missing', async () => {
    await admin.query('alter view labeling.replay_cell_v1 rename to gone');
    try {
      const event = await runStage();
      expect(event).toMatchObject({ status: 'FAILED', problem: { code: 'DEPENDENCY_UNAVAILABLE' } });
      expect(event?.problem?.message).toContain('labeling');
    } finally {
      await admin.query('alter view labeling.gone rename to replay_cell_v1');
    }
  });
});

describe('similarCalls', () => {
  it('finds the calls that ask nearest to a text, nearest first', async () => {
    const { data } = await ask(
      `{ similarCalls(text: "What is the capital of France?", first: 2) { call { id } similarity } }`,
    );
    expect(data.similarCalls).toHaveLength(2);
    expect(data.similarCalls[0]?.call.id).toBe(idOf(3));
    expect(data.similarCalls[0]?.similarity).toBeCloseTo(1, 5);
    expect(data.similarCalls[1]?.similarity).toBeLessThan(0.9);
  }, 60_000);

  it('refuses a text of nothing', async () => {
    const answer = await ask(`{ similarCalls(text: " ") { similarity } }`);
    expect(answer).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] });
  });
});

describe('vectors of a text', () => {
  const vectors = async () =>
    (
      await admin.query<{ text_hash: string; vector: Buffer }>(
        'select text_hash, vector from embedding.vector_v1 order by 1',
      )
    ).rows;
  const forget = async (n: number) => {
    await admin.query('delete from ingest.call where id = $1', [idOf(n)]);
    await admin.query('insert into ingest.forgotten_call (call_id) values ($1)', [idOf(n)]);
    const behind = `select from ingest.forgotten_call where ordinal > coalesce((select ordinal from embedding.forgotten_mark), 0)`;
    while ((await admin.query(behind)).rowCount) await delay(50);
  };

  it('stay while another call asks it, and go with the last one; those of other texts stay as they are', async () => {
    const hash = textHash('How do I sort a list in Python?');
    const before = await vectors();
    expect(before.map(({ text_hash }) => text_hash)).toContain(hash);
    await forget(1);
    expect(await vectors()).toEqual(before);
    await forget(2);
    expect(await vectors()).toEqual(before.filter(({ text_hash }) => text_hash !== hash));
  }, 60_000);

  it('of a call that was forgotten while it was embedded are not kept, and the stage goes on with the others', async () => {
    const [gone, stays] = ['Who was forgotten meanwhile?', 'Who stays where they are?'] as const;
    for (const [n, text] of [gone, stays].entries()) {
      const values = [idOf(50 + n), 'OK', text];
      await admin.query(`insert into ingest.call values ($1, $2, $3, 'answer', false, false)`, values);
      await admin.query('insert into labeling.performance values ($1, 1)', [idOf(50 + n)]);
    }
    // It is still seen, as by a stage that has read the texts, and the reconciler has already been there.
    await admin.query('insert into ingest.forgotten_call (call_id) values ($1)', [idOf(50)]);
    const before = (await vectors()).length;
    expect(await runStage()).toMatchObject({ status: 'SUCCEEDED' });
    const hashes = (await vectors()).map(({ text_hash }) => text_hash);
    expect([hashes.length, hashes.includes(textHash(gone)), hashes.includes(textHash(stays))]).toEqual([
      before + 1,
      false,
      true,
    ]);
  }, 60_000);
});
