import 'reflect-metadata';
import { freshDatabase, wordsInDatabase } from '@signalbox/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { enclosed, FakeModels, verdict, type ChatAsked, type FakeReply } from '../testing/fake-models.js';
import { ALL_SERVICES, RunningLabeling } from '../testing/running-labeling.js';

const USD = 0.001;

let labeling: RunningLabeling;
let models: FakeModels;
/** What the judge says of two answers. */
let prefers: (first: string, second: string) => FakeReply | Promise<FakeReply>;

const preference = (preferred: 'A' | 'B' | 'TIE' | null): FakeReply => ({
  text: JSON.stringify({ rationale: 'because', abstain: preferred === null, preferred }),
  costUsd: USD,
});
const isComparison = (asked: ChatAsked): boolean => enclosed(asked, 'ANSWER A') !== '';
const longer = (first: string, second: string): FakeReply =>
  preference(first.length === second.length ? 'TIE' : first.length > second.length ? 'A' : 'B');
/** `long` answers at length, `short` in a word, `same` as long as it was logged, and each names the question. */
function answer(asked: ChatAsked): FakeReply | Promise<FakeReply> {
  if (asked.model === 'judge') {
    if (!isComparison(asked)) return verdict(3);
    return prefers(enclosed(asked, 'ANSWER A'), enclosed(asked, 'ANSWER B'));
  }
  const number = /\d+$/.exec(asked.messages.at(-1)?.content ?? '')?.[0] ?? '';
  const text = { long: `at great length ${number}`, short: number, same: `other ${number}` }[asked.model] ?? '';
  return { text, costUsd: USD, seconds: 0.1 };
}

beforeAll(async () => {
  models = await FakeModels.start();
  labeling = await RunningLabeling.start(await freshDatabase(ALL_SERVICES));
  await made('judge');
}, 60_000);
beforeEach(() => {
  models.asked.length = 0;
  models.reply = answer;
  prefers = longer;
});
afterAll(async () => {
  await labeling.end();
  await models.close();
});

const made = (name: string, more: Record<string, unknown> = {}) =>
  labeling.createLabeler({ name, kind: 'JUDGE', model: 'judge', baseUrl: models.url, ...more });
const log = (family: string, count: number, model = 'long') =>
  labeling.log(
    Array.from({ length: count }, (_, n) => ({
      query: `${family} number ${n}`,
      response: `given ${n}`,
      model,
    })),
  );
const request = (family: string, more: Record<string, unknown> = {}) => ({
  ...{ sampleSize: 50, candidates: ['long', 'short', 'same'], endpoint: models.url, budgetUsd: 1, pairwise: true },
  ...{ filter: { text: `${family} number` }, ...more },
});
const comparisons = () => models.asked.filter(isComparison);
const evidenceOf = async (id: string) => {
  const query = `query ($id: ID!) { replay(id: $id) { pairwise { candidate pairs consistentPairs wins ties losses shareConsistent
    unparseable } cells(first: 200) { edges { node { candidate performance preferences { judge order preferred rationale costUsd } } } } } }`;
  interface Cell {
    candidate: string;
    performance: number | null;
    preferences: { judge: string; order: string; preferred: string | null; rationale: string; costUsd: number }[];
  }
  const { data } = await labeling.graph<{ replay: { pairwise: unknown[]; cells: { edges: { node: Cell }[] } } }>(
    query,
    {
      id,
    },
  );
  return { evidence: data.replay.pairwise, cells: data.replay.cells.edges.map(({ node }) => node) };
};
const consistencyOf = async (judge: string) => {
  await labeling.label({ labelers: [judge], sampleSize: 1 }); // a judge is listed once it has labelled
  const { data } = await labeling.graph<{ judgeCalibrations: unknown[] }>(
    'query ($judge: String) { judgeCalibrations(judge: $judge) { orderConsistency orderPairs } }',
    { judge },
  );
  return data.judgeCalibrations[0];
};
const errorOf = async (input: Record<string, unknown>) =>
  (
    await labeling.graph('mutation ($input: ReplayCallsInput!) { replayCalls(input: $input) { id } }', {
      input: request('p1', input),
    })
  ).errors?.[0];

