import 'reflect-metadata';
import { freshDatabase, wordsInDatabase } from '@signalbox/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { enclosed, FakeModels, verdict, type ChatAsked, type FakeReply } from '../testing/fake-models.js';
import { ALL_SERVICES, LABELING_ALONE, RunningLabeling } from '../testing/running-labeling.js';

let labeling: RunningLabeling;
let models: FakeModels;

/** The judge quotes what it was shown, and so does `parrot`, which is replayed. */
function quoting(asked: ChatAsked): FakeReply {
  if (asked.model === 'judge') {
    const shown = `${enclosed(asked, 'QUESTION')} ${enclosed(asked, 'ANSWER')} ${asked.messages.at(-1)?.content}`;
    return { ...verdict(4), text: JSON.stringify({ rationale: `they said: ${shown}`, abstain: false, level: 4 }) };
  }
  return { text: `you said: ${asked.messages.at(-1)?.content}`, costUsd: 0.001, seconds: 0.1 };
}

beforeAll(async () => {
  models = await FakeModels.start();
  labeling = await RunningLabeling.start(await freshDatabase(ALL_SERVICES));
  await labeling.createLabeler({
    name: 'judge',
    kind: 'JUDGE',
    model: 'judge',
    baseUrl: models.url,
    allowUncalibrated: true,
  });
}, 60_000);
beforeEach(() => {
  models.reply = quoting;
});
afterAll(async () => {
  await labeling.end();
  await models.close();
});

const where = (...words: string[]) => wordsInDatabase(labeling.admin, words);
const feedback = async (input: Record<string, unknown>) => {
  const query = 'mutation ($input: SubmitFeedbackInput!) { submitFeedback(input: $input) { id } }';
  return (await labeling.graph(query, { input: { score: 1, ...input } })).errors;
};
const judged = (text: string) => labeling.label({ labelers: ['judge'], sampleSize: 9, budgetUsd: 1, filter: { text } });
const replayed = (text: string) =>
  labeling.replay({ sampleSize: 9, candidates: ['parrot'], endpoint: models.url, budgetUsd: 1, filter: { text } });
const TABLES = ['label', 'performance', 'feedback', 'verdict', 'replay_prompt', 'replay_cell', 'ground_truth'];
const everything = async (about: string) => {
  const rows: unknown[][] = [];
  for (const table of TABLES) {
    const query = `select to_jsonb(t) as row from labeling.${table} t where to_jsonb(t)::text ~ $1 order by 1`;
    rows.push(await labeling.rows(query, [about]));
  }
  return rows;
};

