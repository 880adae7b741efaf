import 'reflect-metadata';
import { freshDatabase } from '@signalbox/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { abstention, enclosed, FakeModels, verdict } from '../testing/fake-models.js';
import { ALL_SERVICES, RunningLabeling } from '../testing/running-labeling.js';

let labeling: RunningLabeling;
let models: FakeModels;

beforeAll(async () => {
  labeling = await RunningLabeling.start(await freshDatabase(ALL_SERVICES));
}, 60_000);
beforeEach(async () => {
  models = await FakeModels.start();
});
afterEach(() => models.close());
afterAll(() => labeling.end());

const judge = (name: string, more: Record<string, unknown> = {}) =>
  labeling.createLabeler({ name, kind: 'JUDGE', model: 'judge-1', baseUrl: models.url, ...more });
const texts = (family: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({ query: `${family} question ${i}`, response: `${family} answer ${i}` }));
const scores = (labeler: string) =>
  labeling.rows<{ call_id: string; score: number | null; abstained: boolean }>(
    'select call_id, score, abstained from labeling.label where labeler = $1 order by call_id',
    [labeler],
  );

describe('a metric', () => {
  it('scores every answered call whose answer is known by text, id or trace, and no other', async () => {
    const [, , byId, , lastOfTrace] = await labeling.log([
      { query: 'm1: 2 + 2?', response: 'It is 4.' },
      { query: 'm1: 3 + 3?', response: 'It is 7.' },
      { query: 'm1: named by id', response: 'so 5' },
      { query: 'm1: a step on the way', response: '1', traceId: 'a'.repeat(32) },
      { query: 'm1: the end of the trace', response: '9', traceId: 'a'.repeat(32) },
      { query: 'm1: unknown', response: '4' },
      { query: 'm1: 2 + 2?', response: null, status: 'ERROR' },
    ]);
    const groundTruth = [
      { query: 'm1: 2 + 2?', answer: '4' },
      { query: 'm1: 3 + 3?', answer: '6' },
      { callId: byId, answer: '5' },
      { traceId: 'A'.repeat(32), answer: '9' },
      { query: 'm1: unknown', answer: 'no number' },
    ];
    await labeling.createLabeler({ name: 'm1', kind: 'METRIC', metric: 'numeric', groundTruth });
    const run = await labeling.label({ labelers: ['m1'], filter: { text: 'm1:' } });
    expect(run).toMatchObject({ status: 'SUCCEEDED', labelled: 4, abstained: 1, spentUsd: 0, problem: null });
    expect(run.progress).toMatchObject({ done: 6, total: 6, unit: 'calls' });
    expect((await scores('m1')).map(({ score }) => score)).toEqual([1, 0, 1, 1, null]);

    const { data } = await labeling.graph<{
      _entities: { performance: number; labels: { kind: string; score: number; call: { id: string } }[] }[];
    }>(
      `query ($r: [_Any!]!) { _entities(representations: $r) { ... on LlmCall { performance labels { kind score call { id } } } } }`,
      {
        r: [
          { __typename: 'LlmCall', id: lastOfTrace },
          { __typename: 'LlmCall', id: 'no uuid' },
        ],
      },
    );
    expect(data._entities).toEqual([
      { performance: 1, labels: [{ kind: 'METRIC', score: 1, call: { id: lastOfTrace } }] },
      { performance: null, labels: [] },
    ]);
  });

  it('is the same labeler when made again, and a conflict with other settings', async () => {
    const input = {
      name: 'm2',
      kind: 'METRIC',
      metric: 'exact_match',
      groundTruth: [
        { query: 'q', answer: 'a' },
        { query: 'r', answer: 'b' },
      ],
    };
    const made = await labeling.createLabeler(input);
    expect(made.data.createLabeler).toMatchObject({ name: 'm2', calibrated: true });
    const turned = { ...input, groundTruth: [...input.groundTruth].reverse() };
    expect((await labeling.createLabeler(turned)).data).toEqual(made.data);
    const other = await labeling.createLabeler({ ...input, metric: 'contains' });
    expect(other.errors?.[0]?.extensions.code).toBe('CONFLICT');
  });

  it('finds the known answer of a prompt that ingest has redacted', async () => {
    await labeling.log([
      { query: 'm6: to [email], 2 + 2?', response: '4' },
      { query: 'm6: [phone] is whose?', response: '5' },
    ]);
    const groundTruth = [
      { query: 'm6: to ada@example.com, 2 + 2?', answer: '4' },
      // Redacted they are one prompt with two answers, which is none.
      { query: 'm6: +49 30 901820 is whose?', answer: '5' },
      { query: 'm6: +49 30 901821 is whose?', answer: '6' },
    ];
    await labeling.createLabeler({ name: 'm6', kind: 'METRIC', metric: 'numeric', groundTruth });
    const run = await labeling.label({ labelers: ['m6'], filter: { text: 'm6: ' } });
    expect(run).toMatchObject({ status: 'SUCCEEDED', labelled: 1 });
  });

  it('of an unknown name is refused with the names that there are', async () => {
    const { errors } = await labeling.createLabeler({
      name: 'm3',
      kind: 'METRIC',
      metric: 'custom',
      groundTruth: [{ query: 'q', answer: 'a' }],
    });
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining('exact_match'),
      extensions: { code: 'INVALID_INPUT' },
    });
  });
});

