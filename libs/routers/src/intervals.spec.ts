import { describe, expect, it } from '@jest/globals';
import {
  boundedInterval,
  clusteredMean,
  expectedHalfWidth,
  pairedInterval,
  weightedInterval,
  wilsonInterval,
} from './intervals.js';
import { uniform } from './random.js';

const SETS = 600;

/** Share of simulated sets of clustered, mostly equal pairs whose interval holds the true difference. */
function coverage(seed: number, prompts: number, differing: number, wins: number, joined: number): number {
  const next = uniform(seed);
  const truth = differing * (2 * wins - 1);
  let covered = 0;
  for (let set = 0; set < SETS; set += 1) {
    const differences: number[] = [];
    const clusters: string[] = [];
    for (let i = 0; i < prompts; i += 1) {
      const sameCluster = i > 0 && next() < joined;
      const fresh = next() < differing ? (next() < wins ? 1 : -1) : 0;
      const copied = sameCluster && next() < 0.7;
      differences.push(copied ? differences[i - 1]! : fresh);
      clusters.push(sameCluster ? clusters[i - 1]! : `c${i}`);
    }
    const [low, high] = pairedInterval(
      differences,
      clusters,
      differences.map(() => true),
    )!;
    if (low <= truth && truth <= high) covered += 1;
  }
  return covered / SETS;
}

describe('intervals', () => {
  it.each([
    ['most pairs are equal', 400, 0.05, 0.8, 0],
    ['most pairs are equal, in clusters', 400, 0.1, 0.8, 0.3],
    ['many pairs differ', 400, 0.3, 0.5, 0],
    ['many pairs differ, in clusters', 400, 0.3, 0.8, 0.3],
    ['few prompts', 100, 0.3, 0.8, 0.3],
  ])('of a paired difference cover 95 %% of the time where %s', (_, prompts, differing, wins, joined) => {
    const share = coverage(11, prompts, differing, wins, joined);
    expect(share).toBeGreaterThanOrEqual(0.93);
    expect(share).toBeLessThanOrEqual(0.975);
  });

  it('does not claim certainty where choices differ but outcomes happen to be equal', () => {
    const equal = Array.from({ length: 100 }, () => 0);
    const clusters = equal.map((_, i) => `c${i}`);
    const [low, high] = pairedInterval(
      equal,
      clusters,
      equal.map(() => true),
    )!;
    expect(low).toBeLessThan(-0.01);
    expect(high).toBeGreaterThan(0.01);
    expect(
      pairedInterval(
        equal,
        clusters,
        equal.map(() => false),
      ),
    ).toEqual([0, 0]);
  });

  it('of a weighted mean are those of a plain one where all weights are equal', () => {
    const next = uniform(3);
    const values = Array.from({ length: 50 }, () => next());
    const plain = boundedInterval(
      values,
      values.map((_, i) => String(i)),
      [0, 1],
    )!;
    const weighted = weightedInterval(
      values,
      values.map(() => 7),
      [0, 1],
    )!;
    weighted.forEach((end, i) => expect(end).toBeCloseTo(plain[i]!, 12));
    expect(weightedInterval([0.5], [1], [0, 1])).toBeNull();
  });

  it('of a weighted mean cover the mean of all where hard prompts were drawn more often', () => {
    const next = uniform(5);
    const pool = Array.from({ length: 4_000 }, () => {
      const hard = next();
      return { share: 0.02 + 0.2 * hard, value: next() < 0.9 - 0.7 * hard ? 1 : 0 };
    });
    const truth = pool.reduce((sum, { value }) => sum + value, 0) / pool.length;
    let covered = 0;
    let naive = 0;
    for (let set = 0; set < SETS; set += 1) {
      const drawn = pool.filter(({ share }) => next() < share);
      const values = drawn.map(({ value }) => value);
      const holds = (interval: [number, number] | null) =>
        Number(interval && interval[0] <= truth && truth <= interval[1]);
      covered += holds(
        weightedInterval(
          values,
          drawn.map(({ share }) => 1 / share),
          [0, 1],
        ),
      );
      naive += holds(
        boundedInterval(
          values,
          values.map((_, i) => String(i)),
          [0, 1],
        ),
      );
    }
    expect(covered / SETS).toBeGreaterThan(0.93);
    expect(naive / SETS).toBeLessThan(0.5);
  });

  it('are as wide as was told before, where the values vary as was told', () => {
    const next = uniform(9);
    for (const share of [0.05, 0.3, 0.5]) {
      const values = Array.from({ length: 400 }, () => (next() < share ? 1 : 0));
      const clusters = values.map((_, i) => String(i));
      const [low, high] = boundedInterval(values, clusters, [0, 1])!;
      const variance = clusteredMean(values, clusters).standardError ** 2 * 400;
      const reached = (high - low) / 2;
      expect(Math.abs(expectedHalfWidth(400, variance, [0, 1]) / reached - 1)).toBeLessThan(0.01);
    }
    expect(expectedHalfWidth(1, 1, [0, 1])).toBe(0.5);
  });

  it('refuses an interval from a single cluster', () => {
    expect(boundedInterval([0.1, 0.9, 0.4], ['a', 'a', 'a'], [0, 1])).toBeNull();
  });

  it("is Wilson's for a share", () => {
    const [low, high] = wilsonInterval(0.5, 100);
    expect(low).toBeCloseTo(0.4038, 4);
    expect(high).toBeCloseTo(0.5962, 4);
  });
});