describe('a call that was forgotten', () => {
  it('leaves nothing of its words, and every row of other calls as it is', async () => {
    const [gone = '', stays = ''] = await labeling.log([
      { query: 'f1 walrus', response: 'walrus it is', traceId: 'f1gone', requestId: 'f1request', model: 'parrot' },
      { query: 'f1 otter', response: 'otter it is', traceId: 'f1stays', model: 'parrot' },
    ]);
    const groundTruth = [
      { callId: gone, answer: 'the walrus answer' },
      { callId: stays, answer: 'the otter answer' },
      { traceId: 'f1gone', answer: 'the walrus trace' },
    ];
    await judged('f1');
    await replayed('f1');
    await labeling.createLabeler({ name: 'known', kind: 'METRIC', metric: 'exact_match', groundTruth });
    await feedback({ callId: gone, comment: 'a walrus', userId: 'ann' });
    await feedback({ callId: stays, comment: 'an otter', userId: 'ann' });
    // As it waits that came before its call.
    await labeling.rows(
      `insert into labeling.feedback (id, target, user_id, score, comment)
       values (gen_random_uuid(), 'trace f1gone', 'bob', 1, 'walrus trace'), (gen_random_uuid(), 'request f1request', 'bob', 1, 'walrus request')`,
    );
    expect(await where('walrus')).toEqual(
      expect.arrayContaining(
        ['feedback.comment', 'ground_truth.answer', 'label.rationale', 'replay_cell.response', 'verdict.rationale'].map(
          (column) => `labeling.${column}`,
        ),
      ),
    );
    const others = await everything(`otter|${stays}`);
    expect(others.map((rows) => rows.length)).toEqual([3, 1, 1, 2, 1, 1, 1]);

    await labeling.forget([gone]);
    await labeling.erased();
    expect(await where('walrus')).toEqual([]);
    expect(await everything(gone)).toEqual(TABLES.map(() => []));
    expect(await everything(`otter|${stays}`)).toEqual(others);
  });

  it('takes no feedback any more', async () => {
    const [gone = ''] = await labeling.log([{ query: 'f5', response: 'x', traceId: 'f5gone', requestId: 'f5request' }]);
    await labeling.forget([gone]);
    for (const target of [{ callId: gone }, { traceId: 'f5gone' }, { requestId: 'f5request' }]) {
      const [refused] = (await feedback({ ...target, comment: 'a coypu' })) ?? [];
      expect(refused).toMatchObject({ extensions: { code: 'NOT_FOUND' } });
    }
    expect(await feedback({ traceId: 'f5 to come' })).toBeUndefined();
    expect(await where('coypu')).toEqual([]);
  });

  it('while a judge looks at it is not labelled, and the run goes on with the others', async () => {
    const [gone = '', stays = ''] = await labeling.log([
      { query: 'f2 badger', response: 'badger it is' },
      { query: 'f2 heron', response: 'heron it is' },
    ]);
    models.reply = async (asked) => {
      if (JSON.stringify(asked).includes('badger')) {
        await labeling.forget([gone]);
        await labeling.erased();
      }
      return quoting(asked);
    };
    expect(await judged('f2')).toMatchObject({ status: 'SUCCEEDED', problem: null });
    expect(await where('badger')).toEqual([]);
    expect(await everything(stays)).not.toEqual(TABLES.map(() => []));
  });

  it('while a candidate is asked leaves no answer, and the replay goes on with the others', async () => {
    const [gone = ''] = await labeling.log([
      { query: 'f3 marten', response: 'logged', traceId: 'f3gone', model: 'parrot' },
      { query: 'f3 heron', response: 'logged', traceId: 'f3stays', model: 'parrot' },
    ]);
    models.reply = async (asked) => {
      if (asked.model === 'parrot' && JSON.stringify(asked).includes('marten')) {
        await labeling.forget([gone]);
        await labeling.erased();
      }
      return quoting(asked);
    };
    expect(await replayed('f3')).toMatchObject({ status: 'SUCCEEDED', prompts: 1, cellCount: 1, problem: null });
    expect(await where('marten')).toEqual([]);
    expect(await where('f3 heron')).toContain('labeling.replay_cell.response');
  });

  it('is found among thousands, over several batches', async () => {
    const ids = await labeling.log(Array.from({ length: 2_500 }, (_, n) => ({ query: `f4 ${n}`, response: 'x' })));
    await labeling.rows(
      `insert into labeling.label (id, call_id, kind, labeler, labeler_version, score, abstained, rationale)
       select gen_random_uuid(), id, 'HUMAN', 'human', '1', 1, false, 'lemming' from unnest($1::uuid[]) id`,
      [ids],
    );
    await labeling.forget(ids);
    await labeling.erased();
    expect(await where('lemming')).toEqual([]);
  });

  it('and its absence of a publisher stop nothing', async () => {
    const alone = await RunningLabeling.start(await freshDatabase(LABELING_ALONE));
    try {
      const query = 'mutation ($input: SubmitFeedbackInput!) { submitFeedback(input: $input) { id } }';
      expect((await alone.graph(query, { input: { traceId: 't', score: 1 } })).errors).toBeUndefined();
      expect(await alone.rows('select from labeling.dead_letter')).toEqual([]);
    } finally {
      await alone.end();
    }
  });
});

describe('a user who was forgotten', () => {
  const performanceOf = async (id: string) =>
    (await labeling.rows('select performance from labeling.performance where call_id = $1', [id]))[0];

  it('has said nothing until then, also not of calls of others, and is heard from then on', async () => {
    const [callId = ''] = await labeling.log([{ query: 'u1', response: 'x' }]);
    await feedback({ callId, score: 0, comment: 'pelican', userId: 'genevieve' });
    await feedback({ traceId: 'u1 never read', score: 0, comment: 'pelican', userId: 'genevieve' });
    await feedback({ callId, score: 1, comment: 'stork', userId: 'bob' });
    await labeling.graph('mutation ($input: SubmitHumanLabelInput!) { submitHumanLabel(input: $input) { id } }', {
      input: { callId, score: 0, rationale: 'pelican', userId: 'genevieve' },
    });
    const others = await everything('stork');
    await labeling.forgetUser('genevieve');
    await labeling.erased();
    expect(await where('pelican', 'genevieve')).toEqual([]);
    expect(await everything('stork')).toEqual(others);
    expect(await performanceOf(callId)).toEqual({ performance: 1 });

    await feedback({ callId, score: 0, comment: 'gull', userId: 'genevieve' });
    await labeling.forget([]);
    await labeling.erased();
    expect(await performanceOf(callId)).toEqual({ performance: 0.5 });
  });

  it('is found although another one before was named with a secret that is no longer used', async () => {
    const [callId = ''] = await labeling.log([{ query: 'u2', response: 'x' }]);
    await feedback({ callId, score: 0, comment: 'curlew', userId: 'hedy' });
    await labeling.admin.query('begin'); // both are seen at once
    await labeling.forgetUser('ida', 'cd'.repeat(32));
    await labeling.forgetUser('hedy');
    await labeling.admin.query('commit');
    await labeling.erased();
    expect(await where('curlew', 'hedy')).toEqual([]);
    expect(await labeling.rows('select from labeling.dead_letter')).toEqual([]);
  });

  it('is not looked for with another secret than that of ingest: the work is parked with ENVIRONMENT_INVALID', async () => {
    await labeling.forgetUser('genevieve', 'cd'.repeat(32));
    const parked = () =>
      labeling.rows<{ cause: string }>(`select cause from labeling.dead_letter where job = 'forget'`);
    while ((await parked()).length === 0) await delay(50);
    expect((await parked())[0]?.cause).toContain('SIGNALBOX_SECRET_KEY of labeling is not that of ingest');
  }, 60_000);
});
