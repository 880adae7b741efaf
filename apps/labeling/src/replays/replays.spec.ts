import 'reflect-metadata';
import { freshDatabase } from '@signalbox/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v5 as uuidv5 } from 'uuid';
import { z } from 'zod';
import { FakeModels, verdict, type ChatAsked, type FakeReply } from '../testing/fake-models.js';
import { ALL_SERVICES, RunningLabeling } from '../testing/running-labeling.js';

let labeling: RunningLabeling;
let models: FakeModels;

beforeAll(async () => {
  models = await FakeModels.start();
  labeling = await RunningLabeling.start(await freshDatabase(ALL_SERVICES));
  await labeling.addRouter('bot', [
    { name: 'big', aliases: ['big-2026'], price: 10 },
    { name: 'small', price: 1 },
  ]);
}, 60_000);
beforeEach(() => {
  models.asked.length = 0;
  models.reply = answer;
});
afterAll(async () => {
  await labeling.end();
  await models.close();
});

const lastTurn = (asked: ChatAsked): string => asked.messages.at(-1)?.content ?? '';
/** `big` answers with the number of the question, `small` never does; the judge sees nothing but texts. */
function answer(asked: ChatAsked): FakeReply {
  if (asked.model === 'judge') return verdict(lastTurn(asked).includes('right') ? 4 : 1);
  const number = /\d+$/.exec(lastTurn(asked))?.[0] ?? '';
  return {
    text: asked.model === 'big' ? `right ${number}` : 'no idea',
    costUsd: asked.model === 'big' ? 0.01 : 0.001,
    seconds: 0.5,
  };
}
/** Has the retrain cancelled when models were asked so often; resolves then. */
const cancelAt = (times: number, retrain: string): Promise<void> =>
  new Promise((resolve) => {
    models.reply = async (asked) => {
      if (models.asked.length === times) {
        await labeling.rows(`update training.retrain set status = 'CANCELLED' where id = $1`, [retrain]);
        resolve();
      }
      return answer(asked);
    };
  });
const questions = (family: string, count: number, model = 'big') =>
  Array.from({ length: count }, (_, i) => ({ query: `${family} number ${i}`, response: 'logged', model }));
const cells = (replayId: string) =>
  labeling.rows<{
    candidate: string;
    kind: string | null;
    performance: number | null;
    cost_usd: number;
    query: string;
    part: string;
    in_random_slice: boolean;
  }>(
    `select v.*, c.query from labeling.replay_cell_v1 v join ingest.call c on c.id = v.call_id where replay_id = $1 order by query, candidate`,
    [replayId],
  );
const request = (family: string, more: Record<string, unknown> = {}) => ({
  ...{
    sampleSize: 10,
    candidates: ['big', 'small'],
    endpoint: models.url,
    budgetUsd: 1,
    filter: { text: `${family} number` },
  },
  ...more,
});

