import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { equalStrata, targetedSample, type TargetedItem } from './targeted-sample.js';

const items = (weights: readonly number[], strata: readonly number[] = []): TargetedItem[] =>
  weights.map((weight, i) => ({ id: `call-${String(i).padStart(3, '0')}`, weight, stratum: strata[i] ?? 0 }));
const SEEDS = 4_000;

describe('targetedSample', () => {
  it('draws each prompt as often as the probability that it tells says', () => {
    const pool = items(Array.from({ length: 40 }, (_, i) => 1 + (i % 8) ** 2));
    const drawn = new Map<string, { times: number; inclusion: number }>();
    for (let seed = 0; seed < SEEDS; seed += 1) {
      for (const { id, inclusion } of targetedSample(pool, { size: 12, randomShare: 0.25, seed }))
        drawn.set(id, { times: (drawn.get(id)?.times ?? 0) + 1, inclusion });
    }
    expect(drawn.size).toBe(40);
    for (const { times, inclusion } of drawn.values()) {
      const deviation = Math.sqrt((inclusion * (1 - inclusion)) / SEEDS);
      expect(Math.abs(times / SEEDS - inclusion)).toBeLessThan(4 * deviation + 1e-9);
    }
  });

  it('keeps a slice that every prompt comes into equally often, whatever its weight', () => {
    const pool = items(Array.from({ length: 20 }, (_, i) => (i === 0 ? 1_000 : 1)));
    const times = new Map<string, number>();
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const slice = targetedSample(pool, { size: 10, randomShare: 0.2, seed }).filter((each) => each.inRandomSlice);
      expect(slice).toHaveLength(2);
      for (const { id } of slice) times.set(id, (times.get(id) ?? 0) + 1);
    }
    for (const each of times.values()) expect(each / SEEDS).toBeCloseTo(0.1, 1);
  });

  it('gives each stratum its part, a small one all that it has', () => {
    const strata = Array.from({ length: 100 }, (_, i) => (i < 2 ? 0 : i < 30 ? 1 : 2));
    const pool = items(equalStrata(strata), strata);
    for (let seed = 0; seed < 50; seed += 1) {
      const drawn = targetedSample(pool, { size: 22, randomShare: 0, seed });
      const of = (stratum: number) => drawn.filter(({ id }) => strata[Number(id.slice(5))] === stratum).length;
      expect([of(0), of(1), of(2)]).toEqual([2, 10, 10]);
    }
  });

  it('never draws more than it was asked for nor one twice, and the same from any order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ weight: fc.double({ min: 1e-3, max: 1e3, noNaN: true }), stratum: fc.nat(3) }), {
          maxLength: 60,
        }),
        fc.nat(70),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(),
        (rows, size, randomShare, seed) => {
          const pool = rows.map((row, i) => ({ ...row, id: `call-${i}` }));
          const drawn = targetedSample(pool, { size, randomShare, seed });
          expect(new Set(drawn.map(({ id }) => id)).size).toBe(drawn.length);
          expect(drawn.length).toBeLessThanOrEqual(Math.min(size, pool.length));
          for (const { inclusion } of drawn) expect(inclusion > 0 && inclusion <= 1).toBe(true);
          expect(targetedSample([...pool].reverse(), { size, randomShare, seed })).toEqual(drawn);
          if (size >= pool.length) expect(drawn.filter(({ inclusion }) => inclusion === 1)).toHaveLength(pool.length);
        },
      ),
    );
  });
});
