import 'reflect-metadata';
import { freshDatabase } from '@signalbox/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { enclosed, FakeModels, verdict } from '../testing/fake-models.js';
import { ALL_SERVICES, RunningLabeling } from '../testing/running-labeling.js';

let labeling: RunningLabeling;
let models: FakeModels;

beforeAll(async () => {
  models = await FakeModels.start();
  labeling = await RunningLabeling.start(await freshDatabase(ALL_SERVICES));
}, 60_000);
afterAll(async () => {
  await labeling.end();
  await models.close();
});

const metric = (name: string, groundTruth: object[]) =>
  labeling.createLabeler({ name, kind: 'METRIC', metric: 'numeric', groundTruth });
const refusalOf = async (groundTruth: object[]) => (await metric('refused', groundTruth)).errors?.[0]?.message;
const scores = async (labeler: string) => {
  const rows = await labeling.rows<{ query: string; score: number }>(
    `select c.query, l.score from labeling.label l join ingest.call c on c.id = l.call_id where l.labeler = $1`,
    [labeler],
  );
  return Object.fromEntries(rows.map(({ query, score }) => [query, score]));
};

describe('an answer that is known by rule', () => {
  it('belongs to every prompt that holds the text in words, whatever its case and punctuation', async () => {
    await labeling.log([
      { query: 'k1: please, how many LEGS has a spider?', response: '8' },
      { query: 'k1: How many legs has the spider', response: '6' },
      { query: 'k1: how many legs has spiderman?', response: '2' },
      { query: 'k1: how long are legs?', response: '8' },
    ]);
    await metric('k1', [{ contains: 'Many legs has a spider', answer: '8' }]);
    const run = await labeling.label({ labelers: ['k1'], filter: { text: 'k1:' } });
    expect(run).toMatchObject({ status: 'SUCCEEDED', labelled: 2, notes: [] });
    expect(await scores('k1')).toEqual({
      'k1: please, how many LEGS has a spider?': 1,
      'k1: How many legs has the spider': 0,
    });
  });

  it('gives way to what is known of the call, of its trace and of its text', async () => {
    const traceId = 'b'.repeat(32);
    const [byCall] = await labeling.log([
      { query: 'k2: capital one', response: '1', traceId },
      { query: 'k2: capital two', response: '2' },
      { query: 'k2: capital three', response: '3' },
    ]);
    const known = [
      { contains: 'capital', answer: '3' },
      { query: 'k2: capital two', answer: '2' },
      { query: 'k2: capital one', answer: '7' },
      { traceId, answer: '8' },
      { callId: byCall, answer: '1' },
    ];
    await metric('k2', known);
    await labeling.label({ labelers: ['k2'], filter: { text: 'k2:' } });
    expect(await scores('k2')).toEqual({ 'k2: capital one': 1, 'k2: capital two': 1, 'k2: capital three': 1 });
  });

  it('is none where two rules give different answers, which the run counts and tells', async () => {
    await labeling.log([
      { query: 'k3: red and blue', response: '1' },
      { query: 'k3: red and big red', response: '1' },
      { query: 'k3: blue', response: '2' },
    ]);
    const rules = [
      { contains: 'red', answer: '1' },
      { contains: 'big red', answer: '1' },
      { contains: 'blue', answer: '2' },
    ];
    await metric('k3', rules);
    const run = await labeling.label({ labelers: ['k3'], filter: { text: 'k3:' } });
    expect(run).toMatchObject({ labelled: 2, notes: [expect.stringMatching(/give 1 prompts different answers/)] });
    expect(await scores('k3')).toEqual({ 'k3: red and big red': 1, 'k3: blue': 1 });
  });

  it('scores replayed answers; what rules leave open goes to the judge, counted', async () => {
    const judge = { model: 'judge', baseUrl: models.url, allowUncalibrated: true };
    await labeling.createLabeler({ name: 'k4-judge', kind: 'JUDGE', ...judge });
    await labeling.log([
      { query: 'k4: green', response: '4' },
      { query: 'k4: green or grey', response: '4' },
    ]);
    const rules = [
      { contains: 'green', answer: '4' },
      { contains: 'grey', answer: '5' },
    ];
    await metric('k4', rules);
    models.reply = ({ model }) => (model === 'judge' ? verdict(3) : { text: 'It is 4.', costUsd: 0 });
    const asked = { candidates: ['big'], endpoint: models.url, budgetUsd: 1, sampleSize: 10 };
    const replay = await labeling.replay({ ...asked, filter: { text: 'k4:' } });
    expect(replay).toMatchObject({ status: 'SUCCEEDED', notes: [expect.stringContaining('1 prompts')] });
    const cells = await labeling.rows<{ query: string; kind: string; performance: number }>(
      `select c.query, v.kind, v.performance from labeling.replay_cell_v1 v join ingest.call c on c.id = v.call_id
       where replay_id = $1 and candidate = 'big' order by c.query`,
      [replay.id],
    );
    expect(cells).toEqual([
      { query: 'k4: green', kind: 'METRIC', performance: 1 },
      { query: 'k4: green or grey', kind: 'JUDGE', performance: 0.75 },
    ]);
  });

  it('is shown to a judge as the reference, and another rule makes another version of the judge', async () => {
    await labeling.log([
      { query: 'k5: how many moons has Mars?', response: '2' },
      { query: 'k5: how many moons has Venus?', response: '2' },
    ]);
    await metric('k5-known', [{ contains: 'moons has Mars', answer: '2' }]);
    await metric('k5-other', [{ contains: 'moons has Mars', answer: '3' }]);
    const judge = (name: string, referenceFrom: string) =>
      labeling.createLabeler({ name, kind: 'JUDGE', model: 'judge', baseUrl: models.url, referenceFrom });
    const versions = [await judge('k5', 'k5-known'), await judge('k5-b', 'k5-other')].map(
      ({ data }) => data.createLabeler.version,
    );
    expect(new Set(versions).size).toBe(2);
    models.asked.length = 0;
    models.reply = () => verdict(4);
    await labeling.label({ labelers: ['k5'], filter: { text: 'k5:' }, budgetUsd: 1 });
    const shown = models.asked.map((asked) => [enclosed(asked, 'PROMPT'), enclosed(asked, 'REFERENCE')]);
    expect(Object.fromEntries(shown)).toEqual({
      'k5: how many moons has Mars?': '2',
      'k5: how many moons has Venus?': '',
    });
  });

  it('makes another labeler, and the same one when the same rules come in other words of no weight', async () => {
    await metric('k6', [{ contains: 'the tall tree', answer: '1' }]);
    const same = await metric('k6', [{ contains: 'Tall tree!', answer: '1' }]);
    expect(same.errors).toBeUndefined();
    const other = await metric('k6', [{ contains: 'tall trees', answer: '1' }]);
    expect(other.errors?.[0]?.extensions.code).toBe('CONFLICT');
  });

  it('is refused where it could never apply, or twice with two answers', async () => {
    expect(await refusalOf([{ contains: ' The ', answer: '1' }])).toContain(
      'groundTruth[0]: contains: expected a word',
    );
    expect(await refusalOf([{ contains: 'mail of ada@example.com', answer: '1' }])).toContain('personal data');
    expect(await refusalOf([{ contains: 'x'.repeat(501), answer: '1' }])).toContain('at most 500 characters');
    expect(await refusalOf([{ contains: 'x', query: 'x', answer: '1' }])).toContain('exactly one of the four');
    const twice = [
      { contains: 'a cat', answer: '1' },
      { contains: 'Cat', answer: '2' },
    ];
    expect(await refusalOf(twice)).toContain('groundTruth[1]: another row gives another answer to the same');
    const many = Array.from({ length: 1_001 }, (_, n) => ({ contains: `word ${n}`, answer: '1' }));
    expect(await refusalOf(many)).toContain('groundTruth[1000]: more than 1000 rows');
  });
});