describe('the answers of a replay beside the logged ones', () => {
  it('are no evidence where a judge prefers the first, whatever it holds', async () => {
    await log('p1', 4);
    prefers = () => preference('A');
    expect(await consistencyOf('judge')).toEqual({ orderConsistency: null, orderPairs: 0 });
    const replay = await labeling.replay(request('p1'));
    expect(replay).toMatchObject({ status: 'SUCCEEDED', cellCount: 12, problem: null });
    const none = { pairs: 4, consistentPairs: 0, wins: 0, ties: 0, losses: 0, shareConsistent: 0, unparseable: 0 };
    expect((await evidenceOf(replay.id)).evidence).toEqual(
      ['long', 'same', 'short'].map((candidate) => ({ candidate, ...none })),
    );
    expect(await consistencyOf('judge')).toEqual({ orderConsistency: 0, orderPairs: 12 });
  });

  it('win, tie and lose by the judge that says the same in both orders, and get no label of it', async () => {
    await log('p2', 4);
    const replay = await labeling.replay(request('p2'));
    expect(replay).toMatchObject({ status: 'SUCCEEDED', cellCount: 12, problem: null });
    const all = { pairs: 4, consistentPairs: 4, wins: 0, ties: 0, losses: 0, shareConsistent: 1, unparseable: 0 };
    const { evidence, cells } = await evidenceOf(replay.id);
    expect(evidence).toEqual([
      { candidate: 'long', ...all, wins: 4 },
      { candidate: 'same', ...all, ties: 4 },
      { candidate: 'short', ...all, losses: 4 },
    ]);
    const preferred = { long: 'REPLAYED', same: 'TIE', short: 'LOGGED' };
    for (const { candidate, performance, preferences } of cells) {
      const said = { judge: 'judge', rationale: 'because', costUsd: USD, preferred: preferred[candidate as 'long'] };
      expect(preferences).toEqual(['LOGGED_FIRST', 'REPLAYED_FIRST'].map((order) => ({ order, ...said })));
      expect(performance).toBeNull(); // the judge is not calibrated
    }
    expect(await labeling.rows(`select distinct score from labeling.label where replay_cell_id is not null`)).toEqual([
      { score: 0.75 },
    ]);
    expect(comparisons()).toHaveLength(2 * 12);
    expect(replay.spentUsd).toBeCloseTo(USD * models.asked.length, 9);
    expect(await consistencyOf('judge')).toEqual({ orderConsistency: 0.5, orderPairs: 24 });
  });

  it('are shown without the name of a model, and enclosed', async () => {
    await log('p3', 1, 'short');
    await labeling.replay(request('p3', { candidates: ['short'] }));
    const [first, second] = comparisons();
    expect(first && [enclosed(first, 'PROMPT'), enclosed(first, 'ANSWER A'), enclosed(first, 'ANSWER B')]).toEqual([
      ...['p3 number 0', 'given 0', '0'],
    ]);
    expect(second && [enclosed(second, 'ANSWER A'), enclosed(second, 'ANSWER B')]).toEqual(['0', 'given 0']);
    expect(first).toMatchObject({ temperature: 0, response_format: { type: 'json_schema' } });
    expect(JSON.stringify(comparisons().map(({ messages }) => messages))).not.toMatch(/short|long|logged/);
  });

  it('leave no verdict where the judge abstains or says what is none, which is counted', async () => {
    await log('p4', 2, 'short');
    prefers = (first, second) => {
      if (`${first}${second}`.includes('1')) return preference(null);
      return first.startsWith('given') ? { text: 'A, of course', costUsd: USD } : longer(first, second);
    };
    const replay = await labeling.replay(request('p4', { candidates: ['short'] }));
    expect(replay).toMatchObject({ status: 'SUCCEEDED', problem: null });
    const { evidence, cells } = await evidenceOf(replay.id);
    expect(evidence).toEqual([
      {
        candidate: 'short',
        pairs: 0,
        consistentPairs: 0,
        wins: 0,
        ties: 0,
        losses: 0,
        shareConsistent: null,
        unparseable: 1,
      },
    ]);
    const said = cells.map(({ preferences }) => preferences.map((each) => each.preferred));
    expect(said.sort((a, b) => a.length - b.length)).toEqual([['LOGGED'], [null, null]]);
  });

  it('are compared for no more than the budget, and go on from there without paying for a verdict twice', async () => {
    await log('p5', 6);
    const id = (await labeling.replay(request('p5', { candidates: ['long'], budgetUsd: 0.015 }))).id;
    const [before] = await labeling.rows<{ verdicts: number; spent: number }>(
      `select count(*)::int as verdicts, (select spent_usd::float8 from labeling.replay where id = $1) as spent
       from labeling.pairwise_verdict v join labeling.replay_cell c on c.id = v.cell_id where c.replay_id = $1`,
      [id],
    );
    expect(before?.spent).toBeLessThanOrEqual(0.015 + 16 * USD);
    const paid = comparisons().length;
    expect(before?.verdicts).toBe(paid);
    // As the process of a replay that was killed leaves it.
    await labeling.rows(
      `with gone as (
         delete from labeling.pairwise_verdict v using labeling.replay_cell c
         where c.id = v.cell_id and c.replay_id = $1 and v.shown = 'REPLAYED_FIRST' returning v.cell_id
       ), open as (update labeling.replay_cell set compared = false where id in (select cell_id from gone))
       update labeling.replay set status = 'RUNNING', budget_usd = 1, problem = null where id = $1`,
      [id],
    );
    const [left] = await labeling.rows<{ verdicts: number }>(
      'select 12 - count(*)::int as verdicts from labeling.pairwise_verdict v join labeling.replay_cell c on c.id = v.cell_id where c.replay_id = $1',
      [id],
    );
    models.asked.length = 0;
    await labeling.down();
    await labeling.up();
    expect(await labeling.replayEnded(id)).toMatchObject({ status: 'SUCCEEDED', problem: null });
    expect(comparisons()).toHaveLength(left?.verdicts ?? 0);
    expect((await evidenceOf(id)).evidence).toMatchObject([{ pairs: 6, wins: 6 }]);
  }, 30_000);

  it('are not compared again in another replay where the texts are the same', async () => {
    const replay = await labeling.replay(request('p2', { candidates: ['long', 'short'] }));
    expect(comparisons()).toEqual([]);
    const { evidence, cells } = await evidenceOf(replay.id);
    expect(evidence).toMatchObject([
      { candidate: 'long', wins: 4 },
      { candidate: 'short', losses: 4 },
    ]);
    expect(cells[0]?.preferences[0]).toMatchObject({ costUsd: 0 });
  });

  it('and what was said of them are forgotten with their call', async () => {
    const [gone = '', stays = ''] = await log('p6', 2);
    prefers = (first) => ({
      text: JSON.stringify({ rationale: `walrus ${first}`, abstain: false, preferred: 'A' }),
      costUsd: USD,
    });
    await labeling.replay(request('p6', { candidates: ['same'] }));
    const kept = () =>
      labeling.rows<{ call_id: string }>(
        `select distinct c.call_id from labeling.pairwise_verdict v join labeling.replay_cell c on c.id = v.cell_id
         where v.rationale like 'walrus%'`,
      );
    expect(await kept()).toHaveLength(2);
    await labeling.forget([gone]);
    await labeling.erased();
    expect(await kept()).toEqual([{ call_id: stays }]);
    expect(await wordsInDatabase(labeling.admin, ['walrus given 0', 'walrus other 0'])).toEqual([]);
  });

  it('cost what is told before, where the judge has prices, and else a note says that they are left out', async () => {
    const ofAll = { router: null, candidates: ['long'] };
    await labeling.addRouter('priced', [{ name: 'long', price: 1 }]);
    const [plain, compared] = [
      await labeling.replay(request('p2', { ...ofAll, router: 'priced', pairwise: false })),
      await labeling.replay(request('p2', { ...ofAll, router: 'priced' })),
    ];
    expect(compared.expectedCostUsd).toBe(plain.expectedCostUsd);
    expect(compared.notes.join()).toContain('expectedCostUsd leaves out the comparisons');
    expect(plain.notes.join()).not.toContain('comparisons');

    await made('a-priced-judge', { inputPrice: 2, outputPrice: 10 });
    const priced = await labeling.replay(request('p2', { ...ofAll, router: 'priced' }));
    expect(priced.notes.join()).not.toContain('comparisons');
    // Of 4 cells, twice: 150 tokens of output, and of input the rules beside the prompt and two answers.
    const extra = (priced.expectedCostUsd ?? 0) - (plain.expectedCostUsd ?? 0);
    expect(extra).toBeGreaterThan((4 * 2 * (150 * 10 + 200 * 2)) / 1e6);
    expect(extra).toBeLessThan((4 * 2 * (150 * 10 + 2_000 * 2)) / 1e6);
  });

  it('need one judge', async () => {
    await made('a-panel', { panel: ['judge', 'a-priced-judge'], model: undefined, baseUrl: undefined });
    expect(await errorOf({})).toMatchObject({
      message: expect.stringMatching(/^pairwise: the judge of the replay, "a-panel", is a panel/),
      extensions: { code: 'INVALID_INPUT' },
    });
    const alone = await RunningLabeling.start(await freshDatabase(ALL_SERVICES));
    try {
      await alone.log([{ query: 'p1 number 1', response: 'x' }]);
      const mutation = 'mutation ($input: ReplayCallsInput!) { replayCalls(input: $input) { id } }';
      const { errors } = await alone.graph(mutation, { input: request('p1') });
      expect(errors?.[0]?.message).toContain('pairwise: there is no judge');
    } finally {
      await alone.end();
    }
  });
});
