import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { averageQuality, nonDecreasingHull, sweepTradeoffs } from './frontier.js';

const at = (costUsdPerCall: number, quality: number) => ({ costUsdPerCall, quality });

describe('frontier', () => {
  it('is the area under the non-decreasing convex hull over the range of costs', () => {
    // By hand: (0.2 + 0.8) / 2 over the first half, level .8 over the second; the dear bad point is no corner.
    expect(averageQuality([at(1, 0.2), at(2, 0.8), at(3, 0.5)], 1, 3)).toBeCloseTo(0.65, 12);
    expect(averageQuality([at(2, 0.8)], 1, 3)).toBeCloseTo(0.4, 12);
    expect(averageQuality([at(2, 0.8)], 3, 3)).toBeNull();
  });

  it('has every point on or under its hull', () => {
    const points = fc.array(
      fc.record({
        costUsdPerCall: fc.integer({ min: 1, max: 50 }),
        quality: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(points, (given) => {
        const hull = nonDecreasingHull(given);
        for (const { costUsdPerCall, quality } of given) {
          const left = hull.findLast((corner) => corner.costUsdPerCall <= costUsdPerCall)!;
          const right = hull.find((corner) => corner.costUsdPerCall > costUsdPerCall);
          const slope = right ? (right.quality - left.quality) / (right.costUsdPerCall - left.costUsdPerCall) : 0;
          expect(quality).toBeLessThanOrEqual(left.quality + slope * (costUsdPerCall - left.costUsdPerCall) + 1e-9);
        }
      }),
    );
  });

  it('sweeps from the best quality to the lowest cost, and only the first where costs are unknown', () => {
    expect(sweepTradeoffs([NaN, NaN])).toEqual([0]);
    const sweep = sweepTradeoffs([0.001, 0.01]);
    expect(sweep[0]).toBe(0);
    expect(sweep.at(-1)! * 0.009).toBeGreaterThan(1000);
  });
});
