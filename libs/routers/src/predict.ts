import { nearestRows } from './nearest.js';
import { SignalboxError } from '@signalbox/contracts';
import type { FittedModel, Prediction } from './model.js';
import { nearestCentre } from './spherical-means.js';

let similarityScratch = new Float32Array(0);
let centredScratch = new Float64Array(0);

/**
 * What a model expects of each candidate for one prompt. Pure and synchronous. Ridge is linear, so that its qualities may leave
 * 0..1 by a little; the order of candidates is what counts.
 *
 * @param vector unit-norm, of length `model.dim`; not read by a constant
 * @throws SignalboxError `INVALID_INPUT` when the length does not fit the model
 */
export function predict(model: FittedModel, vector: Float32Array): Prediction {
  if (model.type === 'constant') return constantPrediction(model);
  if (vector.length !== model.dim) {
    throw new SignalboxError(
      'INVALID_INPUT',
      `The vector has ${vector.length} numbers, the router reads ${model.dim}.`,
    );
  }
  const familiar = isFamiliar(model, vector);
  switch (model.type) {
    case 'kmeans':
      return kmeansPrediction(model, vector, familiar);
    case 'knn':
      return knnPrediction(model, vector, familiar);
    case 'ridge':
      return ridgePrediction(model, vector, familiar);
  }
}

function constantPrediction(model: FittedModel): Prediction {
  return {
    quality: Float64Array.from(data(model, 'qualityMean')),
    costUsd: Float64Array.from(data(model, 'costMean')),
    seconds: Float64Array.from(data(model, 'secondsMean')),
    familiar: true,
  };
}

function kmeansPrediction(model: FittedModel, vector: Float32Array, familiar: boolean): Prediction {
  const { centre } = nearestCentre(vector, 0, model.dim, data(model, 'centres'));
  const m = model.candidates.length;
  const of = (name: string) => Float64Array.from(data(model, name).subarray(centre * m, (centre + 1) * m));
  return { quality: of('quality'), costUsd: of('cost'), seconds: of('seconds'), familiar };
}

function knnPrediction(model: FittedModel, vector: Float32Array, familiar: boolean): Prediction {
  const vectors = data(model, 'vectors');
  const n = model.dim > 0 ? vectors.length / model.dim : 0;
  if (similarityScratch.length < n) similarityScratch = new Float32Array(n);
  similarities(vector, vectors, n, similarityScratch);
  const near = nearestRows(similarityScratch, n, model.params.k ?? n);
  const mean = (name: string): Float64Array =>
    shrunkenMean(
      near,
      data(model, name),
      data(model, `${name}Mask`),
      data(model, `${name}Mean`),
      model.params.shrinkage ?? 0,
    );
  return { quality: mean('quality'), costUsd: mean('cost'), seconds: mean('seconds'), familiar };
}

/** (sum of the observed cells + c mean) / (number of observed cells + c). */
function shrunkenMean(
  near: Int32Array,
  cells: Float32Array,
  mask: Float32Array,
  prior: Float32Array,
  shrinkage: number,
): Float64Array {
  const m = prior.length;
  const sums = new Float64Array(m);
  const counts = new Float64Array(m);
  for (let k = 0; k < near.length; k += 1) {
    const row = near[k]! * m;
    for (let c = 0; c < m; c += 1) {
      sums[c]! += cells[row + c]! * mask[row + c]!;
      counts[c]! += mask[row + c]!;
    }
  }
  for (let c = 0; c < m; c += 1) sums[c] = (sums[c]! + shrinkage * prior[c]!) / (counts[c]! + shrinkage);
  return sums;
}

function ridgePrediction(model: FittedModel, vector: Float32Array, familiar: boolean): Prediction {
  const { dim } = model;
  const centre = data(model, 'centre');
  if (centredScratch.length < dim) centredScratch = new Float64Array(dim);
  for (let k = 0; k < dim; k += 1) centredScratch[k] = vector[k]! - centre[k]!;
  const linear = (name: string): Float64Array => {
    const weights = data(model, `${name}Weights`);
    const out = Float64Array.from(data(model, `${name}Bias`));
    const m = out.length;
    for (let k = 0; k < dim; k += 1) {
      const value = centredScratch[k]!;
      for (let c = 0; c < m; c += 1) out[c]! += value * weights[k * m + c]!;
    }
    return out;
  };
  return { quality: linear('quality'), costUsd: linear('cost'), seconds: linear('seconds'), familiar };
}

function isFamiliar(model: FittedModel, vector: Float32Array): boolean {
  const anchors = data(model, 'anchors');
  const count = anchors.length / Math.max(model.dim, 1);
  if (similarityScratch.length < count) similarityScratch = new Float32Array(count);
  similarities(vector, anchors, count, similarityScratch);
  const threshold = model.params.familiarity ?? -1;
  for (let k = 0; k < count; k += 1) if (similarityScratch[k]! >= threshold) return true;
  return false;
}

/** Eight rows at a time read the query once for all of them: 2.0 ms instead of 3.4 for 5,000 rows of 512. */
function similarities(query: Float32Array, rows: Float32Array, n: number, out: Float32Array): void {
  const dim = query.length;
  let i = 0;
  for (; i + 7 < n; i += 8) {
    const a = i * dim;
    const b = a + dim;
    const c = b + dim;
    const d = c + dim;
    const e = d + dim;
    const f = e + dim;
    const g = f + dim;
    const h = g + dim;
    let sa = 0;
    let sb = 0;
    let sc = 0;
    let sd = 0;
    let se = 0;
    let sf = 0;
    let sg = 0;
    let sh = 0;
    for (let k = 0; k < dim; k += 1) {
      const x = query[k]!;
      sa += x * rows[a + k]!;
      sb += x * rows[b + k]!;
      sc += x * rows[c + k]!;
      sd += x * rows[d + k]!;
      se += x * rows[e + k]!;
      sf += x * rows[f + k]!;
      sg += x * rows[g + k]!;
      sh += x * rows[h + k]!;
    }
    out[i] = sa;
    out[i + 1] = sb;
    out[i + 2] = sc;
    out[i + 3] = sd;
    out[i + 4] = se;
    out[i + 5] = sf;
    out[i + 6] = sg;
    out[i + 7] = sh;
  }
  for (; i < n; i += 1) {
    let sum = 0;
    for (let k = 0; k < dim; k += 1) sum += query[k]! * rows[i * dim + k]!;
    out[i] = sum;
  }
}

/** A model without one of its tensors never comes out of a fit or of a verified artefact. */
function data(model: FittedModel, name: string): Float32Array {
  const found = model.tensors[name];
  if (!found) throw new SignalboxError('ARTIFACT_INVALID', `The ${model.type} router lacks the tensor ${name}.`);
  return found.data;
}