describe('a replay', () => {
  it('asks every candidate each prompt once and labels all answers to one prompt alike', async () => {
    await labeling.log([
      ...questions('r1', 12),
      { query: 'r1 number 99', response: 'x', hasTools: true },
      { query: 'r1 number 98', response: null, status: 'ERROR' },
    ]);
    await labeling.createLabeler({
      name: 'judge',
      kind: 'JUDGE',
      model: 'judge',
      baseUrl: models.url,
      allowUncalibrated: true,
    });
    const groundTruth = Array.from({ length: 6 }, (_, i) => ({ query: `r1 number ${i}`, answer: String(i) }));
    await labeling.createLabeler({ name: 'known', kind: 'METRIC', metric: 'numeric', groundTruth });
    const replay = await labeling.replay(request('r1', { sampleSize: 50, router: 'bot' }));
    expect(replay).toMatchObject({
      status: 'SUCCEEDED',
      prompts: 12,
      cellCount: 24,
      failedCells: 0,
      skippedForTools: 1,
      problem: null,
    });
    expect(replay.expectedCostUsd).toBeCloseTo((12 * 150 * (10 + 1)) / 1e6);
    expect(replay.expectedHalfWidth).toBeCloseTo(0.2996, 4); // of scores that deviate by 0.5, with 14 values
    const found = await cells(replay.id);
    expect(found).toHaveLength(24);
    for (const { query, candidate, kind, performance } of found) {
      const known = groundTruth.some((row) => row.query === query);
      expect({ query, kind }).toEqual({ query, kind: known ? 'METRIC' : 'JUDGE' });
      expect(performance).toBe(candidate === 'big' ? 1 : known ? 0 : 0.25);
    }
    expect(found.some((cell) => cell.in_random_slice)).toBe(false); // a filter chose the prompts
    expect(replay.spentUsd).toBeCloseTo(
      12 * 0.011 + models.asked.filter(({ model }) => model === 'judge').length * 0.001,
    );
    const { data } = await labeling.graph<{
      replay: { cells: { edges: { node: Record<string, unknown> }[]; pageInfo: { hasNextPage: boolean } } };
    }>(
      '($id: ID!) { replay(id: $id) { cells(first: 5) { edges { node { candidate response performance costUsd responseTimeSeconds call { id } } } pageInfo { hasNextPage endCursor } } } }'.replace(
        /^/,
        'query ',
      ),
      { id: replay.id },
    );
    expect(data.replay.cells.edges).toHaveLength(5);
    expect(data.replay.cells.edges[0]?.node).toMatchObject({
      responseTimeSeconds: 0.5,
      call: { id: expect.any(String) },
    });
    expect(data.replay.cells.pageInfo.hasNextPage).toBe(true);
  });

  it('sends the conversation as it was logged, and with the same seed the same prompts', async () => {
    const messages = [
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'r2 number 1' },
    ];
    await labeling.log([...questions('r2', 30), { query: 'r2 number 1', messages, response: 'x' }]);
    const drawn = async (seed: number) => {
      const { id } = await labeling.replay(request('r2', { seed, candidates: ['small'] }));
      return (await cells(id)).map(({ query }) => query);
    };
    expect(await drawn(1)).toEqual(await drawn(1));
    expect(await drawn(2)).not.toEqual(await drawn(1));
    await labeling.replay(request('r2', { sampleSize: 31, candidates: ['small'] }));
    expect(models.asked.some((asked) => JSON.stringify(asked.messages) === JSON.stringify(messages))).toBe(true);
  });

  it('counts answers without a price, and says so', async () => {
    await labeling.log(questions('r8', 3));
    models.reply = (asked) => ({ ...answer(asked), ...(asked.model === 'small' && { costUsd: undefined }) });
    const replay = await labeling.replay(request('r8', { sampleSize: 3 }));
    expect(replay).toMatchObject({
      status: 'SUCCEEDED',
      unpriced: 3,
      notes: [expect.stringMatching(/price of 3 .* 0 USD/)],
    });
  });

  it('is a random slice of the traffic only without a filter', async () => {
    const both = ['big', 'small'];
    const all = await labeling.replay(request('', { filter: {}, sampleSize: 5, candidates: both }));
    const slices = async (id: string) => [...new Set((await cells(id)).map((cell) => cell.in_random_slice))];
    expect(await slices(all.id)).toEqual([true]);
    const some = await labeling.replay(request('', { filter: { status: ['OK'] }, sampleSize: 5, candidates: both }));
    expect(await slices(some.id)).toEqual([false]);
  });

  it('keeps a failure as a failed cell without an outcome, and goes on', async () => {
    await labeling.log(questions('r3', 10));
    models.reply = (asked) =>
      asked.model === 'small' && lastTurn(asked).endsWith('3') ? { status: 400, text: lastTurn(asked) } : answer(asked);
    const replay = await labeling.replay(request('r3'));
    expect(replay).toMatchObject({
      status: 'SUCCEEDED',
      cellCount: 20,
      failedCells: 1,
      problem: { code: 'CANDIDATE_FAILED' },
    });
    expect(await cells(replay.id)).toHaveLength(19);
    const [row] = await labeling.rows<{ problem: { message: string } }>(
      `select problem from labeling.replay_cell where replay_id = $1 and status = 'FAILED'`,
      [replay.id],
    );
    expect(row?.problem.message).toBe('small answers 400 (fake_code).');
  });

  it('stops at its budget, judges included, and keeps what it has', async () => {
    await labeling.log(questions('r4', 60));
    const replay = await labeling.replay(request('r4', { sampleSize: 60, budgetUsd: 0.2 }));
    expect(replay).toMatchObject({ status: 'SUCCEEDED', problem: { code: 'BUDGET_EXHAUSTED' } });
    expect(replay.spentUsd).toBeLessThanOrEqual(0.2 + 16 * 0.01);
    expect(replay.spentUsd).toBeGreaterThan(0.18);
    expect((await cells(replay.id)).length).toBe(replay.cellCount);
  });

  it('gives up when nothing answers', async () => {
    await labeling.log(questions('r5', 40));
    models.reply = () => ({ status: 401, text: 'no' });
    const replay = await labeling.replay(request('r5', { sampleSize: 40 }));
    expect(replay).toMatchObject({ status: 'FAILED', problem: { code: 'CANDIDATE_FAILED' } });
    expect(models.asked.length).toBeLessThan(60);
  });

  it('fails when the endpoint does not answer, and says that it is the endpoint', async () => {
    await labeling.log(questions('r10', 3));
    const gone = await FakeModels.start();
    await gone.close();
    const replay = await labeling.replay(request('r10', { sampleSize: 3, endpoint: gone.url }));
    expect(replay).toMatchObject({
      status: 'FAILED',
      cellCount: 6,
      failedCells: 6,
      problem: {
        code: 'REPLAY_UNREACHABLE',
        message: expect.stringContaining(`${gone.url} does not answer`),
        nextStep: expect.stringContaining('endpoint'),
      },
    });
    const [row] = await labeling.rows<{ problem: object }>(
      `select problem from labeling.replay_cell where replay_id = $1 and candidate = 'small' limit 1`,
      [replay.id],
    );
    expect(row?.problem).toMatchObject({ code: 'REPLAY_UNREACHABLE', message: 'small does not answer.' });
  }, 30_000);

  it('gives up early on an endpoint that is out of service for all, and says that it is the endpoint', async () => {
    await labeling.log(questions('r11', 40));
    models.reply = () => ({ status: 503, headers: { 'x-should-retry': 'false' } });
    const replay = await labeling.replay(request('r11', { sampleSize: 40 }));
    expect(replay).toMatchObject({ status: 'FAILED', problem: { code: 'REPLAY_UNREACHABLE' } });
    expect(models.asked.length).toBeLessThan(60);
  });

  it('whose connections are cut in the middle goes on, and asks nothing again that was kept', async () => {
    await labeling.log(questions('r6', 40));
    let cut = false;
    models.reply = async (asked) => {
      if (models.asked.length > 50 && !cut) {
        cut = true;
        await labeling.rows(
          `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'signalbox_labeling' and datname = current_database()`,
        );
      }
      return answer(asked);
    };
    const replay = await labeling.replay(request('r6', { sampleSize: 40 }));
    expect(replay).toMatchObject({ status: 'SUCCEEDED', cellCount: 80 });
    const found = await cells(replay.id);
    expect(found).toHaveLength(80);
    expect(found.every(({ performance }) => performance !== null)).toBe(true);
    const asked = models.asked
      .filter(({ model }) => model !== 'judge')
      .map((each) => `${each.model} ${lastTurn(each)}`);
    expect(asked.length - new Set(asked).size).toBeLessThanOrEqual(16); // those in flight when it happened
    expect(replay.spentUsd).toBeCloseTo(
      found.reduce((sum, { cost_usd }) => sum + cost_usd, 0) +
        (
          await labeling.rows<{ cost: number }>(
            `select coalesce(sum(l.cost_usd), 0) as cost from labeling.label l join labeling.replay_cell c on c.id = l.replay_cell_id where c.replay_id = $1`,
            [replay.id],
          )
        )[0]!.cost,
    );
  }, 20_000);

  const errorOf = async (input: Record<string, unknown>) =>
    (
      await labeling.graph('mutation ($input: ReplayCallsInput!) { replayCalls(input: $input) { id } }', {
        input: request('r1', input),
      })
    ).errors?.[0];

  it.each<[string, Record<string, unknown>, string, string]>([
    ['a router that there is not', { router: 'nobody' }, 'NOT_FOUND', 'There is no router "nobody".'],
    [
      'candidates of another router',
      { router: 'bot', candidates: ['big', 'huge', 'tiny'] },
      'INVALID_INPUT',
      'candidates: "huge", "tiny" are not of the router bot, which has "big", "small"',
    ],
    ['a blank name', { candidates: ['big', ' '] }, 'INVALID_INPUT', 'candidates: a name is blank'],
    [
      'a name twice',
      { candidates: ['big', 'big'] },
      'INVALID_INPUT',
      'candidates: "big" stands there twice; name each once',
    ],
    [
      'a filter that ends before it begins',
      { filter: { from: '2026-01-02', to: '2026-01-01' } },
      'INVALID_INPUT',
      'filter.to: must not be before from',
    ],
  ])('is not started for %s', async (_, input, code, message) => {
    const before = await labeling.rows<{ n: number }>('select count(*)::int as n from labeling.replay');
    expect(await errorOf(input)).toMatchObject({ message, extensions: { code } });
    expect(await labeling.rows('select count(*)::int as n from labeling.replay')).toEqual(before);
  });

  it('asks candidates of its router by any of their names', async () => {
    await labeling.log(questions('r12', 2));
    const replay = await labeling.replay(
      request('r12', { router: 'bot', sampleSize: 2, candidates: ['BIG-2026', 'small'] }),
    );
    expect(replay).toMatchObject({ status: 'SUCCEEDED', cellCount: 4 });
  });

  const driftOf = async (id: string) => {
    const query = `query ($id: ID!) { replay(id: $id) { drift { prompts meanDifference meanDifferenceCi95 }
      cells(first: 200) { edges { node { candidate askedAgain } } } } }`;
    const { data } = await labeling.graph<{
      replay: { drift: unknown; cells: { edges: { node: { candidate: string; askedAgain: boolean } }[] } };
    }>(query, { id });
    return { drift: data.replay.drift, cells: data.replay.cells.edges.map(({ node }) => node) };
  };

  it('asks the logged models of 5 % of the prompts again where they are no candidates, and tells how they drift', async () => {
    await labeling.log(questions('r13', 40, 'old'));
    await labeling.rows(`update ingest.call set cost_usd = 0.004 where model_name = 'old'`);
    await labeling.label({ labelers: ['judge'], sampleSize: 60, budgetUsd: 1, filter: { text: 'r13 number' } });
    const replay = await labeling.replay(request('r13', { sampleSize: 40, candidates: ['small'] }));
    expect(replay).toMatchObject({ status: 'SUCCEEDED', cellCount: 42, failedCells: 0 });
    expect(replay.expectedCostUsd).toBeCloseTo((40 * 150 * 1) / 1e6 + 2 * 0.004);
    const { drift, cells: asked } = await driftOf(replay.id);
    expect(asked.filter(({ askedAgain }) => askedAgain)).toEqual(
      Array.from({ length: 2 }, () => ({ candidate: 'old', askedAgain: true })),
    );
    expect(drift).toEqual({
      prompts: 2,
      meanDifference: 0,
      meanDifferenceCi95: [expect.any(Number), expect.any(Number)],
    });
  });

  it('tells the drift of a candidate that had answered the calls, by any of its names, from all of them', async () => {
    await labeling.addRouter('changed', [{ name: 'huge', aliases: ['huge-2026'] }, { name: 'small' }]);
    await labeling.log(questions('r14', 30, 'huge'));
    await labeling.label({ labelers: ['judge'], sampleSize: 60, budgetUsd: 1, filter: { text: 'r14 number' } });
    models.reply = (asked) => (asked.model === 'HUGE-2026' ? { text: 'right', costUsd: 0 } : answer(asked));
    const replay = await labeling.replay(
      request('r14', { sampleSize: 30, router: 'changed', candidates: ['HUGE-2026', 'small'] }),
    );
    expect(replay).toMatchObject({ status: 'SUCCEEDED', cellCount: 60 });
    const { drift, cells: asked } = await driftOf(replay.id);
    expect(asked.some(({ askedAgain }) => askedAgain)).toBe(false);
    expect(drift).toMatchObject({ prompts: 30, meanDifference: 0.75 });
  });

  it('says what it cannot do yet, and what is missing', async () => {
    const refusal = async (input: Record<string, unknown>) => (await errorOf(input))?.extensions.code;
    expect(await refusal({ sampling: 'UNCERTAIN' })).toBe('INVALID_INPUT');
    expect(await refusal({ onlyWhereDifferent: true })).toBe('INVALID_INPUT');
    expect(await refusal({ endpoint: null })).toBe('REPLAY_NO_ENDPOINT');
    expect(await refusal({ filter: { text: 'nobody asked this' } })).toBe('NO_CALLS');
  });
});

