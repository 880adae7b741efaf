import { describe, expect, it } from '@jest/globals';
import type { TrainingMatrix } from './matrix.js';
import { bestSingleOf, candidateMeans } from './means.js';

interface Cells {
  rows: number;
  /** Quality of `a` and `b`; NaN where not observed. */
  quality: [number, number];
  asked: boolean;
  kind: string;
  propensity?: number;
}

function matrixWith(...parts: Cells[]): TrainingMatrix {
  const rows = parts.flatMap(({ rows: count, ...part }) => Array.from({ length: count }, () => part));
  return {
    ...{ ids: rows.map((_, i) => `${i}`), groups: rows.map((_, i) => `${i}`), candidates: ['a', 'b'] },
    ...{ n: rows.length, dim: 0, vectors: new Float32Array(0) },
    quality: Float64Array.from(rows.flatMap(({ quality }) => quality)),
    costUsd: new Float64Array(2 * rows.length).fill(0.001),
    seconds: new Float64Array(2 * rows.length).fill(1),
    asked: Uint8Array.from(rows.flatMap(({ asked }) => [Number(asked), Number(asked)])),
    propensity: Float64Array.from(rows.flatMap(({ asked, propensity = asked ? 1 : NaN }) => [propensity, propensity])),
    yardsticks: rows.map(({ kind }) => ({ name: kind, kind })),
  };
}

const bestOf = (matrix: TrainingMatrix, available = [true, true]): number =>
  bestSingleOf(candidateMeans(matrix), available);
/** The judge is generous, and it judged `b` alone. */
const generous: Cells = { rows: 900, quality: [NaN, 0.95], asked: false, kind: 'JUDGE' };
const metric: Cells[] = [
  { rows: 200, quality: [0.6, NaN], asked: false, kind: 'METRIC' },
  { rows: 200, quality: [NaN, 0.4], asked: false, kind: 'METRIC' },
];

describe('the means of candidates', () => {
  it('come from asked cells alone once there are 100 of each candidate', () => {
    const asked: Cells = { rows: 100, quality: [0.6, 0.5], asked: true, kind: 'METRIC' };
    const { quality, effectiveCount } = candidateMeans(matrixWith(asked, generous));
    expect([...effectiveCount]).toEqual([100, 100]);
    expect(quality[0]).toBeGreaterThan(quality[1]!);
  });

  it('come from the yardstick that covers most candidates before that', () => {
    const { effectiveCount } = candidateMeans(matrixWith(...metric, generous));
    expect([...effectiveCount]).toEqual([200, 200]);
    expect(bestOf(matrixWith(...metric, generous))).toBe(0);
  });

  it('do not take a log that was certain to choose a candidate for a sample of all prompts', () => {
    const certain: Cells = { rows: 500, quality: [NaN, 0.9], asked: false, kind: 'METRIC' };
    const asked: Cells = { rows: 99, quality: [0.6, 0.5], asked: true, kind: 'METRIC' };
    expect(bestOf(matrixWith(asked, certain))).toBe(0);
  });

  it('name no candidate that cannot be chosen', () => {
    expect(bestOf(matrixWith(...metric), [false, true])).toBe(1);
  });
});
