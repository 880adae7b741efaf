import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { choose } from './choose.js';
import type { RouterFitter } from './fitter.js';
import { selectRows, type TrainingMatrix } from './matrix.js';
import type { FittedModel } from './model.js';
import { plantedMatrix } from './planted-matrix.conformance.js';
import { predict } from './predict.js';
import { groupedFolds, shuffled } from './random.js';

/** What every way to learn a router promises. */
export function describeFitter(fitter: RouterFitter): void {
  const matrix = plantedMatrix({ n: 240, seed: 5, skill: 'families', full: 80, exploration: 0.6 });
  const fit = (rows: TrainingMatrix): FittedModel => fitter.fit(rows, fitter.grid(rows)[0]!, { seed: 3 });
  const vectorOf = (i: number): Float32Array => matrix.vectors.subarray(i * matrix.dim, (i + 1) * matrix.dim);

  describe(`${fitter.type} fitter`, () => {
    it('predicts finite qualities near 0..1, costs and times for every candidate from cells that are mostly missing', () => {
      const model = fit(matrix);
      for (let i = 0; i < matrix.n; i += 1) {
        const { quality, costUsd, seconds } = predict(model, vectorOf(i));
        expect(quality).toHaveLength(4);
        for (const value of quality) expect(Math.abs(value - 0.5)).toBeLessThan(1);
        for (const value of [...costUsd, ...seconds]) expect(Number.isFinite(value)).toBe(true);
      }
    });

    it('gives the same bytes for the same rows in any order, and the same seed', () => {
      const order = shuffled(
        Array.from({ length: matrix.n }, (_, i) => i),
        17,
      );
      expect(bytesOf(fit(selectRows(matrix, order)))).toBe(bytesOf(fit(matrix)));
    });

    it('gives a candidate that was never seen the pooled mean, no cost, and never chooses it', () => {
      const quality = matrix.quality.map((value, at) => (at % 4 === 0 ? NaN : value));
      const costUsd = matrix.costUsd.map((value, at) => (at % 4 === 0 ? NaN : value));
      const model = fit({ ...matrix, quality, costUsd });
      const [unseen = 0, ...others] = model.tensors.qualityMean!.data;
      expect(unseen).toBeGreaterThan(Math.min(...others));
      expect(unseen).toBeLessThan(Math.max(...others));
      const predictions = Array.from({ length: 40 }, (_, i) => predict(model, vectorOf(i)));
      expect(predictions.every(({ costUsd: [cost] }) => Number.isNaN(cost))).toBe(true);
      expect(predictions.map((prediction) => choose(model, prediction, { usd: 0, seconds: 0 }))).not.toContain(0);
    });

    it('refuses rows without a single score', () => {
      expect(() => fit({ ...matrix, quality: matrix.quality.map(() => NaN) })).toThrow(
        'None of the 240 training prompts',
      );
    });

    it('predicts a fold only from the other folds', () => {
      const folds = groupedFolds(matrix.groups, 4, 1);
      const params = fitter.grid(matrix).slice(0, 2);
      const before = fitter.outOfFold(matrix, folds, params);
      const quality = matrix.quality.map((value, at) => (folds[Math.floor(at / 4)] === 2 ? 1 - value : value));
      const after = fitter.outOfFold({ ...matrix, quality }, folds, params);
      for (const [p, { quality: predicted }] of before.entries()) {
        const changed = predicted.map((value, at) => Number(value !== after[p]!.quality[at]));
        const inFold = changed.filter((_, at) => folds[Math.floor(at / 4)] === 2);
        expect(Math.max(...inFold)).toBe(0);
      }
    });
  });
}

function bytesOf(model: FittedModel): string {
  const hash = createHash('sha256').update(JSON.stringify({ ...model, tensors: Object.keys(model.tensors) }));
  for (const { data } of Object.values(model.tensors))
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest('hex');
}
