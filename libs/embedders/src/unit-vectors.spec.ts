import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { unitMean, unitVector } from './unit-vectors.js';

describe('unitVector', () => {
  it('has length 1 and keeps the direction', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 }),
        (values) => {
          const norm = Math.hypot(...values);
          fc.pre(norm > 1e-6);
          const unit = unitVector(values);
          unit?.forEach((value, i) => expect(value).toBeCloseTo((values[i] ?? 0) / norm, 5));
          expect(Math.hypot(...(unit ?? []))).toBeCloseTo(1, 5);
        },
      ),
    );
  });

  it.each([[[0, 0]], [[Number.NaN, 1]], [[Number.POSITIVE_INFINITY, 1]], [[]]])('is none of %j', (values) => {
    expect(unitVector(values)).toBeNull();
  });
});

describe('unitMean', () => {
  it('of one vector is that vector, and of several lies between them', () => {
    const [x, y] = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
    expect(unitMean([x])).toBe(x);
    expect([...unitMean([x, y])]).toEqual([Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT1_2)]);
    expect(() => unitMean([x, Float32Array.of(-1, 0)])).toThrow(/cancel/);
  });
});
