import { products } from './dense.js';
import { familiarityOf } from './familiarity.js';
import { foldCount, splitFold, type OutOfFold, type RouterFitter, type RouterParams } from './fitter.js';
import { canonicalOrder, selectRows, type TrainingMatrix } from './matrix.js';
import { candidateMeans } from './means.js';
import { modelHead, tensor } from './model-head.js';
import { nearestRows } from './nearest.js';

const NEIGHBOURS = [10, 25, 50, 100, 200, 400, 800] as const;
const SHRINKAGES = [2, 10, 30] as const;
/** Queries that are compared with all rows at a time; bounds memory at 64 n numbers. */
const BLOCK = 64;

/**
 * kNN on rewards (Hu et al. 2024, RouterBench, arXiv 2403.12031, with masked cells): the mean outcome of each candidate over the k
 * nearest prompts by cosine, in which it was observed, shrunk to the candidate's own mean as if by `shrinkage` more observations.
 */
export const knnFitter: RouterFitter = {
  type: 'knn',
  grid(matrix) {
    const most = Math.max(Math.floor(matrix.n / 4), 1);
    const usable: number[] = NEIGHBOURS.filter((k) => k <= most);
    const ks = usable.length > 0 ? usable : [most];
    return ks.flatMap((k) => SHRINKAGES.map((shrinkage) => ({ k, shrinkage })));
  },
  fit(matrix, params, { seed }) {
    const sorted = canonicalOrder(matrix);
    const { n, dim } = sorted;
    const m = sorted.candidates.length;
    const head = modelHead('knn', sorted, candidateMeans(sorted));
    const { anchors, count, threshold } = familiarityOf(sorted.vectors, n, dim, sorted.groups, seed);
    const cells = (name: string, values: Float64Array) => ({
      [name]: tensor(
        [n, m],
        values.map((value) => (Number.isNaN(value) ? 0 : value)),
      ),
      [`${name}Mask`]: tensor(
        [n, m],
        values.map((value) => (Number.isNaN(value) ? 0 : 1)),
      ),
    });
    return {
      ...head,
      params: { ...head.params, ...params, familiarity: threshold },
      tensors: {
        ...head.tensors,
        vectors: tensor([n, dim], sorted.vectors),
        ...cells('quality', sorted.quality),
        ...cells('cost', sorted.costUsd),
        ...cells('seconds', sorted.seconds),
        anchors: tensor([count, dim], anchors),
      },
    };
  },
  outOfFold(matrix, folds, params) {
    const m = matrix.candidates.length;
    const out = params.map(() => ({
      quality: new Float64Array(matrix.n * m),
      costUsd: new Float64Array(matrix.n * m),
    }));
    const ks = [...new Set(params.map(({ k }) => k ?? 1))].sort((a, b) => a - b);
    for (let fold = 0; fold < foldCount(folds); fold += 1) {
      const { inside, outside } = splitFold(folds, fold);
      predictFold(matrix, selectRows(matrix, inside), inside, selectRows(matrix, outside), ks, params, out);
    }
    return out;
  },
};

/** One pass over the neighbours of each row, nearest first, stopping at each k to write what that k would predict. */
function predictFold(
  matrix: TrainingMatrix,
  queries: TrainingMatrix,
  at: readonly number[],
  base: TrainingMatrix,
  ks: readonly number[],
  params: readonly RouterParams[],
  out: readonly OutOfFold[],
): void {
  const m = matrix.candidates.length;
  const { n, dim } = base;
  const means = candidateMeans(base);
  const most = Math.min(ks.at(-1) ?? 1, n);
  const block = new Float32Array(BLOCK * n);
  const sums = {
    quality: new Float64Array(m),
    qualityCount: new Float64Array(m),
    cost: new Float64Array(m),
    costCount: new Float64Array(m),
  };
  for (let first = 0; first < queries.n; first += BLOCK) {
    const rows = Math.min(BLOCK, queries.n - first);
    products(queries.vectors, first, rows, base.vectors, n, dim, block);
    for (let r = 0; r < rows; r += 1) {
      const similarities = block.subarray(r * n, (r + 1) * n);
      const near = nearestRows(similarities, n, most).sort((a, b) => similarities[b]! - similarities[a]! || a - b);
      for (const values of Object.values(sums)) values.fill(0);
      let taken = 0;
      for (const k of ks) {
        for (; taken < Math.min(k, most); taken += 1) {
          const row = near[taken]! * m;
          for (let c = 0; c < m; c += 1) {
            const quality = base.quality[row + c]!;
            const cost = base.costUsd[row + c]!;
            if (!Number.isNaN(quality)) {
              sums.quality[c]! += quality;
              sums.qualityCount[c]! += 1;
            }
            if (!Number.isNaN(cost)) {
              sums.cost[c]! += cost;
              sums.costCount[c]! += 1;
            }
          }
        }
        const target = (at[first + r] ?? 0) * m;
        for (const [p, { k: of, shrinkage = 0 }] of params.entries()) {
          if (of !== k) continue;
          for (let c = 0; c < m; c += 1) {
            out[p]!.quality[target + c] =
              (sums.quality[c]! + shrinkage * means.quality[c]!) / (sums.qualityCount[c]! + shrinkage);
            out[p]!.costUsd[target + c] =
              (sums.cost[c]! + shrinkage * means.costUsd[c]!) / (sums.costCount[c]! + shrinkage);
          }
        }
      }
    }
  }
}
