import { describe, expect, it } from '@jest/globals';
import { constantFitter } from './constant.js';
import { evaluate, evaluateInDetail } from './evaluate.js';
import { DEFAULT_EXPLORATION } from './exploration.js';
import { knnFitter } from './knn.js';
import { selectRows } from './matrix.js';
import { plantedMatrix } from './planted-matrix.conformance.js';

const trainRows = plantedMatrix({ n: 500, seed: 1, skill: 'families' });
const model = knnFitter.fit(trainRows, { k: 25, shrinkage: 2 }, { seed: 1 });
const constant = constantFitter.fit(trainRows, {}, { seed: 1 });
const test = plantedMatrix({ n: 700, seed: 1, skill: 'families', full: 650, exploration: 0.4 });
const unseen = selectRows(
  test,
  Array.from({ length: 200 }, (_, k) => 500 + k),
);
const common = {
  models: [{ model }],
  test: unseen,
  bestSingle: model.bestSingle,
  cheapest: 'cheap',
  method: 'paired-replay',
} as const;

describe('evaluate', () => {
  it('shows the policy as logged, random, cheapest, best single and oracle beside the router, on fully observed prompts', () => {
    const record = evaluate(common);
    expect(record.results.map(({ policy }) => policy)).toEqual([
      'logged',
      'random',
      'cheapest',
      'bestSingle',
      'oracle',
      'knn',
    ]);
    expect(record).toMatchObject({ method: 'paired-replay', prompts: 150, observedShare: 0.75, refused: [] });
    const quality = Object.fromEntries(record.results.map((result) => [result.policy, result.quality]));
    expect(quality.oracle).toBeGreaterThan(quality.knn!);
    expect(quality.knn).toBeGreaterThan(quality.bestSingle!);
    for (const { share } of record.results)
      expect(Object.values(share).reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 9);
    expect(evaluate(common)).toEqual(record);
  });

  it('values random as the mean over candidates, and gaps and gains against the best single candidate', () => {
    const { results } = evaluate(common);
    const of = (name: string) => results.find(({ policy }) => policy === name)!;
    const cells = unseen.quality.subarray(0, 150 * 4);
    expect(of('random').quality).toBeCloseTo(cells.reduce((sum, value) => sum + value, 0) / cells.length, 12);
    expect(of('bestSingle')).toMatchObject({ gainOverBestSingle: 0, gainCi95: [0, 0], gapRecovered: 0 });
    expect(of('oracle').gapRecovered).toBeCloseTo(1, 12);
    expect(of('knn').gainOverBestSingle).toBeCloseTo(of('knn').quality - of('bestSingle').quality, 12);
  });

  it('spreads what judging and replaying cost over the calls, and charges it to every policy but the logged one', () => {
    const net = (spent?: { judgeUsd: number; replayUsd: number; calls: number }) =>
      new Map(evaluate({ ...common, spent }).results.map((result) => [result.policy, result.savedNetUsdPerCall!]));
    const [free, charged] = [net(), net({ judgeUsd: 2, replayUsd: 1, calls: 1000 })];
    expect(charged.get('logged')).toBe(0);
    expect(free.get('knn')! - charged.get('knn')!).toBeCloseTo(0.003, 12);
  });

  it('gives a router that always falls back a gain of exactly zero', () => {
    const { results } = evaluate({ ...common, models: [{ model: constant }] });
    expect(results.at(-1)).toMatchObject({ policy: 'constant', gainOverBestSingle: 0, gainCi95: [0, 0] });
  });

  it('values a router with the exploration that it is deployed with', () => {
    const of = (epsilon: number) => evaluate({ ...common, models: [{ model, exploration: { epsilon } }] }).results;
    const [greedy, explored, random] = [of(0).at(-1)!, of(DEFAULT_EXPLORATION.epsilon).at(-1)!, of(0)[1]!];
    expect(explored.quality).toBeCloseTo(0.98 * greedy.quality + 0.02 * random.quality, 12);
    expect(explored.costUsdPerCall).toBeCloseTo(0.98 * greedy.costUsdPerCall! + 0.02 * random.costUsdPerCall!, 12);
    expect(Object.values(explored.share).reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 9);
    expect(of(1).at(-1)!.quality).toBeCloseTo(random.quality, 12);
  });

  it('compares the candidates that are available, though another one has no outcome', () => {
    const quality = unseen.quality.map((value, at) => (at % 4 === 3 ? NaN : value));
    const available = [true, true, true, false];
    const gone = { ...common, bestSingle: 'coder', test: { ...unseen, quality } };
    expect(evaluate(gone).method).toBe('off-policy');
    const record = evaluate({ ...gone, test: { ...gone.test, available } });
    expect(record).toMatchObject({ method: 'paired-replay', prompts: 150 });
    for (const { policy, quality: mean, share } of record.results) {
      expect(mean).toBeGreaterThan(0);
      if (policy !== 'logged') expect(share.large).toBe(0);
    }
  });

  it('finds a frontier above that of the single candidates', () => {
    const { record, routers, singlesHullAiq } = evaluateInDetail(common);
    expect(record.aiq).toBe(routers.knn!.aiq);
    expect(record.aiq).toBeGreaterThan(singlesHullAiq!);
    expect(routers.knn!.costSavedAt98).toBeGreaterThan(0.3);
    expect(record.frontier.filter(({ tradeoff }) => tradeoff === null)).toHaveLength(4);
  });

  it('refuses the oracle, and what the log does not support, where nothing was replayed', () => {
    const logged = plantedMatrix({ n: 900, seed: 1, skill: 'families', full: 0, exploration: 0.4 });
    const record = evaluate({ ...common, test: logged });
    expect(record.method).toBe('off-policy');
    expect(record.results.map(({ policy }) => policy)).not.toContain('oracle');
    expect(record.refused.map(({ code }) => code)).toContain('ORACLE_UNAVAILABLE');
    expect(record.effectiveSampleSize).toBeGreaterThan(30);
    expect(record.unsupportedShare).toBe(0);
    const router = record.results.find(({ policy }) => policy === 'knn')!;
    expect(router.qualityCi95![1] - router.qualityCi95![0]).toBeGreaterThan(0.05);
  });

  it('refuses off-policy values without propensities, and from a log that never explored', () => {
    const logged = plantedMatrix({ n: 300, seed: 1, skill: 'families', full: 0, exploration: 0 });
    const codes = (more: object) =>
      evaluate({ ...common, test: { ...logged, ...more } }).refused.map(({ code }) => code);
    expect(codes({ propensity: logged.quality.map(() => NaN) })).toContain('NO_PROPENSITIES');
    expect(codes({})).toContain('OFF_POLICY_UNSUPPORTED');
  });

  it('estimates a policy that the log did not follow within its interval', () => {
    let covered = 0;
    const sets = 60;
    for (let seed = 1; seed <= sets; seed += 1) {
      const logged = plantedMatrix({ n: 600, seed: 900 + seed, skill: 'level', full: 0, exploration: 0.5 });
      const { results } = evaluate({ ...common, models: [{ model: constant }], bestSingle: 'writer', test: logged });
      const writer = results.find(({ policy }) => policy === 'bestSingle')!;
      // 15 % of the prompts are hard for everyone: .85 * .6 + .15 * .1
      if (writer.qualityCi95![0] <= 0.525 && 0.525 <= writer.qualityCi95![1]) covered += 1;
    }
    expect(covered / sets).toBeGreaterThan(0.88);
  });
});

