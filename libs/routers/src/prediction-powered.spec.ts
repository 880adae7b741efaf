import { describe, expect, it } from '@jest/globals';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { correctedMean, type JudgedScores, type ScoreMoments } from './prediction-powered.js';

const momentsOf = (scores: readonly number[]): ScoreMoments => {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const squares = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  return { n: scores.length, mean, variance: squares / (scores.length - 1) };
};
const judgedScores = (pairs: readonly [human: number, judge: number][], alone: readonly number[]): JudgedScores => {
  const [human, judge] = [momentsOf(pairs.map(([score]) => score)), momentsOf(pairs.map(([, score]) => score))];
  const products = pairs.reduce((sum, [left, right]) => sum + (left - human.mean) * (right - judge.mean), 0);
  return { judgeAlone: momentsOf(alone), both: { human, judge, covariance: products / (pairs.length - 1) } };
};

/**
 * Answers whose level people put at 0 to 4 quarters, 0.6 on average, as a judge sees them that is right on `right` of them, and else a
 * level too kind.
 */
const TRUTH = 0.6;
function sample(seed: number, people: number, judged: number, right: number): JudgedScores {
  const random = xoroshiro128plus(seed);
  const chance = () => uniformInt(random, 0, 999_999) / 1_000_000;
  const levels = [0.1, 0.15, 0.2, 0.35, 1];
  const answer = (): [number, number] => {
    const draw = chance();
    const human = levels.findIndex(
      (_, level) => draw < levels.slice(0, level + 1).reduce((sum, share) => sum + share, 0),
    );
    const level = chance() < right ? human : Math.min(4, human + 1);
    return [human / 4, level / 4];
  };
  const pairs = Array.from({ length: people }, answer);
  return judgedScores(
    pairs,
    Array.from({ length: judged }, () => answer()[1]),
  );
}

describe('the corrected mean of a judge', () => {
  it.each([
    [0.9, 100],
    [0.6, 100],
    [0.2, 40],
  ])(
    'covers what people say at least 93 times in 100, of a judge that is right on %d, with %d answers of people',
    (right, people) => {
      const RUNS = 1_000;
      const found = Array.from({ length: RUNS }, (_, seed) => correctedMean(sample(seed, people, 2_000, right)));
      const covered = found.filter((each) => each && each.ci95[0] <= TRUTH && TRUTH <= each.ci95[1]).length;
      expect(covered / RUNS).toBeGreaterThan(0.93);
      const naive = Array.from({ length: RUNS }, (_, seed) => sample(seed, people, 2_000, right).judgeAlone);
      const half = ({ variance, n }: ScoreMoments) => 1.96 * Math.sqrt(variance / n);
      const asIs = naive.filter((each) => Math.abs(each.mean - TRUTH) <= half(each)).length;
      expect(asIs / RUNS).toBeLessThan(0.5); // what is told without the correction
    },
  );

  it('is narrower than people alone where the judge is good, and no wider where it guesses', () => {
    const widths = (right: number) => {
      const scores = sample(1, 100, 2_000, right);
      const [lower, upper] = correctedMean(scores)?.ci95 ?? [NaN, NaN];
      return (upper - lower) / (2 * 1.984 * Math.sqrt(scores.both.human.variance / 100));
    };
    expect(widths(0.9)).toBeLessThan(0.6);
    const guesses = sample(2, 100, 2_000, 1);
    guesses.both.covariance = 0;
    const [lower, upper] = correctedMean(guesses)?.ci95 ?? [NaN, NaN];
    expect(correctedMean(guesses)?.weight).toBe(0);
    expect(upper - lower).toBeCloseTo(2 * 1.984 * Math.sqrt(guesses.both.human.variance / 100), 3);
  });

  it('is that of people where the judge is constant, and none with too few of them or nothing else to tell', () => {
    const pairs = Array.from({ length: 40 }, (_, n): [number, number] => [(n % 5) / 4, 1]);
    expect(correctedMean(judgedScores(pairs, [1, 1, 1]))).toMatchObject({ mean: 0.5, weight: 0 });
    expect(correctedMean(judgedScores(pairs.slice(0, 19), [1, 1, 1]))).toBeNull();
    expect(correctedMean({ ...judgedScores(pairs, [1, 1]), judgeAlone: { n: 0, mean: 0, variance: 0 } })).toBeNull();
  });
});
