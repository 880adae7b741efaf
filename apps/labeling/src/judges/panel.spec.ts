import 'reflect-metadata';
import { freshDatabase } from '@signalbox/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { abstention, enclosed, FakeModels, verdict, type ChatAsked, type FakeReply } from '../testing/fake-models.js';
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

const create = async (name: string, more: Record<string, unknown>) => {
  const { data, errors } = await labeling.createLabeler({ name, kind: 'JUDGE', ...more });
  return { version: data?.createLabeler.version, problem: errors?.[0] };
};
/** Judges a, b, c and one that decides, each with a model of its own. */
const seats = async (of: string, more: Record<string, unknown> = {}) => {
  const names = ['a', 'b', 'c', 'arbiter'].map((each) => `${of}-${each}`);
  for (const name of names) await create(name, { model: name, baseUrl: models.url, ...more });
  return names;
};
/** What each judge says of each question, by the letter of the judge. */
const script = (said: Record<string, Record<string, FakeReply>>) => (asked: ChatAsked) =>
  said[enclosed(asked, 'PROMPT').split(' ').at(-1) ?? '']?.[asked.model.split('-').at(-1) ?? ''] ?? {
    text: 'not asked for',
  };
const labelsOf = async (labeler: string) =>
  labeling.rows<{ word: string; score: number | null; abstained: boolean; rationale: string; keys: string }>(
    `select split_part(c.query, ' ', 2) as word, l.score, l.abstained, l.rationale, l.verdict_key as keys
     from labeling.label l join ingest.call c on c.id = l.call_id where l.labeler = $1 order by c.query`,
    [labeler],
  );
const log = (of: string, words: readonly string[]) =>
  labeling.log(words.map((word) => ({ query: `${of} ${word}`, response: `answer ${word}`, model: 'small' })));
const run = (of: string, labelers: string[], budgetUsd = 1) =>
  labeling.label({ labelers, filter: { text: `${of} ` }, budgetUsd });

