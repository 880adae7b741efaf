import { addOuter, cholesky, invertCholesky, meanRow, mirror, principalDirections, solveCholesky } from './dense.js';
import { familiarityOf } from './familiarity.js';
import { foldCount, splitFold, type RouterFitter, type RouterParams } from './fitter.js';
import { canonicalOrder, selectRows, type TrainingMatrix } from './matrix.js';
import { candidateMeans, type CandidateMeans } from './means.js';
import { modelHead, tensor } from './model-head.js';

/** The joint system is solved in the leading principal directions; the penalty would all but silence the rest. */
const MAX_RANK = 128;
const PENALTIES = [1, 3, 10, 30, 100] as const;
/** Penalty of the shared part in units of that of a candidate's own part. Cheap: it learns what makes a prompt hard for all. */
const SHARED_RATIO = 0.25;
/** A candidate's level moves away from its mean as if this many observations spoke against it. */
const LEVEL_OBSERVATIONS = 20;

/** A linear prediction per candidate in the space of the inputs: mean + (x - centre) . weights. */
interface LinearHeads {
  /** dim x m. */
  weights: Float64Array;
  bias: Float64Array;
}

/** Inputs turned into the basis in which the system is solved, [n, rank]. */
interface Basis {
  centre: Float64Array;
  directions: Float64Array;
  rank: number;
  rows: Float64Array;
}

/**
 * Ridge regression of rewards, all candidates jointly: r = mean_c + (x - centre) . (shared + own_c), solved exactly.
 * The shared part takes what makes a prompt hard for everyone, so that candidates which were logged on different prompts can be
 * compared (multi-task ridge of Evgeniou and Pontil 2004); a candidate that was never seen on a prompt borrows it.
 * Cost and time are regressed in units of the candidate's mean, where the shared part is the length of the prompt.
 */
