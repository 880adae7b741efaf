import { familiarityOf } from './familiarity.js';
import { foldCount, splitFold, type RouterFitter } from './fitter.js';
import { canonicalOrder, selectRows, type TrainingMatrix } from './matrix.js';
import { candidateMeans, type CandidateMeans } from './means.js';
import { modelHead, tensor } from './model-head.js';
import { nearestCentre, sphericalMeans } from './spherical-means.js';

const CLUSTERS = [8, 16, 32, 64, 128] as const;
const SHRINKAGES = [2, 10, 30] as const;
/** A cluster of fewer prompts than this says little more than its shrinkage. */
const PROMPTS_PER_CLUSTER = 10;
/** Centres of folds are for comparing settings; those of the router have the seed of the fit. */
const FOLD_SEED = 0;

/**
 * k-means on rewards: the mean outcome of each candidate over the prompts of the nearest of `clusters` centres (spherical k-means,
 * Dhillon and Modha 2001) in which it was observed, shrunk to the candidate's own mean as if by `shrinkage` more observations. A
 * decision compares its prompt with the centres alone, and no vector of a prompt is in the model.
 */
export const kmeansFitter: RouterFitter = {
  type: 'kmeans',
  grid(matrix) {
    const most = Math.max(Math.floor(matrix.n / PROMPTS_PER_CLUSTER), 1);
    const usable: number[] = CLUSTERS.filter((clusters) => clusters <= most);
    const counts = usable.length > 0 ? usable : [most];
    return counts.flatMap((clusters) => SHRINKAGES.map((shrinkage) => ({ clusters, shrinkage })));
  },
  fit(matrix, params, { seed }) {
    const sorted = canonicalOrder(matrix);
    const { n, dim, vectors } = sorted;
    const m = sorted.candidates.length;
    const { clusters: count = 1, shrinkage = 0 } = params;
    const means = candidateMeans(sorted);
    const head = modelHead('kmeans', sorted, means);
    const { anchors, count: anchorCount, threshold } = familiarityOf(vectors, n, dim, sorted.groups, seed);
    const rows = Array.from({ length: n }, (_, i) => i);
    const centres = sphericalMeans(vectors, dim, rows, { count, seed });
    const clusters = clustersOf(sorted, centres, rows);
    const cells = (values: Float64Array, mean: Float64Array) =>
      tensor([centres.length / dim, m], clusterMeans(clusters, values, mean, shrinkage));
    return {
      ...head,
      params: { ...head.params, ...params, familiarity: threshold },
      tensors: {
        ...head.tensors,
        centres: tensor([centres.length / dim, dim], centres),
        quality: cells(sorted.quality, means.quality),
        cost: cells(sorted.costUsd, means.costUsd),
        seconds: cells(sorted.seconds, means.seconds),
        anchors: tensor([anchorCount, dim], anchors),
      },
    };
  },
  outOfFold(matrix, folds, params) {
    const m = matrix.candidates.length;
    const out = params.map(() => ({
      quality: new Float64Array(matrix.n * m),
      costUsd: new Float64Array(matrix.n * m),
    }));
    for (let fold = 0; fold < foldCount(folds); fold += 1) {
      const { inside, outside } = splitFold(folds, fold);
      const means = candidateMeans(selectRows(matrix, outside));
      for (const count of new Set(params.map(({ clusters = 1 }) => clusters))) {
        const centres = sphericalMeans(matrix.vectors, matrix.dim, outside, { count, seed: FOLD_SEED });
        const clusters = clustersOf(matrix, centres, outside);
        const nearest = inside.map((i) => nearestCentre(matrix.vectors, i, matrix.dim, centres).centre);
        for (const [p, { clusters: of = 1, shrinkage = 0 }] of params.entries()) {
          if (of !== count) continue;
          for (const [name, values] of targetsOf(matrix, means)) {
            const predicted = clusterMeans(clusters, values.cells, values.mean, shrinkage);
            for (const [k, i] of inside.entries()) {
              const from = (nearest[k] ?? 0) * m;
              out[p]![name].set(predicted.subarray(from, from + m), i * m);
            }
          }
        }
      }
    }
    return out;
  },
};

function targetsOf(matrix: TrainingMatrix, means: CandidateMeans) {
  return [
    ['quality', { cells: matrix.quality, mean: means.quality }],
    ['costUsd', { cells: matrix.costUsd, mean: means.costUsd }],
  ] as const;
}

/** Rows of each cluster. */
function clustersOf({ vectors, dim }: TrainingMatrix, centres: Float32Array, rows: readonly number[]): number[][] {
  const clusters: number[][] = Array.from({ length: centres.length / dim }, () => []);
  for (const i of rows) clusters[nearestCentre(vectors, i, dim, centres).centre]!.push(i);
  return clusters;
}

/** [clusters, m]: (sum of the observed cells + shrinkage * mean) / (number of observed cells + shrinkage). */
function clusterMeans(
  clusters: readonly number[][],
  cells: Float64Array,
  mean: Float64Array,
  shrinkage: number,
): Float64Array {
  const m = mean.length;
  const out = new Float64Array(clusters.length * m);
  for (const [k, rows] of clusters.entries()) {
    for (let c = 0; c < m; c += 1) {
      let [sum, count] = [0, 0];
      for (const i of rows) {
        const cell = cells[i * m + c]!;
        if (Number.isNaN(cell)) continue;
        sum += cell;
        count += 1;
      }
      out[k * m + c] = (sum + shrinkage * mean[c]!) / (count + shrinkage);
    }
  }
  return out;
}