describe('an evaluation of rows that a judge scored', () => {
  const judged = (share: number) => ({
    ...unseen,
    yardsticks: Array.from({ length: unseen.n }, (_, i) =>
      i < share * 150 ? { name: 'kind@1', kind: 'JUDGE' } : { name: 'METRIC', kind: 'METRIC' },
    ),
  });
  const best = unseen.candidates.indexOf(model.bestSingle);
  /** The judge is too kind to the best single candidate by a fifth, half of the time by two fifths. */
  const checked = unseen.candidates.flatMap((_, candidate) =>
    Array.from({ length: 200 }, (_each, n) => ({
      ...{ id: `c${candidate}-${n}`, judge: 'kind@1', candidate, group: `c${candidate}-${n}`, vector: null },
      error: candidate === best ? -0.4 * (n % 2) : 0,
    })),
  );
  const of = (record: ReturnType<typeof evaluate>, name: string) =>
    record.results.find(({ policy }) => policy === name)!;

  it('shows what people would say beside it, in the share that the judge scored, and says so', () => {
    const whole = evaluate({ ...common, test: judged(1), checked });
    expect(of(whole, 'bestSingle').asPeople?.quality).toBeCloseTo(of(whole, 'bestSingle').quality - 0.2, 9);
    expect(of(whole, 'bestSingle').asPeople).toMatchObject({ gainOverBestSingle: 0, gainCi95: [0, 0] });
    const { gainOverBestSingle, share, asPeople } = of(whole, 'knn');
    const passedOver = 1 - share[model.bestSingle]!;
    expect(asPeople?.gainOverBestSingle).toBeCloseTo(gainOverBestSingle! + 0.2 * passedOver, 9);
    expect(of(whole, 'oracle').asPeople).toBeNull();
    const half = evaluate({ ...common, test: judged(0.5), checked });
    expect(of(half, 'bestSingle').asPeople?.quality).toBeCloseTo(of(half, 'bestSingle').quality - 0.1, 9);
    expect(half.notes).toEqual([expect.stringMatching(/kind@1 scored the answers to 75 of 150 .* asPeople is what/)]);
    expect({ ...of(whole, 'knn'), asPeople: null }).toEqual({ ...of(evaluate(common), 'knn'), asPeople: null });
  });

  it('says in words that people scored too few of its answers, and has nothing to say of a metric', () => {
    const few = evaluate({
      ...common,
      test: judged(1),
      checked: checked.filter(({ candidate }) => candidate !== best),
    });
    expect(of(few, 'knn').asPeople).toBeNull();
    expect(few.notes).toEqual([
      expect.stringContaining(`they scored 0 of the answers of ${model.bestSingle} that it scored, and 20`),
    ]);
    const metric = evaluate({ ...common, test: judged(0), checked });
    expect(of(metric, 'knn').asPeople).toBeNull();
    expect(metric.notes).toEqual([]);
  });
});
