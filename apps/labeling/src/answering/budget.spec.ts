import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Budget } from './budget.js';
import { inFlight } from './in-flight.js';

interface PricedCall {
  costUsd: number;
  /** What is known of its cost before; null for nothing. */
  estimateUsd: number | null;
  /** Turns of the event loop until it is settled. */
  turns: number;
}

const pricedCall: fc.Arbitrary<PricedCall> = fc.record({
  costUsd: fc.double({ min: 0, max: 1, noNaN: true }),
  estimateUsd: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  turns: fc.integer({ min: 0, max: 8 }),
});

async function spend(budget: Budget, calls: readonly PricedCall[], limit: number): Promise<number[]> {
  const paid: number[] = [];
  await inFlight(calls, limit, undefined, async ({ costUsd, estimateUsd, turns }) => {
    const reservation = await budget.reserve(estimateUsd);
    if (!reservation) return;
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    budget.settle(reservation, costUsd);
    paid.push(costUsd);
  });
  return paid;
}

describe('a budget', () => {
  it('is exceeded by calls in flight at the most, whatever they cost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(pricedCall, { maxLength: 80 }),
        fc.double({ min: 0, max: 10, noNaN: true }),
        fc.integer({ min: 1, max: 16 }),
        async (calls, cap, limit) => {
          const budget = new Budget(cap);
          const paid = await spend(budget, calls, limit);
          const dearest = [...paid].sort((a, b) => b - a).slice(0, limit);
          const inFlightAtMost = dearest.reduce((sum, cost) => sum + cost, 0);
          expect(budget.spentUsd).toBeLessThanOrEqual(cap + inFlightAtMost + 1e-9);
          // Without a surprise there is nothing to exceed it with.
          if (calls.every(({ estimateUsd, costUsd }) => estimateUsd !== null && costUsd <= estimateUsd)) {
            expect(budget.spentUsd).toBeLessThanOrEqual(cap + 1e-9);
          }
          if (!budget.exhausted) expect(paid).toHaveLength(calls.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('of nothing lets no call begin, and without a cap every call', async () => {
    const calls = Array.from({ length: 20 }, () => ({ costUsd: 5, estimateUsd: null, turns: 1 }));
    expect(await spend(new Budget(0), calls, 4)).toEqual([]);
    expect(await spend(new Budget(null), calls, 4)).toHaveLength(20);
  });

  it('counts what was spent before a restart', async () => {
    const calls = Array.from({ length: 20 }, () => ({ costUsd: 1, estimateUsd: 1, turns: 1 }));
    expect(await spend(new Budget(10, 7), calls, 4)).toHaveLength(3);
  });
});
