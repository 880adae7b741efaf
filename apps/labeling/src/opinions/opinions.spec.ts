import 'reflect-metadata';
import { freshDatabase } from '@signalbox/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FakeModels, verdict } from '../testing/fake-models.js';
import { ALL_SERVICES, LABELING_ALONE, RunningLabeling } from '../testing/running-labeling.js';

let labeling: RunningLabeling;

beforeAll(async () => {
  labeling = await RunningLabeling.start(await freshDatabase(ALL_SERVICES));
}, 60_000);
afterAll(() => labeling.end());

interface LabelAnswer {
  id: string;
  score: number;
  call: { id: string } | null;
}
async function submit(what: 'Feedback' | 'HumanLabel', input: Record<string, unknown>, to = labeling) {
  const { data, errors } = await to.graph<{ label: LabelAnswer } | null>(
    `mutation ($input: Submit${what}Input!) { label: submit${what}(input: $input) { id score call { id } } }`,
    { input },
  );
  return { label: data?.label, code: errors?.[0]?.extensions.code };
}
const performanceOf = async (id: string | undefined) =>
  (await labeling.rows('select performance, kind, labeler from labeling.performance_v1 where call_id = $1', [id]))[0] ??
  null;
const addMetric = (name: string, query: string, answer: string) =>
  labeling.createLabeler({ name, kind: 'METRIC', metric: 'exact_match', groundTruth: [{ query, answer }] });

describe('feedback', () => {
  it('of the same user replaces what they said before, and others count beside it', async () => {
    const [callId] = await labeling.log([{ query: 'f1', response: 'yes' }]);
    const first = await submit('Feedback', { callId, score: 1, userId: 'ann' });
    const second = await submit('Feedback', { callId, score: 0, userId: 'ann' });
    expect(second.label).toEqual({ id: first.label?.id, score: 0, call: { id: callId } });
    await submit('Feedback', { callId, score: 1, userId: 'bob' });
    expect(await performanceOf(callId)).toEqual({ performance: 0.5, kind: 'FEEDBACK', labeler: 'feedback@1' });
  });

  it('names exactly one call, with a score of 0 to 1', async () => {
    expect((await submit('Feedback', { score: 1 })).code).toBe('INVALID_INPUT');
    expect((await submit('Feedback', { score: 1, traceId: 'a', requestId: 'b' })).code).toBe('INVALID_INPUT');
    expect((await submit('Feedback', { score: 1.1, traceId: 'a' })).code).toBe('INVALID_INPUT');
  });

  it('that comes before its call waits for it and is joined to the last answer of the trace', async () => {
    const waiting = await submit('Feedback', { traceId: 'F2TRACE', score: 0, userId: 'ann', idempotencyKey: 'f2' });
    await submit('Feedback', { requestId: 'f2-request', score: 1, userId: 'ann' });
    expect(waiting.label).toMatchObject({ score: 0, call: null });
    const [, byTrace, byRequest] = await labeling.log([
      { query: 'f2 a step', response: 'x', traceId: 'f2trace' },
      { query: 'f2 the answer', response: 'y', traceId: 'f2trace' },
      { query: 'f2 other', response: 'z', requestId: 'f2-request' },
    ]);
    await addMetric('f2', 'nothing asks this', 'nothing');
    const run = await labeling.label({ labelers: ['f2'] });
    expect(run.feedbackJoined).toBe(2);
    expect(await performanceOf(byTrace)).toMatchObject({ performance: 0, kind: 'FEEDBACK' });
    expect(await performanceOf(byRequest)).toMatchObject({ performance: 1 });
    const repeated = await submit('Feedback', { traceId: 'F2TRACE', score: 0, userId: 'ann', idempotencyKey: 'f2' });
    expect(repeated.label).toEqual({ id: waiting.label?.id, score: 0, call: { id: byTrace } });
    expect((await labeling.label({ labelers: ['f2'] })).feedbackJoined).toBe(0);
  });

  it('of one user, sent at once many times, is one opinion', async () => {
    const [callId] = await labeling.log([{ query: 'f3', response: 'yes' }]);
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => submit('Feedback', { callId, score: i / 19, userId: 'ann' })),
    );
    expect(await labeling.rows('select 1 from labeling.label where call_id = $1', [callId])).toHaveLength(1);
  });

  it('is kept while the service that reads calls is not there; what needs that service says so', async () => {
    const alone = await RunningLabeling.start(await freshDatabase(LABELING_ALONE));
    try {
      expect((await submit('Feedback', { traceId: 't', score: 1 }, alone)).label).toMatchObject({ call: null });
      const human = await submit('HumanLabel', { callId: '01900000-0000-7000-8000-000000000001', score: 1 }, alone);
      expect(human.code).toBe('DEPENDENCY_UNAVAILABLE');
    } finally {
      await alone.end();
    }
  });
});

