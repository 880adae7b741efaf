import 'reflect-metadata';
import { freshDatabase } from '@signalbox/testkit';
import { CANARY_ANSWERS } from '@signalbox/scoring';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { abstention, enclosed, FakeModels, hang, verdict, type FakeReply } from '../testing/fake-models.js';
import { ALL_SERVICES, RunningLabeling } from '../testing/running-labeling.js';

const CALLS = 10_000;
const VERDICT_USD = 0.001;
/** Less than all verdicts cost, so that the budget ends a first run. */
const CAP_USD = 3;
/** As many as are asked at once can be under way when the cap is reached. */
const OVER_CAP_USD = 16 * VERDICT_USD;

const soon = { 'retry-after': '0' };
const paid = (text: string): FakeReply => ({ text, costUsd: VERDICT_USD });
const level = (value: unknown) => paid(JSON.stringify({ rationale: 'because', abstain: false, level: value }));

/** What goes wrong before the judge answers; by the number of the call, of a hundred. */
const BEFORE: Record<number, () => FakeReply | Promise<FakeReply>> = {
  3: () => ({ status: 429, text: 'slow down', headers: soon }),
  13: () => ({ status: 429, text: 'slow down', headers: { 'retry-after': new Date().toUTCString() } }),
  23: () => ({ status: 500, text: 'oops', headers: soon }),
  33: () => ({ status: 503, text: 'busy', headers: soon }),
  43: () => ({ body: '<html>a page</html>' }),
};
/** What the judge answers instead of a verdict, and how often that is paid. */
const INSTEAD: Record<number, FakeReply> = {
  5: paid('I would give it 8/10'),
  15: paid('{"score": 8, "reason": "fine"}'),
  25: level(5),
  35: level(2.5),
  45: level('4'),
  55: paid(''),
  65: { text: null, refusal: 'I cannot help with that.', costUsd: VERDICT_USD },
  75: { status: 400, text: 'content policy' },
  85: abstention,
  95: level(-1),
};
const UNPAID = 75;
const HANGS = new Set([777, 7_777]);
/** Nothing but 500, however often it is asked. */
const UNBEARABLE = 4_321;

const score = (n: number) => (n % 5) / 4;

describe('10,000 calls, labelled by a judge that answers with 429, 5xx, silence, garbage, wrong schemas, refusals and levels that there are not', () => {
  let labeling: RunningLabeling;
  let models: FakeModels;
  const tries = new Map<number, number>();
  let answers = 0;
  let canaries = 0;

  beforeAll(async () => {
    labeling = await RunningLabeling.start(await freshDatabase(ALL_SERVICES));
    models = await FakeModels.start();
    models.reply = (asked) => {
      const n = Number(/\d+/.exec(enclosed(asked, 'PROMPT'))?.[0]);
      if (enclosed(asked, 'ANSWER') !== `answer ${n}`) {
        canaries += 1;
        return { ...verdict(0), costUsd: VERDICT_USD };
      }
      const before = tries.get(n) ?? 0;
      tries.set(n, before + 1);
      if (n === UNBEARABLE) return { status: 500, headers: soon };
      if (HANGS.has(n) && before === 0) return hang();
      const trouble = BEFORE[n % 100];
      if (trouble && before === 0) return trouble();
      const reply = INSTEAD[n % 100] ?? { ...verdict(n % 5), costUsd: VERDICT_USD };
      answers += Number(reply.costUsd !== undefined);
      return reply;
    };
    const calls = Array.from({ length: CALLS }, (_, n) => ({ query: `question ${n}`, response: `answer ${n}` }));
    await labeling.log(calls);
    const kind = { kind: 'JUDGE', model: 'judge-1', baseUrl: models.url, timeoutSeconds: 10 };
    await labeling.createLabeler({ name: 'bad', ...kind });
  }, 60_000);
  afterAll(async () => {
    await models.close();
    await labeling.end();
  });

  it('label each once or count it as abstained, with no score that was not said, and keep the cap', async () => {
    const first = await labeling.label({ labelers: ['bad'], budgetUsd: CAP_USD });
    expect(first).toMatchObject({ status: 'SUCCEEDED', problem: { code: 'BUDGET_EXHAUSTED' } });
    expect(first.spentUsd).toBeGreaterThan(CAP_USD - OVER_CAP_USD);
    expect(first.spentUsd).toBeLessThanOrEqual(CAP_USD + OVER_CAP_USD);

    const run = await labeling.label({ labelers: ['bad'], sampleSize: CALLS });
    const silent = Object.keys(INSTEAD).length * (CALLS / 100) + 1;
    expect(run).toMatchObject({ status: 'SUCCEEDED', labelled: CALLS - silent, abstained: silent });
    expect(run.progress).toMatchObject({ done: CALLS, total: CALLS });

    const labels = await labeling.rows<{ n: number; score: number | null; labels: number }>(
      `select substring(c.query from '[0-9]+')::int as n, max(l.score) as score, count(*)::int as labels
       from labeling.label l join ingest.call c on c.id = l.call_id group by c.query`,
    );
    expect(labels.filter((label) => label.labels !== 1)).toEqual([]);
    expect(labels.filter(({ score }) => score === null)).toHaveLength(CALLS / 100);
    expect(labels.filter((label) => label.score !== null && label.score !== score(label.n))).toEqual([]);
    expect(labels.filter(({ n }) => n === UNBEARABLE || (n % 100 in INSTEAD && n % 100 !== 85))).toEqual([]);

    expect(first.spentUsd + run.spentUsd).toBeCloseTo((answers + canaries) * VERDICT_USD, 9);
    expect(canaries).toBe(3 * CANARY_ANSWERS);
    const paidFor = [...tries].filter(([n]) => n % 100 !== UNPAID && n !== UNBEARABLE);
    expect(answers - paidFor.length).toBe(await answeredAgain());
  }, 240_000);

  /** What was no verdict leaves no label, so that the second run asks for it again. */
  const answeredAgain = async () => {
    const [row] = await labeling.rows<{ calls: number }>(
      `select count(*)::int as calls from (select from labeling.labeling_task t join ingest.call c on c.id = t.call_id
       where outcome in ('UNPARSEABLE', 'REFUSED') and c.query !~ '(75| 4321)$' group by call_id having count(*) = 2) twice`,
    );
    return row?.calls;
  };
});