describe('a panel of judges', () => {
  const words = ['agree', 'apart', 'half'];
  const said = {
    agree: { a: verdict(4), b: verdict(3), c: verdict(4), arbiter: verdict(0) },
    apart: { a: verdict(4), b: verdict(3), c: verdict(1), arbiter: verdict(1) },
    half: { a: verdict(2), b: abstention, c: verdict(2), arbiter: verdict(0) },
  };

  it('gives the mean where they are within a level, and has another judge decide where they are not', async () => {
    const [a, b, c, arbiter] = await seats('p1');
    await create('p1', { panel: [a, b, c], escalateTo: arbiter });
    await log('p1', words);
    models.reply = script(said);
    const ran = await run('p1', ['p1']);
    expect(ran).toMatchObject({ status: 'SUCCEEDED', labelled: 3, abstained: 0 });
    const labels = await labelsOf('p1');
    expect(labels).toMatchObject([
      { word: 'agree', score: 2.75 / 3 },
      {
        word: 'apart',
        score: 0.25,
        rationale: expect.stringMatching(/p1-a \(1\): because\n.*\n.*\np1-arbiter \(0\.25\)/),
      },
      { word: 'half', score: 0.5 },
    ]);
    expect(models.asked.filter(({ model }) => model === arbiter)).toHaveLength(1);
    expect(ran.spentUsd).toBeCloseTo(10 * 0.001, 9);
  });

  it('abstains where they are not within a level and nobody decides', async () => {
    const [a, b, c] = await seats('p2');
    await create('p2', { panel: [a, b, c] });
    await log('p2', words);
    models.reply = script(said);
    expect(await run('p2', ['p2'])).toMatchObject({ labelled: 2, abstained: 1, unparseable: 0 });
    expect(await labelsOf('p2')).toMatchObject([
      { word: 'agree', abstained: false },
      { word: 'apart', score: null, abstained: true },
      { word: 'half', abstained: false },
    ]);
  });

  it('has no label where too few gave a verdict, and asks again', async () => {
    const [a, b] = await seats('p3');
    await create('p3', { panel: [a, b] });
    await log('p3', ['garbled']);
    models.reply = script({ garbled: { a: verdict(4), b: { text: 'fine', costUsd: 0.001 } } });
    expect(await run('p3', ['p3'])).toMatchObject({ labelled: 0, abstained: 1, unparseable: 1 });
    expect(await labelsOf('p3')).toEqual([]);
    models.reply = script({ garbled: { a: verdict(4), b: verdict(4) } });
    expect(await run('p3', ['p3'])).toMatchObject({ labelled: 1 });
  });

  it('asks for no verdict that its judges have given before, nor they for one that it has had', async () => {
    const [a, b, c, arbiter] = await seats('p4');
    await create('p4', { panel: [a, b], escalateTo: arbiter });
    await log('p4', words);
    models.reply = script(said);
    await run('p4', [a ?? '', c ?? '']);
    expect(await run('p4', ['p4'])).toMatchObject({ labelled: 3 });
    expect(models.asked.filter(({ model }) => model === a)).toHaveLength(3);
    const before = models.asked.length;
    expect(await run('p4', [b ?? ''])).toMatchObject({ labelled: 2, abstained: 1, spentUsd: 0 });
    expect(models.asked).toHaveLength(before);
  });

  it('counts what it paid where the budget ends between two of its judges', async () => {
    // A verdict is expected to cost 150 tokens; the budget is for one and not for two.
    const [a, b] = await seats('p5', { inputPrice: 0, outputPrice: 10 });
    await create('p5', { panel: [a, b] });
    await log('p5', ['agree']);
    models.reply = script(said);
    const cut = await run('p5', ['p5'], 0.002);
    expect(cut).toMatchObject({ labelled: 0, problem: { code: 'BUDGET_EXHAUSTED' } });
    expect(models.asked).toHaveLength(1);
    expect(cut.spentUsd).toBeCloseTo(0.001, 9);
  });

  it('and of one who does not answer, what the others were paid', async () => {
    const [a, b] = await seats('p6');
    await create('p6', { panel: [a, b] });
    await log('p6', ['agree']);
    models.reply = script({ agree: { a: verdict(4), b: { status: 401, text: 'who are you' } } });
    const failed = await run('p6', ['p6']);
    expect(failed).toMatchObject({ status: 'FAILED', problem: { code: 'JUDGE_UNREACHABLE' } });
    expect(failed.spentUsd).toBeCloseTo(0.001, 9);
  });

  it('judges the answers of a replay, and what it was paid is counted whether it comes to a verdict or not', async () => {
    const [a, b] = await seats('p10');
    await create('a-panel', { panel: [a, b], allowUncalibrated: true });
    await log('p10', ['agree', 'lost']);
    const judged = script({ ...said, lost: { a: verdict(4), b: { status: 401, text: 'who are you' } } });
    models.reply = (asked) => (asked.model === 'small' ? { text: 'yes', costUsd: 0.01 } : judged(asked));
    const replay = await labeling.replay({
      ...{ filter: { text: 'p10 agree' }, sampleSize: 1, candidates: ['small'], endpoint: models.url, budgetUsd: 1 },
    });
    expect(replay).toMatchObject({ status: 'SUCCEEDED', cellCount: 1, problem: null });
    expect(replay.spentUsd).toBeCloseTo(0.01 + 2 * 0.001, 9);
    const cells = await labeling.rows('select performance, labeler from labeling.replay_cell');
    expect(cells).toEqual([{ performance: 0.875, labeler: expect.stringMatching(/^a-panel@panel-/) }]);
    const failed = await labeling.replay({
      ...{ filter: { text: 'p10 lost' }, sampleSize: 1, candidates: ['small'], endpoint: models.url, budgetUsd: 1 },
    });
    expect(failed).toMatchObject({ status: 'FAILED', problem: { code: 'JUDGE_UNREACHABLE' } });
    expect(failed.spentUsd).toBeCloseTo(0.01 + 0.001, 9);
  });

  it('has a version that tells its judges, and a calibration of its own', async () => {
    const [a, b, c, arbiter] = await seats('p7');
    const made = [
      await create('p7', { panel: [a, b] }),
      await create('p7-abc', { panel: [a, b, c] }),
      await create('p7-decided', { panel: [a, b], escalateTo: arbiter }),
    ];
    expect(new Set(made.map(({ version }) => version)).size).toBe(3);
    expect(await create('p7', { panel: [a, b] })).toEqual(made[0]);
    await log('p7', words);
    models.reply = script(said);
    await run('p7', ['p7']);
    const { data } = await labeling.graph<{ judgeCalibrations: unknown[] }>(
      '{ judgeCalibrations(judge: "p7") { judge version pairs } }',
    );
    expect(data.judgeCalibrations).toEqual([{ judge: 'p7', version: made[0]?.version, pairs: 0 }]);
  });

  it('is refused with a judge that is not there, twice there, a panel or a metric, and with a model of its own', async () => {
    const [a, b, c] = await seats('p8');
    await create('p8', { panel: [a, b] });
    await labeling.createLabeler({
      name: 'p8-m',
      kind: 'METRIC',
      metric: 'f1',
      groundTruth: [{ query: 'q', answer: 'a' }],
    });
    const refused = async (more: Record<string, unknown>) => (await create('p8-x', more)).problem;
    for (const name of ['nobody', 'p8-m']) {
      expect(await refused({ panel: [a, name] })).toMatchObject({
        ...{ message: `panel: there is no judge named "${name}".`, extensions: { code: 'NOT_FOUND' } },
      });
      expect((await refused({ panel: [a, b], escalateTo: name }))?.extensions.code).toBe('NOT_FOUND');
    }
    expect((await refused({ panel: [a, 'p8'] }))?.message).toContain('is a panel itself');
    expect((await refused({ panel: [a, a] }))?.message).toContain('names a judge twice');
    expect((await refused({ panel: [a] }))?.extensions.code).toBe('INVALID_INPUT');
    expect((await refused({ panel: [a, b, c, 'p8-arbiter'] }))?.extensions.code).toBe('INVALID_INPUT');
    expect((await refused({ panel: [a, b], escalateTo: a }))?.message).toContain('sits on the panel');
    expect((await refused({ panel: [a, b], model: 'x' }))?.message).toContain('model: each judge');
    expect((await refused({ model: 'x', baseUrl: models.url, escalateTo: a }))?.message).toContain('only a panel');
  });

  it('leaves no verdict of its judges behind when a call is forgotten', async () => {
    const [a, b, c] = await seats('p9');
    await create('p9', { panel: [a, b, c] });
    const [id] = await log('p9', ['agree']);
    models.reply = script(said);
    await run('p9', ['p9']);
    const [label] = await labelsOf('p9');
    const keys = label?.keys.split(' ') ?? [];
    const kept = () => labeling.rows('select 1 from labeling.verdict where key = any($1)', [keys]);
    expect(await kept()).toHaveLength(3);
    await labeling.forget(id ? [id] : []);
    await labeling.erased();
    expect(await kept()).toHaveLength(0);
  });
});