describe('the performance of an answer', () => {
  it('is the metric before people, people before a calibrated judge, and that before feedback', async () => {
    const models = await FakeModels.start();
    models.reply = () => verdict(1);
    const [callId] = await labeling.log([{ query: 'p1', response: 'yes' }]);
    const judge = { kind: 'JUDGE', model: 'judge', baseUrl: models.url };
    await labeling.createLabeler({ ...judge, name: 'p1-uncalibrated' });
    await labeling.createLabeler({ ...judge, name: 'p1-trusted', allowUncalibrated: true });
    await addMetric('p1', 'p1', 'no');

    await labeling.label({ labelers: ['p1-uncalibrated'], filter: { text: 'p1' }, budgetUsd: 1 });
    expect(await performanceOf(callId)).toBeNull();
    await submit('Feedback', { callId, score: 1 });
    expect(await performanceOf(callId)).toMatchObject({ kind: 'FEEDBACK', performance: 1 });
    await labeling.label({ labelers: ['p1-trusted'], filter: { text: 'p1' }, budgetUsd: 1 });
    expect(await performanceOf(callId)).toMatchObject({ kind: 'JUDGE', performance: 0.25 });
    await submit('HumanLabel', { callId, score: 0.75 });
    expect(await performanceOf(callId)).toMatchObject({ kind: 'HUMAN', performance: 0.75 });
    await labeling.label({ labelers: ['p1'], filter: { text: 'p1' } });
    expect(await performanceOf(callId)).toEqual({ kind: 'METRIC', performance: 0, labeler: 'p1@1' });
    await models.close();
  });

  it('follows a judge that comes to agree with people, and one that ceases to', async () => {
    const models = await FakeModels.start();
    models.reply = (asked) => verdict(asked.messages.at(-1)?.content.includes('good') ? 4 : 0);
    const calls = Array.from({ length: 130 }, (_, i) => ({
      query: `c1 ${i}`,
      response: i % 3 === 0 ? `bad ${i}` : `good ${i}`,
    }));
    const ids = await labeling.log(calls);
    await labeling.createLabeler({ name: 'c1', kind: 'JUDGE', model: 'judge', baseUrl: models.url });
    const run = () => labeling.label({ labelers: ['c1'], filter: { text: 'c1 ' }, budgetUsd: 1 });
    const judged = async () =>
      (
        await labeling.rows(
          'select 1 from labeling.performance_v1 p join ingest.call c on c.id = p.call_id where c.query like $1 and kind = $2',
          ['c1 %', 'JUDGE'],
        )
      ).length;
    const people = async (wrong: boolean) => {
      for (const [i, callId] of ids.slice(0, 110).entries())
        await submit('HumanLabel', { callId, score: (i % 3 === 0) === wrong ? 1 : 0 });
    };
    await run();
    expect(await judged()).toBe(0);
    await people(false);
    await run();
    expect(await judged()).toBe(20); // the other 110 have people's labels
    const { data } = await labeling.graph<{
      judgeCalibrations: unknown[];
      labelers: { name: string; calibrated: boolean }[];
    }>(
      '{ judgeCalibrations(judge: "c1") { judge pairs kappa kappaCi95 spearman spearmanCi95 passesGate reason } labelers { name calibrated } }',
    );
    expect(data.judgeCalibrations).toEqual([
      expect.objectContaining({
        judge: 'c1',
        pairs: 110,
        kappa: 1,
        kappaCi95: [1, 1],
        spearmanCi95: [1, 1],
        passesGate: true,
      }),
    ]);
    expect(data.labelers.find(({ name }) => name === 'c1')?.calibrated).toBe(true);
    await people(true);
    await run();
    expect(await judged()).toBe(0);
    await models.close();
  }, 20_000);
});

describe('calls to label', () => {
  const toLabel = async (args: string) => {
    const { data, errors } = await labeling.graph<{ callsToLabel: { id: string }[] } | null>(
      `{ callsToLabel(filter: { text: "tl " }, ${args}) { id } }`,
    );
    return data?.callsToLabel.map(({ id }) => id) ?? errors?.[0]?.extensions.code;
  };

  it('are answers without a label of that person, of each model one in turn, in the order of the seed', async () => {
    const ids = await labeling.log([
      ...Array.from({ length: 30 }, (_, i) => ({ query: `tl ${i}`, response: 'x', model: 'often' })),
      ...Array.from({ length: 3 }, (_, i) => ({ query: `tl ${i}`, response: 'x', model: 'seldom' })),
      { query: 'tl unanswered', response: null, status: 'ERROR' },
    ]);
    const all = await toLabel('first: 200');
    expect(all).toHaveLength(33);
    const seldom = ids.slice(30, 33);
    expect(all?.slice(0, 6)).toEqual(expect.arrayContaining(seldom));
    expect(await toLabel('first: 6')).toEqual(all?.slice(0, 6));
    expect(await toLabel('first: 200, seed: 1')).not.toEqual(all);
    const [first = '', second = ''] = all ?? [];
    await submit('HumanLabel', { callId: first, score: 1, userId: 'ann' });
    await submit('HumanLabel', { callId: second, score: 1 });
    expect(await toLabel('first: 200, userId: "ann"')).toEqual(expect.not.arrayContaining([first]));
    expect(await toLabel('first: 200, userId: "ann"')).toHaveLength(32);
    expect(await toLabel('first: 200')).toEqual(expect.not.arrayContaining([second]));
  });

  it.each([0, 201, -1])('are not %d at once', async (first) => {
    expect(await toLabel(`first: ${first}`)).toBe('INVALID_INPUT');
  });
});

describe('the counts of labels', () => {
  it('are those of the database', async () => {
    const { data } = await labeling.graph<{ labelCounts: { kind: string; labels: number; abstained: number }[] }>(
      '{ labelCounts { kind labels abstained } }',
    );
    const stored = await labeling.rows('select kind, count(*)::int as labels from labeling.label group by kind');
    expect(data.labelCounts.map(({ kind }) => kind)).toEqual(['METRIC', 'HUMAN', 'JUDGE', 'FEEDBACK']);
    for (const { kind, labels } of stored) {
      expect(data.labelCounts.find((each) => each.kind === kind)).toMatchObject({ labels, abstained: 0 });
    }
  });
});
