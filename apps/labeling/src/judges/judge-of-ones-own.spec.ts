import 'reflect-metadata';
import { freshDatabase } from '@signalbox/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { enclosed, FakeModels, verdict } from '../testing/fake-models.js';
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
const versionOf = async (made: ReturnType<typeof judge>) => (await made).data.createLabeler.version;
const problemOf = async (made: ReturnType<typeof judge>) => (await made).errors?.[0];

describe('a rubric of your own', () => {
  const rubric = '  Level 4 is polite.\nLevel 0 is rude.  ';

  it('is part of the instructions, beside ours, and never of the material', async () => {
    await labeling.log([{ query: 'o1 hello?', response: 'what' }]);
    await judge('o1', { rubric });
    await labeling.label({ labelers: ['o1'], filter: { text: 'o1 ' }, budgetUsd: 1 });
    const [asked] = models.asked;
    expect(asked?.messages[0]).toMatchObject({ role: 'system', content: expect.stringContaining(rubric.trim()) });
    expect(asked?.messages[0]?.content).toContain('4 - Correct and complete');
    expect(asked?.messages[1]?.content).not.toContain('polite');
    const [label] = await labeling.rows<{ labeler_version: string }>(
      `select labeler_version from labeling.label where labeler = 'o1'`,
    );
    expect(label?.labeler_version).toBe(await versionOf(judge('o1', { rubric })));
  });

  it('makes another version and another verdict on the same answer', async () => {
    await labeling.log([{ query: 'o2 hello?', response: 'what' }]);
    const versions = [
      await versionOf(judge('o2')),
      await versionOf(judge('o2-polite', { rubric })),
      await versionOf(judge('o2-rude', { rubric: 'Level 4 is rude.' })),
    ];
    expect(new Set(versions).size).toBe(3);
    const labelers = ['o2', 'o2-polite', 'o2-rude'];
    expect(await labeling.label({ labelers, filter: { text: 'o2 ' }, budgetUsd: 1 })).toMatchObject({ labelled: 3 });
    expect(models.asked).toHaveLength(3);
    expect((await problemOf(judge('o2', { rubric })))?.extensions.code).toBe('CONFLICT');
  });

  it('is bounded, not blank, and of no metric', async () => {
    expect(await problemOf(judge('o3', { rubric: 'x'.repeat(4_001) }))).toMatchObject({
      message: expect.stringContaining('rubric'),
      extensions: { code: 'INVALID_INPUT' },
    });
    expect((await problemOf(judge('o3', { rubric: ' \n ' })))?.message).toContain('rubric: is blank');
    const metric = { kind: 'METRIC', metric: 'f1', groundTruth: [{ query: 'q', answer: 'a' }], rubric };
    expect((await problemOf(judge('o3', metric)))?.message).toContain('rubric: a metric has none');
  });
});

describe('the concurrency of a judge', () => {
  it('is how many answers it is given at once, and part of no version', async () => {
    await labeling.log(Array.from({ length: 60 }, (_, n) => ({ query: `o8 question ${n}`, response: `o8 ${n}` })));
    for (const [name, concurrency] of [
      ['o8-one', 1],
      ['o8-three', 3],
      ['o8-many', 40],
    ] as const) {
      const rubric = name; // for verdicts of its own
      const usual = judge(`${name}-usual`, { rubric });
      expect(await versionOf(judge(name, { rubric, concurrency }))).toBe(await versionOf(usual));
      let full: () => void = () => undefined;
      const filled = new Promise<void>((resolve) => (full = resolve));
      let asked = 0;
      models.reply = async () => {
        asked += 1;
        if (asked === concurrency) full();
        await filled;
        return verdict(3);
      };
      models.mostInFlight = 0;
      const labelled = labeling.label({ labelers: [name], filter: { text: 'o8 question' }, sampleSize: 50 });
      expect(await labelled).toMatchObject({ status: 'SUCCEEDED', labelled: 50 });
      expect(models.mostInFlight).toBe(concurrency);
    }
  });

  it('is shown, 16 unless given, and the least of the judges of a panel', async () => {
    await judge('o9-two', { concurrency: 2 });
    await judge('o9-usual');
    await labeling.createLabeler({ name: 'o9-panel', kind: 'JUDGE', panel: ['o9-usual', 'o9-two'] });
    const { data } = await labeling.graph<{ labelers: { name: string; concurrency: number | null }[] }>(
      '{ labelers { name concurrency } }',
    );
    expect(data.labelers.filter(({ name }) => name.startsWith('o9'))).toEqual([
      { name: 'o9-panel', concurrency: 2 },
      { name: 'o9-two', concurrency: 2 },
      { name: 'o9-usual', concurrency: 16 },
    ]);
    expect((await problemOf(judge('o9-usual', { concurrency: 16 }))) ?? null).toBeNull();
  });

  it('is 1 to 64, and of no panel and no metric', async () => {
    for (const concurrency of [0, 65]) {
      expect(await problemOf(judge('o10', { concurrency }))).toMatchObject({
        message: expect.stringContaining('concurrency'),
        extensions: { code: 'INVALID_INPUT' },
      });
    }
    const panel = { name: 'o10', kind: 'JUDGE', panel: ['o9-usual', 'o9-two'], concurrency: 4 };
    expect((await problemOf(labeling.createLabeler(panel)))?.message).toContain('concurrency: each judge of a panel');
    const metric = { kind: 'METRIC', metric: 'f1', groundTruth: [{ query: 'q', answer: 'a' }], concurrency: 4 };
    expect((await problemOf(labeling.createLabeler({ name: 'o10', ...metric })))?.message).toContain(
      'concurrency: a metric has none',
    );
  });
});

