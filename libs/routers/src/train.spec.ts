import { describe, expect, it } from '@jest/globals';
import { evaluate } from './evaluate.js';
import { selectRows } from './matrix.js';
import type { TrainingMatrix } from './matrix.js';
import { plantedMatrix, shuffledRewards } from './planted-matrix.conformance.js';
import { train } from './train.js';

const TYPES = ['kmeans', 'knn', 'ridge'] as const;

function halves(matrix: TrainingMatrix): [TrainingMatrix, TrainingMatrix] {
  const rows = Array.from({ length: matrix.n }, (_, i) => i);
  // Groups are runs of rows: a cut between two groups leaks nothing.
  const cut = rows.findIndex((i) => i > matrix.n * 0.6 && matrix.groups[i] !== matrix.groups[i - 1]);
  return [selectRows(matrix, rows.slice(0, cut)), selectRows(matrix, rows.slice(cut))];
}

describe('train', () => {
  it('beats the best single candidate on a planted matrix with each router, beyond chance', () => {
    const [rows, test] = halves(plantedMatrix({ n: 1000, seed: 1, skill: 'families' }));
    const routers = train(rows, { types: TYPES, seed: 1 });
    const { results } = evaluate({
      models: routers.map(({ model }) => ({ model })),
      test,
      bestSingle: routers[0]!.model.bestSingle,
      cheapest: 'cheap',
      method: 'outcome-matrix',
    });
    for (const type of TYPES) {
      const result = results.find(({ policy }) => policy === type)!;
      expect(result.gainCi95![0]).toBeGreaterThan(0.05);
      expect(result.gapRecovered).toBeGreaterThan(0.3);
    }
  });

  it('learns from one logged cell a prompt and 300 replayed prompts', () => {
    const rows = plantedMatrix({ n: 1400, seed: 2, skill: 'families', full: 300, exploration: 0.2 });
    for (const { alwaysBestSingle, outOfFold } of train(rows, { types: TYPES, seed: 1 })) {
      expect(alwaysBestSingle).toBe(false);
      expect(outOfFold).toMatchObject({ method: 'fully-observed', prompts: 300 });
      expect(outOfFold.gain! - 1.96 * outOfFold.gainError!).toBeGreaterThan(0);
    }
  });

  it.each(['level', 'equal'] as const)(
    'falls back to the best single candidate without a signal (%s skill)',
    (skill) => {
      let fellBack = 0;
      const seeds = 4;
      for (let seed = 1; seed <= seeds; seed += 1) {
        const rows = plantedMatrix({ n: 500, seed, skill, full: 200, exploration: 0.3, dim: 12 });
        for (const { model } of train(rows, { types: TYPES, seed })) fellBack += model.params.alwaysBestSingle ?? 0;
      }
      expect(fellBack).toBe(TYPES.length * seeds);
    },
  );

  it('falls back to the best single candidate on shuffled rewards', () => {
    for (let seed = 1; seed <= 2; seed += 1) {
      const rows = shuffledRewards(plantedMatrix({ n: 400, seed, skill: 'families', dim: 12 }), seed);
      for (const { model, outOfFold } of train(rows, { types: TYPES, seed })) {
        expect(model.params.alwaysBestSingle).toBe(1);
        expect(outOfFold.gain).toBe(0);
      }
    }
  });

  it('falls back where the logs can prove nothing: no replay and no propensities', () => {
    const rows = plantedMatrix({ n: 400, seed: 3, skill: 'families', full: 0 });
    const blind = { ...rows, propensity: rows.quality.map(() => NaN) };
    for (const { model, outOfFold } of train(blind, { types: TYPES, seed: 1 })) {
      expect(model.params.alwaysBestSingle).toBe(1);
      expect(outOfFold.method).toBeNull();
    }
  });

  it('finds the best single candidate of the population although the log sent it the hard prompts', () => {
    const rows = plantedMatrix({ n: 3000, seed: 4, skill: 'equal', full: 0, exploration: 0 });
    const m = rows.candidates.length;
    // `coder` is 20 points better than `large` on easy and hard prompts alike, but is asked the hard ones nine times in ten.
    for (let i = 0; i < rows.n; i += 1) {
      const hard = i % 2 === 0;
      const coder = i % 20 < 18 ? hard : !hard;
      rows.quality.fill(NaN, i * m, (i + 1) * m);
      rows.propensity!.fill(0, i * m, (i + 1) * m);
      rows.propensity![i * m + 1] = hard ? 0.9 : 0.1;
      rows.propensity![i * m + 3] = hard ? 0.1 : 0.9;
      rows.logged![i] = coder ? 1 : 3;
      rows.quality[i * m + rows.logged![i]!] = (hard ? 0.2 : 0.7) + (coder ? 0.2 : 0);
    }
    expect(train(rows, { types: ['constant'], seed: 1 })[0]!.model.bestSingle).toBe('coder');
  });

  it('gives the same routers for the same seed, whatever the order of rows', () => {
    const rows = plantedMatrix({ n: 300, seed: 6, skill: 'families' });
    const reversed = selectRows(
      rows,
      Array.from({ length: rows.n }, (_, i) => rows.n - 1 - i),
    );
    const print = (matrix: TrainingMatrix): string =>
      JSON.stringify(train(matrix, { types: TYPES, seed: 9 }), (_, value: unknown) =>
        value instanceof Float32Array ? [...value] : value,
      );
    expect(print(reversed)).toBe(print(rows));
  });
});
