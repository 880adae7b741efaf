import 'reflect-metadata';
import { correctedMean } from '@signalbox/routers';
import { freshDatabase } from '@signalbox/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ALL_SERVICES, RunningLabeling } from '../testing/running-labeling.js';

/** The judge is a level too kind to every fifth answer of `big`; people have scored every tenth. */
const JUDGED = 400;
const human = (n: number) => (n % 4) / 4;
const judge = (n: number) => Math.min(1, human(n) + (n % 5 === 0 ? 0.25 : 0));
const FEW = 30;

let labeling: RunningLabeling;
beforeAll(async () => {
  labeling = await RunningLabeling.start(await freshDatabase(ALL_SERVICES));
  const big = await labeling.log(
    Array.from({ length: JUDGED }, (_, n) => ({ query: `q${n}`, response: 'x', model: 'big' })),
  );
  const small = await labeling.log(
    Array.from({ length: FEW }, (_, n) => ({ query: `q${n}`, response: 'x', model: 'small' })),
  );
  const labels = [
    ...big.map((call, n) => ({ call, kind: 'JUDGE', labeler: 'j', version: '2', score: judge(n) })),
    ...big.map((call) => ({ call, kind: 'JUDGE', labeler: 'j', version: '1', score: 0 })),
    ...big.flatMap((call, n) =>
      n % 10 < 1 ? [{ call, kind: 'HUMAN', labeler: 'human', version: '1', score: human(n) }] : [],
    ),
    ...small.map((call) => ({ call, kind: 'JUDGE', labeler: 'j', version: '2', score: 0.5 })),
    ...small.slice(0, 5).map((call) => ({ call, kind: 'HUMAN', labeler: 'human', version: '1', score: 0.25 })),
  ];
  await labeling.rows(
    `insert into labeling.label (id, call_id, kind, labeler, labeler_version, score, abstained, created_at)
     select gen_random_uuid(), call, kind, labeler, version, score, false, now() - (3 - version::int) * interval '1 day'
     from jsonb_to_recordset($1::jsonb) as l(call uuid, kind text, labeler text, version text, score float8)`,
    [JSON.stringify(labels)],
  );
}, 60_000);
afterAll(() => labeling.end());

interface Quality {
  modelName: string | null;
  judged: number;
  labelledByPeople: number;
  judgeMean: number;
  mean: number | null;
  meanCi95: [number, number] | null;
}
const quality = async (args: string) => {
  const { data, errors } = await labeling.graph<{ modelQuality: Quality[] } | null>(
    `{ modelQuality(${args}) { modelName judged labelledByPeople judgeMean mean meanCi95 } }`,
  );
  return { models: data?.modelQuality ?? [], code: errors?.[0]?.extensions.code };
};
const momentsOf = (scores: readonly number[]) => {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return {
    n: scores.length,
    mean,
    variance: scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / (scores.length - 1),
  };
};

describe('the quality of models', () => {
  it("is the newest judge's mean, corrected by people where they scored enough of the same answers", async () => {
    const { models } = await quality('judge: "j"');
    const all = [...Array(JUDGED).keys()];
    const [both, alone] = [all.filter((n) => n % 10 === 0), all.filter((n) => n % 10 !== 0)];
    const [people, judged] = [momentsOf(both.map(human)), momentsOf(both.map(judge))];
    const products = both.reduce((sum, n) => sum + (human(n) - people.mean) * (judge(n) - judged.mean), 0);
    const expected = correctedMean({
      judgeAlone: momentsOf(alone.map(judge)),
      both: { human: people, judge: judged, covariance: products / (both.length - 1) },
    });
    expect(models).toEqual([
      {
        ...{ modelName: 'big', judged: JUDGED, labelledByPeople: 40 },
        judgeMean: expect.closeTo(momentsOf(all.map(judge)).mean, 10),
        mean: expect.closeTo(expected?.mean ?? NaN, 10),
        meanCi95: expected?.ci95.map((bound) => expect.closeTo(bound, 10)),
      },
      { modelName: 'small', judged: FEW, labelledByPeople: 5, judgeMean: 0.5, mean: null, meanCi95: null },
    ]);
  });

  it('is of the calls that the filter leaves, and of a judge that there is', async () => {
    expect(
      (await quality('judge: "j", filter: { modelName: ["small"] }')).models.map(({ modelName }) => modelName),
    ).toEqual(['small']);
    expect(await quality('judge: "nobody"')).toEqual({ models: [], code: 'NOT_FOUND' });
    expect((await quality('judge: "j", filter: { from: "2026-01-02", to: "2026-01-01" }')).code).toBe('INVALID_INPUT');
  });
});