describe('the stage replay', () => {
  const retrain = (n: number): string => `01900000-0000-7000-8000-00000000000${n}`;
  const asked = { replayBudgetUsd: 5, replayTestPrompts: 25, replayTrainPrompts: 10 };

  it('draws prompts of both parts of the coming dataset and asks every candidate of the router', async () => {
    await labeling.log(questions('unrelated', 20, 'another-model'));
    const events = await labeling.stage(retrain(1), 'replay', 'bot', { ...asked, replayEndpoint: models.url });
    expect(events.at(-1)).toMatchObject({
      status: 'SUCCEEDED',
      output: { prompts: 35, cells: 70, failedCells: 0, problem: null },
    });
    expect(events[0]).toMatchObject({ status: 'RUNNING', progress: { total: 70, unit: 'cells' } });
    const output = events.at(-1)?.output;
    const found = await cells(z.string().parse(output?.['replayId']));
    expect(found.filter(({ part }) => part === 'test')).toHaveLength(50);
    expect(found.every((cell) => cell.in_random_slice)).toBe(true);
    expect(found.some(({ query }) => query.startsWith('unrelated'))).toBe(false);
    const before = models.asked.length;
    const again = await labeling.stage(retrain(1), 'replay', 'bot', { ...asked, replayEndpoint: models.url });
    expect(again.at(-1)?.output).toEqual(output);
    expect(models.asked).toHaveLength(before);
  }, 20_000);

  it('asks again, when it is done again, what the endpoint did not answer', async () => {
    models.reply = () => ({ status: 503, headers: { 'x-should-retry': 'false' } });
    const request = { ...asked, replayTestPrompts: 4, replayTrainPrompts: 2, replayEndpoint: models.url };
    const failed = await labeling.stage(retrain(6), 'replay', 'bot', request);
    expect(failed.at(-1)).toMatchObject({ status: 'FAILED', problem: { code: 'REPLAY_UNREACHABLE' } });
    models.reply = answer;
    const done = await labeling.stage(retrain(6), 'replay', 'bot', request);
    expect(done.at(-1)).toMatchObject({ status: 'SUCCEEDED', output: { prompts: 6, cells: 12, failedCells: 0 } });
  }, 20_000);

  it('asks again, when it is done again, what a wrong key kept from an answer, but not what was paid', async () => {
    const paid: string[] = [];
    models.reply = (asked) => {
      if (paid.length > 0) return { status: 401 };
      paid.push(`${asked.model} ${lastTurn(asked)}`);
      return { text: null, costUsd: 0.25 };
    };
    const request = { ...asked, replayEndpoint: models.url };
    const failed = await labeling.stage(retrain(7), 'replay', 'bot', request);
    expect(failed.at(-1)).toMatchObject({ status: 'FAILED', problem: { code: 'CANDIDATE_FAILED' } });
    models.reply = answer;
    models.asked.length = 0;
    const done = await labeling.stage(retrain(7), 'replay', 'bot', request);
    expect(done.at(-1)).toMatchObject({ status: 'SUCCEEDED', output: { prompts: 35, cells: 70, failedCells: 1 } });
    expect(models.asked.map((each) => `${each.model} ${lastTurn(each)}`)).not.toContain(paid[0]);
    const replayed = z.object({ replayId: z.string() }).parse(done.at(-1)?.output);
    const [silent] = await labeling.rows(
      `select cost_usd, problem ->> 'message' as why from labeling.replay_cell where replay_id = $1 and status = 'FAILED'`,
      [replayed.replayId],
    );
    expect(silent).toEqual({ cost_usd: 0.25, why: expect.stringMatching(/ answered without text\.$/) });
  }, 20_000);

  it('spends no more once its retrain is cancelled', async () => {
    await labeling.log(questions('r9', 60));
    await labeling.startRetrain(retrain(5), 'bot', { ...asked, replayTestPrompts: 60, replayEndpoint: models.url });
    const twentieth = cancelAt(20, retrain(5));
    await labeling.command(retrain(5), 'replay');
    await twentieth;
    expect(await labeling.replayEnded(uuidv5('replay', retrain(5)))).toMatchObject({ status: 'CANCELLED' });
    expect(models.asked.filter(({ model }) => model !== 'judge').length).toBeLessThanOrEqual(20 + 2 * 16);
  });

  it('is left out, with the reason, where there is no endpoint or no money', async () => {
    const events = await labeling.stage(retrain(2), 'replay', 'bot', asked);
    expect(events.at(-1)).toMatchObject({
      status: 'SUCCEEDED',
      output: { skipped: true, reason: expect.stringContaining('replayEndpoint') },
    });
    const free = await labeling.stage(retrain(3), 'replay', 'bot', {
      ...asked,
      replayEndpoint: models.url,
      replayBudgetUsd: 0,
    });
    expect(free.at(-1)).toMatchObject({ status: 'SUCCEEDED', output: { skipped: true } });
  });

  it('fails with what is missing for a router that nobody knows', async () => {
    const events = await labeling.stage(retrain(4), 'replay', 'nobody', { ...asked, replayEndpoint: models.url });
    expect(events.at(-1)).toMatchObject({ status: 'FAILED', problem: { code: 'NO_CANDIDATES' } });
  });
});