describe('a judge', () => {
  it('scores a sample within its size, with its key, and leaves the answer that it scored before alone', async () => {
    await labeling.log(texts('j1', 30));
    await judge('j1', { credentials: { apiKey: 'secret-1' } });
    models.reply = (asked) => verdict(enclosed(asked, 'PROMPT').endsWith('7') ? 1 : 4);
    const filter = { text: 'j1 question' };
    const first = await labeling.label({ labelers: ['j1'], filter, sampleSize: 20, budgetUsd: 1 });
    expect(first).toMatchObject({ status: 'SUCCEEDED', labelled: 20, abstained: 0, problem: null });
    expect(first.spentUsd).toBeCloseTo(0.02);
    expect(models.asked).toHaveLength(20);
    expect(models.asked[0]).toMatchObject({
      model: 'judge-1',
      temperature: 0,
      response_format: { type: 'json_schema' },
    });
    expect(new Set(models.authorizations)).toEqual(new Set(['Bearer secret-1']));
    expect(models.mostInFlight).toBeLessThanOrEqual(16);

    const again = await labeling.label({ labelers: ['j1'], filter, sampleSize: 20, budgetUsd: 1 });
    expect(again).toMatchObject({ status: 'SUCCEEDED', labelled: 20, spentUsd: 0 });
    expect(models.asked).toHaveLength(20);
    const all = await labeling.label({ labelers: ['j1'], filter, budgetUsd: 1 });
    expect(all).toMatchObject({ labelled: 30 });
    expect(models.asked).toHaveLength(30);
  });

  it('that answers garbage leaves the label absent and is counted', async () => {
    await labeling.log(texts('j2', 10));
    await judge('j2', { allowUncalibrated: true });
    models.reply = (asked) => {
      const prompt = enclosed(asked, 'PROMPT');
      if (prompt.endsWith('3')) return { text: 'I would give it 8/10', costUsd: 0.001 };
      return prompt.endsWith('4') ? abstention : verdict(3);
    };
    const run = await labeling.label({ labelers: ['j2'], filter: { text: 'j2 question' }, budgetUsd: 1 });
    expect(run).toMatchObject({ status: 'SUCCEEDED', labelled: 8, abstained: 2, unparseable: 1 });
    expect(run.problem).toMatchObject({ code: 'JUDGE_UNPARSEABLE', message: expect.stringMatching(/^1 /) });
    const rows = await scores('j2');
    expect(rows).toHaveLength(9);
    expect(rows.filter(({ abstained }) => abstained)).toHaveLength(1);
    const performance = await labeling.rows<{ performance: number }>(
      `select performance from labeling.performance_v1 p join ingest.call c on c.id = p.call_id where c.query like 'j2 %'`,
    );
    expect(performance.map((row) => row.performance)).toEqual(Array.from({ length: 8 }, () => 0.75));
  });

  it('that declines an answer leaves the label absent, counts it and says what to do', async () => {
    await labeling.log(texts('j12', 10));
    await judge('j12');
    models.reply = (asked) => {
      const prompt = enclosed(asked, 'PROMPT');
      if (prompt.endsWith('3')) return { text: null, refusal: 'I cannot help with that.', costUsd: 0.001 };
      return prompt.endsWith('4') ? { status: 400, text: 'content policy' } : verdict(3);
    };
    const run = await labeling.label({ labelers: ['j12'], filter: { text: 'j12 question' }, budgetUsd: 1 });
    expect(run).toMatchObject({ status: 'SUCCEEDED', labelled: 8, abstained: 2, unparseable: 0 });
    expect(run.problem).toMatchObject({
      code: 'JUDGE_REFUSED',
      message: expect.stringMatching(/ 2 /),
      nextStep: expect.stringContaining('submitHumanLabel'),
    });
    expect(run.spentUsd).toBeCloseTo(0.009);
    expect(await scores('j12')).toHaveLength(8);
  });

  it('is paid once for equal pairs of prompt and answer', async () => {
    await labeling.log(Array.from({ length: 12 }, () => ({ query: 'j3 the same', response: 'the same' })));
    await judge('j3');
    const run = await labeling.label({ labelers: ['j3'], filter: { text: 'j3 the same' }, budgetUsd: 1 });
    expect(run).toMatchObject({ labelled: 12 });
    expect(models.asked).toHaveLength(1);
    expect(run.spentUsd).toBeCloseTo(0.001);
  });

  it('is shown the turns before where an answer depends on them, and no name of a model', async () => {
    const messages = [
      { role: 'user', content: 'j4 write a poem' },
      { role: 'assistant', content: 'Roses are red' },
      { role: 'user', content: 'j4 shorter' },
    ];
    await labeling.log([{ query: 'j4 shorter', messages, response: 'Roses', model: 'secret-model' }]);
    await judge('j4');
    await labeling.label({ labelers: ['j4'], filter: { text: 'j4 shorter' }, budgetUsd: 1 });
    const [asked] = models.asked;
    expect(asked && enclosed(asked, 'PROMPT')).toBe(
      'user: j4 write a poem\n\nassistant: Roses are red\n\nuser: j4 shorter',
    );
    expect(JSON.stringify(asked)).not.toContain('secret-model');
  });

  it('whose price nobody knows counts as free and says so', async () => {
    await labeling.log(texts('j5', 3));
    await judge('j5');
    models.reply = () => ({
      ...verdict(4),
      costUsd: undefined,
      usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
    });
    const run = await labeling.label({ labelers: ['j5'], filter: { text: 'j5 question' }, budgetUsd: 1 });
    expect(run).toMatchObject({ labelled: 3, spentUsd: 0, unpriced: 3, notes: [expect.stringContaining('300')] });
    await judge('j5-priced', { model: 'judge-2', inputPrice: 10, outputPrice: 100 });
    const priced = await labeling.label({ labelers: ['j5-priced'], filter: { text: 'j5 question' }, budgetUsd: 1 });
    expect(priced.spentUsd).toBeCloseTo((3 * (100 * 10 + 20 * 100)) / 1e6);
  });

  it('whose price nobody knows is not let loose on all calls with a budget that cannot end', async () => {
    await labeling.log(texts('j11', 60));
    await judge('j11');
    models.reply = () => ({ ...verdict(4), costUsd: undefined });
    const filter = { text: 'j11 question' };
    const run = await labeling.label({ labelers: ['j11'], filter, budgetUsd: 1 });
    expect(run).toMatchObject({
      status: 'FAILED',
      problem: { code: 'INVALID_INPUT', nextStep: expect.stringContaining('inputPrice') },
    });
    // Those that it takes to notice, and those that have a place meanwhile: 16 are asked at once, and two wait to be stored.
    expect(models.asked.length).toBeLessThanOrEqual(16 + 18);
    const bounded = await labeling.label({ labelers: ['j11'], filter, budgetUsd: 1, sampleSize: 60 });
    expect(bounded).toMatchObject({ status: 'SUCCEEDED', labelled: 60 });
    expect(models.asked).toHaveLength(60);
  });

  it('stops at the budget and keeps what it has done', async () => {
    await labeling.log(texts('j6', 80));
    await judge('j6');
    models.reply = () => ({ ...verdict(4), costUsd: 0.01 });
    const run = await labeling.label({ labelers: ['j6'], filter: { text: 'j6 question' }, budgetUsd: 0.3 });
    expect(run).toMatchObject({ status: 'SUCCEEDED', problem: { code: 'BUDGET_EXHAUSTED' } });
    expect(run.spentUsd).toBeGreaterThan(0.28);
    expect(run.spentUsd).toBeLessThan(0.3 + 16 * 0.01);
    expect(await scores('j6')).toHaveLength(models.asked.length);
  });

  it('that is not there fails the run, and what was labelled before stays', async () => {
    await labeling.log(texts('j7', 20));
    await judge('j7');
    models.reply = () => (models.asked.length > 5 ? { status: 401, text: 'j7 question in an error' } : verdict(2));
    const run = await labeling.label({ labelers: ['j7'], filter: { text: 'j7 question' }, budgetUsd: 1 });
    expect(run).toMatchObject({ status: 'FAILED', problem: { code: 'JUDGE_UNREACHABLE' } });
    expect(run.problem?.message).not.toContain('j7 question');
    expect(await scores('j7')).toHaveLength(5);
    models.reply = () => verdict(2);
    const again = await labeling.label({ labelers: ['j7'], filter: { text: 'j7 question' }, budgetUsd: 1 });
    expect(again).toMatchObject({ status: 'SUCCEEDED', labelled: 20 });
  });

  it('that is busy is asked again when it says', async () => {
    await labeling.log(texts('j8', 2));
    await judge('j8');
    models.reply = () =>
      models.asked.length <= 2 ? { status: 429, text: 'slow down', headers: { 'retry-after': '0.01' } } : verdict(4);
    const run = await labeling.label({ labelers: ['j8'], filter: { text: 'j8 question' }, budgetUsd: 1 });
    expect(run).toMatchObject({ status: 'SUCCEEDED', labelled: 2 });
    expect(models.asked.length).toBe(4);
  });

  it('and an answer may hold what no database stores', async () => {
    await labeling.log(texts('j10', 1));
    await judge('j10');
    models.reply = () => ({ text: '{"rationale": "a\\u0000b\\ud800", "abstain": false, "level": 4}', costUsd: 0 });
    const run = await labeling.label({ labelers: ['j10'], filter: { text: 'j10 question' }, budgetUsd: 1 });
    expect(run).toMatchObject({ status: 'SUCCEEDED', labelled: 1 });
  });

  it('needs a limit of some kind', async () => {
    await judge('j9');
    expect(await labeling.requestLabels({ labelers: ['j9'] })).toContain('INVALID_INPUT');
    expect(await labeling.requestLabels({ labelers: ['nobody'] })).toContain('NOT_FOUND');
    expect(
      await labeling.requestLabels({ labelers: ['j9'], filter: { from: '2026-01-02', to: '2026-01-01' } }),
    ).toContain('filter.to: must not be before from');
    expect(await labeling.requestLabels({ labelers: [' '] })).toContain('There is no labeler named \\" \\".');
    expect(await labeling.requestLabels({ labelers: [''] })).toContain('labelers: each value must be longer than');
  });
});