describe('a judge with references', () => {
  const groundTruth = [
    { query: 'o4 capital of France?', answer: 'Paris' },
    { query: 'o4 capital of Spain?', answer: 'Madrid' },
  ];

  it('is shown the known answer of its metric, where there is one, and says so in its version', async () => {
    await labeling.createLabeler({ name: 'o4-known', kind: 'METRIC', metric: 'f1', groundTruth });
    await labeling.createLabeler({ name: 'o4-other', kind: 'METRIC', metric: 'f1', groundTruth: [{ query: 'o4 capital of Spain?', answer: 'Sevilla' }] }); // prettier-ignore
    await labeling.log([
      { query: 'o4 capital of France?', response: 'Lyon' },
      { query: 'o4 capital of Spain?', response: 'Madrid' },
      { query: 'o4 capital of nowhere?', response: 'none' },
    ]);
    const plain = await versionOf(judge('o4-plain'));
    const versions = [
      await versionOf(judge('o4', { referenceFrom: 'o4-known' })),
      await versionOf(judge('o4-b', { referenceFrom: 'o4-other' })),
    ];
    expect(new Set([plain, ...versions]).size).toBe(3);
    await labeling.label({ labelers: ['o4'], filter: { text: 'o4 ' }, budgetUsd: 1 });
    const shown = models.asked.map((asked) => [enclosed(asked, 'PROMPT'), enclosed(asked, 'REFERENCE')]);
    expect(Object.fromEntries(shown)).toEqual({
      'o4 capital of France?': 'Paris',
      'o4 capital of Spain?': 'Madrid',
      'o4 capital of nowhere?': '',
    });
  });

  it('asks again for the same answer beside another reference, and not beside the same', async () => {
    const filter = { text: 'o4 capital of Spain' };
    const asked = async (labeler: string) => {
      const before = models.asked.length;
      await labeling.label({ labelers: [labeler], filter, budgetUsd: 1 });
      return models.asked.length - before;
    };
    const made = (name: string, referenceFrom?: string) =>
      judge(name, { baseUrl: models.url, ...(referenceFrom ? { referenceFrom } : {}) });
    await made('o5-plain');
    await made('o5-known', 'o4-known');
    await made('o5-known-too', 'o4-known');
    await made('o5-other', 'o4-other');
    expect([await asked('o5-plain'), await asked('o5-known'), await asked('o5-other')]).toEqual([1, 1, 1]);
    expect(await asked('o5-known-too')).toBe(0);
  });

  it('is shown it beside the answers of a replay too', async () => {
    const known = { metric: 'numeric', groundTruth: [{ query: 'o7 how many?', answer: 'quite a few' }] };
    await labeling.createLabeler({ name: 'o7-known', kind: 'METRIC', ...known });
    await judge('a-first', { referenceFrom: 'o7-known', allowUncalibrated: true });
    await labeling.log([{ query: 'o7 how many?', response: 'two', model: 'small' }]);
    models.reply = (asked) => (asked.model === 'small' ? { text: 'none', costUsd: 0.001 } : verdict(1));
    const replay = await labeling.replay({
      ...{ filter: { text: 'o7 ' }, sampleSize: 1, candidates: ['small'], endpoint: models.url, budgetUsd: 1 },
    });
    expect(replay).toMatchObject({ status: 'SUCCEEDED', cellCount: 1, problem: null });
    const asked = models.asked.find(({ model }) => model === 'judge-1');
    expect(asked && [enclosed(asked, 'ANSWER'), enclosed(asked, 'REFERENCE')]).toEqual(['none', 'quite a few']);
  });

  it('names a metric that is there', async () => {
    await judge('o6');
    for (const referenceFrom of ['nobody', 'o6']) {
      expect(await problemOf(judge('o6-b', { referenceFrom }))).toMatchObject({
        message: `There is no metric named "${referenceFrom}" to take references from.`,
        extensions: { code: 'NOT_FOUND' },
      });
    }
  });
});