describe('the stage label', () => {
  const retrain = (n: number): string => `01900000-0000-7000-8000-0000000000a${n}`;

  it('runs every metric, and every judge within its sample and budget, and answers the same when asked again', async () => {
    const request = { judgeBudgetUsd: 1, judgeSample: 15 };
    const events = await labeling.stage(retrain(1), 'label', 'bot', request);
    expect(events.at(-1)).toMatchObject({
      status: 'SUCCEEDED',
      output: {
        labelled: 6 + 15,
        abstained: 0,
        labelers: ['judge', 'known'],
        spentUsd: 0.015,
        unpriced: 0,
        byKind: { METRIC: expect.any(Number), HUMAN: 0 },
        problem: null,
      },
    });
    expect(models.asked).toHaveLength(15);
    const again = await labeling.stage(retrain(1), 'label', 'bot', request);
    expect(again.at(-1)?.output).toEqual(events.at(-1)?.output);
    expect(models.asked).toHaveLength(15);
  });

  it('judges answers of the candidates of its router alone', async () => {
    await labeling.addRouter('rare', [{ name: 'Seldom' }, { name: 'never' }]);
    const ids = await labeling.log(questions('l3', 3, 'seldom'));
    const events = await labeling.stage(retrain(3), 'label', 'rare', { judgeBudgetUsd: 1, judgeSample: 15 });
    expect(events.at(-1)).toMatchObject({ status: 'SUCCEEDED', output: { labelled: 6 + 3, spentUsd: 0.003 } });
    const judged = await labeling.rows<{ call_id: string }>(
      `select call_id from labeling.labeling_task where run_id = $1 order by call_id`,
      [uuidv5('label', retrain(3))],
    );
    expect(judged.map(({ call_id }) => call_id)).toEqual(ids);
  });

  it('spends no more once its retrain is cancelled', async () => {
    await labeling.log(
      Array.from({ length: 100 }, (_, i) => ({ query: `l4 ${i}`, response: `l4 ${i}`, model: 'big' })),
    );
    await labeling.startRetrain(retrain(4), 'bot', { judgeBudgetUsd: 1, judgeSample: 300 });
    const twentieth = cancelAt(20, retrain(4));
    await labeling.command(retrain(4), 'label');
    await twentieth;
    expect(await labeling.runEnded(uuidv5('label', retrain(4)))).toMatchObject({ status: 'CANCELLED' });
    expect(models.asked.length).toBeLessThanOrEqual(20 + 2 * 16);
  });

  it('asks no judge without a budget', async () => {
    const events = await labeling.stage(retrain(2), 'label', 'bot', { judgeSample: 15 });
    expect(events.at(-1)).toMatchObject({
      status: 'SUCCEEDED',
      output: { labelled: 6, spentUsd: 0, labelers: ['known'] },
    });
    expect(models.asked).toEqual([]);
  });
});