export const ridgeFitter: RouterFitter = {
  type: 'ridge',
  grid: () => PENALTIES.map((penalty) => ({ penalty })),
  fit(matrix, params, { seed }) {
    const sorted = canonicalOrder(matrix);
    const { n, dim } = sorted;
    const m = sorted.candidates.length;
    const means = candidateMeans(sorted);
    const head = modelHead('ridge', sorted, means);
    const basis = basisOf(sorted);
    const { anchors, count, threshold } = familiarityOf(sorted.vectors, n, dim, sorted.groups, seed);
    const rows = Array.from({ length: n }, (_, i) => i);
    const heads = (name: string, target: Target): Record<string, ReturnType<typeof tensor>> => {
      const { weights, bias } = linearHeads(basis, dim, target, momentsOf(basis, target, rows), params);
      return { [`${name}Weights`]: tensor([dim, m], weights), [`${name}Bias`]: tensor([m], bias) };
    };
    const { quality, cost, seconds } = targetsOf(sorted, means);
    return {
      ...head,
      params: { ...head.params, ...params, familiarity: threshold },
      tensors: {
        ...head.tensors,
        centre: tensor([dim], basis.centre),
        ...heads('quality', quality),
        ...heads('cost', cost),
        ...heads('seconds', seconds),
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
    // The basis looks at inputs alone, so that one for all folds tells a fold nothing about its own outcomes.
    const basis = basisOf(matrix);
    for (let fold = 0; fold < foldCount(folds); fold += 1) {
      const { inside, outside } = splitFold(folds, fold);
      const { quality, cost } = targetsOf(matrix, candidateMeans(selectRows(matrix, outside)));
      for (const [target, name] of [[quality, 'quality'] as const, [cost, 'costUsd'] as const]) {
        const moments = momentsOf(basis, target, outside);
        for (const [p, param] of params.entries()) {
          const coefficients = solveJoint(moments, basis.rank + 1, param);
          for (const i of inside) predictRow(basis, target, coefficients, i, out[p]![name]);
        }
      }
    }
    return out;
  },
};

/** What is regressed: (value - mean) / unit for each candidate. */
interface Target {
  values: Float64Array;
  mean: Float64Array;
  unit: Float64Array;
}

function targetsOf(matrix: TrainingMatrix, means: CandidateMeans): { quality: Target; cost: Target; seconds: Target } {
  const unit = (of: Float64Array): Float64Array => of.map((value) => (value > 0 ? value : 1));
  return {
    quality: { values: matrix.quality, mean: means.quality, unit: means.quality.map(() => 1) },
    cost: { values: matrix.costUsd, mean: means.costUsd, unit: unit(means.costUsd) },
    seconds: { values: matrix.seconds, mean: means.seconds, unit: unit(means.seconds) },
  };
}

function basisOf(matrix: TrainingMatrix): Basis {
  const { n, dim, vectors } = matrix;
  const rank = Math.min(dim, MAX_RANK);
  const centre = meanRow(vectors, n, dim);
  const directions = principalDirections(vectors, n, dim, centre, rank);
  const rows = new Float64Array(n * rank);
  for (let i = 0; i < n; i += 1) {
    for (let k = 0; k < dim; k += 1) {
      const value = vectors[i * dim + k]! - centre[k]!;
      if (value === 0) continue;
      for (let r = 0; r < rank; r += 1) rows[i * rank + r]! += value * directions[k * rank + r]!;
    }
  }
  return { centre, directions, rank, rows };
}

/** Gram matrix and right-hand side of each candidate over the rows in which it was observed; the last input is a constant 1. */
interface Moments {
  gram: Float64Array[];
  right: Float64Array[];
}

function momentsOf(basis: Basis, target: Target, rows: readonly number[]): Moments {
  const { rank } = basis;
  const d = rank + 1;
  const m = target.mean.length;
  const common = new Float64Array(d * d);
  const own = Array.from({ length: m }, () => new Float64Array(d * d));
  const right = Array.from({ length: m }, () => new Float64Array(d));
  const partial = Array.from({ length: m }, () => false);
  const z = new Float64Array(d);
  z[rank] = 1;
  for (const i of rows) {
    z.set(basis.rows.subarray(i * rank, (i + 1) * rank));
    let observed = 0;
    for (let c = 0; c < m; c += 1) {
      const value = (target.values[i * m + c]! - target.mean[c]!) / target.unit[c]!;
      if (Number.isNaN(value)) continue;
      observed += 1;
      const side = right[c]!;
      for (let r = 0; r < d; r += 1) side[r]! += value * z[r]!;
    }
    if (observed === m) {
      addOuter(common, z, d);
      continue;
    }
    for (let c = 0; c < m; c += 1) {
      if (Number.isNaN(target.values[i * m + c]! - target.mean[c]!)) continue;
      addOuter(own[c]!, z, d);
      partial[c] = true;
    }
  }
  mirror(common, d);
  // Candidates that were observed on the same rows share one matrix, and so one inverse.
  const gram = own.map((matrix, c) => {
    if (!partial[c]) return common;
    mirror(matrix, d);
    for (let k = 0; k < matrix.length; k += 1) matrix[k]! += common[k]!;
    return matrix;
  });
  return { gram, right };
}

/**
 * Minimises sum (y - z . (shared + own_c))^2 + shared' L0 shared + sum own_c' L own_c, with L0 = ratio L and L diagonal.
 * Eliminating own_c leaves one system in the shared part: [L0 + sum (L - L A_c^-1 L)] shared = sum L A_c^-1 b_c, A_c = S_c + L.
 * @returns shared + own_c for each candidate
 */
function solveJoint({ gram, right }: Moments, d: number, { penalty = 1 }: RouterParams): Float64Array[] {
  const diagonal = new Float64Array(d).fill(penalty);
  diagonal[d - 1] = LEVEL_OBSERVATIONS;
  const factors = new Map<Float64Array, { factor: Float64Array; inverse: Float64Array }>();
  const system = new Float64Array(d * d);
  const side = new Float64Array(d);
  for (let r = 0; r < d; r += 1) system[r * d + r] = SHARED_RATIO * diagonal[r]!;
  for (const [c, matrix] of gram.entries()) {
    let solved = factors.get(matrix);
    if (!solved) {
      const shifted = Float64Array.from(matrix);
      for (let r = 0; r < d; r += 1) shifted[r * d + r]! += diagonal[r]!;
      const factor = cholesky(shifted, d);
      solved = { factor, inverse: invertCholesky(factor, d) };
      factors.set(matrix, solved);
    }
    const alone = solveCholesky(solved.factor, right[c]!, d);
    for (let r = 0; r < d; r += 1) {
      system[r * d + r]! += diagonal[r]!;
      side[r]! += diagonal[r]! * alone[r]!;
      for (let k = 0; k < d; k += 1) system[r * d + k]! -= diagonal[r]! * solved.inverse[r * d + k]! * diagonal[k]!;
    }
  }
  const shared = solveCholesky(cholesky(system, d), side, d);
  return gram.map((matrix, c) => {
    const rest = Float64Array.from(right[c]!);
    for (let r = 0; r < d; r += 1) for (let k = 0; k < d; k += 1) rest[r]! -= matrix[r * d + k]! * shared[k]!;
    const own = solveCholesky(factors.get(matrix)!.factor, rest, d);
    return own.map((value, r) => value + shared[r]!);
  });
}

/** Takes coefficients in the basis back to the space of the inputs. */
function linearHeads(basis: Basis, dim: number, target: Target, moments: Moments, params: RouterParams): LinearHeads {
  const { rank, directions } = basis;
  const m = target.mean.length;
  const coefficients = solveJoint(moments, rank + 1, params);
  const weights = new Float64Array(dim * m);
  const bias = new Float64Array(m);
  for (const [c, own] of coefficients.entries()) {
    // A candidate whose cost was never seen has no unit to predict in: NaN, not a guess.
    const unit = Number.isNaN(target.mean[c]!) ? NaN : target.unit[c]!;
    for (let k = 0; k < dim; k += 1) {
      let sum = 0;
      for (let r = 0; r < rank; r += 1) sum += directions[k * rank + r]! * own[r]!;
      weights[k * m + c] = sum * unit;
    }
    bias[c] = target.mean[c]! + own[rank]! * unit;
  }
  return { weights, bias };
}

function predictRow(
  basis: Basis,
  target: Target,
  coefficients: readonly Float64Array[],
  i: number,
  into: Float64Array,
): void {
  const m = coefficients.length;
  const { rank, rows } = basis;
  for (const [c, own] of coefficients.entries()) {
    let sum = own[rank]!;
    for (let r = 0; r < rank; r += 1) sum += rows[i * rank + r]! * own[r]!;
    into[i * m + c] = target.mean[c]! + sum * target.unit[c]!;
  }
}
