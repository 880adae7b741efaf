import { type RouterFitter } from './fitter.js';
import { splitFold, foldCount } from './fitter.js';
import { availableCandidates, canonicalOrder, selectRows } from './matrix.js';
import { bestSingleOf, candidateMeans } from './means.js';
import { modelHead } from './model-head.js';

/** Always the best single candidate: version 1 of every router, and the yardstick of every other. */
export const constantFitter: RouterFitter = {
  type: 'constant',
  grid: () => [{}],
  fit(matrix) {
    const sorted = canonicalOrder(matrix);
    return { ...modelHead('constant', sorted, candidateMeans(sorted)), dim: 0, params: { alwaysBestSingle: 1 } };
  },
  outOfFold(matrix, folds, params) {
    const m = matrix.candidates.length;
    const quality = new Float64Array(matrix.n * m);
    const costUsd = new Float64Array(matrix.n * m);
    for (let fold = 0; fold < foldCount(folds); fold += 1) {
      const { inside, outside } = splitFold(folds, fold);
      const means = candidateMeans(selectRows(matrix, outside));
      const best = bestSingleOf(means, availableCandidates(matrix));
      for (const i of inside) {
        for (let c = 0; c < m; c += 1) {
          quality[i * m + c] = c === best ? 1 : 0;
          costUsd[i * m + c] = means.costUsd[c] ?? NaN;
        }
      }
    }
    return params.map(() => ({ quality, costUsd }));
  },
};