describe('a run that was stopped in the middle', () => {
  it('goes on where it was and pays no verdict twice', async () => {
    await labeling.log(texts('r1', 60));
    await judge('r1');
    let stop: () => void = () => undefined;
    const enough = new Promise<void>((resolve) => (stop = resolve));
    models.reply = async () => {
      if (models.asked.length === 25) stop();
      return verdict(4);
    };
    const id = await labeling.requestLabels({ labelers: ['r1'], filter: { text: 'r1 question' }, budgetUsd: 1 });
    await enough;
    await labeling.down();
    expect(models.asked.length).toBeLessThan(60);
    await labeling.up();
    const run = await labeling.runEnded(id);
    expect(run).toMatchObject({ status: 'SUCCEEDED', labelled: 60, progress: { done: 60, total: 60 } });
    const asked = models.asked.map((each) => enclosed(each, 'PROMPT'));
    expect(asked).toHaveLength(60);
    expect(new Set(asked).size).toBe(60);
    expect(run.spentUsd).toBeCloseTo(0.06);
  });
});

describe('one hundred requests with one key', () => {
  it('make one run', async () => {
    const input = { labelers: ['m2'], idempotencyKey: 'hundred' };
    const ids = await Promise.all(Array.from({ length: 100 }, () => labeling.requestLabels(input)));
    expect(new Set(ids).size).toBe(1);
    expect(await labeling.requestLabels({ ...input, seed: 3 })).toContain('IDEMPOTENCY_CONFLICT');
  });
});
