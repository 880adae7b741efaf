import type { FittedModel } from './model.js';
import {
  floatTensor,
  integerAttribute,
  integersAttribute,
  integerTensor,
  node,
  type OnnxNode,
  type OnnxTensor,
} from './onnx-messages.js';

/** Initializers that are tensors of the model; the outputs already own the bare names `quality`, `cost` and `seconds`. */
export const MODEL_PREFIX = 'model/';
/** Initializers that only the graph needs. */
const FIRST_AXIS = 'graph/firstAxis';
const ROW = 'graph/row';
const K = 'graph/k';
const SHRINKAGE = 'graph/shrinkage';

/** What a prediction is made of. The tensors of each lie under its name: `qualityMean`, `costWeights`, `secondsMask`. */
export const TARGETS = ['quality', 'cost', 'seconds'] as const;

interface GraphBody {
  nodes: OnnxNode[];
  constants: OnnxTensor[];
}

/** The nodes that compute `quality`, `cost`, `seconds` [1, m] and, unless constant, `similarity` [1, 1] from `vector` [1, d]. */
export function graphBody(model: FittedModel): GraphBody {
  switch (model.type) {
    case 'constant':
      return constantBody();
    case 'kmeans':
      return kmeansBody();
    case 'ridge':
      return ridgeBody();
    case 'knn':
      return knnBody(model);
  }
}

function constantBody(): GraphBody {
  return {
    nodes: TARGETS.map((target) => node('Reshape', [weights(`${target}Mean`), ROW], target)),
    constants: [integerTensor(ROW, [1, -1])],
  };
}

function kmeansBody(): GraphBody {
  return {
    nodes: [
      node('Gemm', ['vector', weights('centres')], 'centreSimilarities', [integerAttribute('transB', 1)]),
      node('ArgMax', ['centreSimilarities'], 'cluster', [integerAttribute('axis', 1), integerAttribute('keepdims', 0)]),
      ...TARGETS.map((target) => node('Gather', [weights(target), 'cluster'], target, [integerAttribute('axis', 0)])),
      ...similarity(),
    ],
    constants: [],
  };
}

function ridgeBody(): GraphBody {
  const predictions = TARGETS.map((target) =>
    node('Gemm', ['centred', weights(`${target}Weights`), weights(`${target}Bias`)], target),
  );
  return {
    nodes: [node('Sub', ['vector', weights('centre')], 'centred'), ...predictions, ...similarity()],
    constants: [],
  };
}

function knnBody(model: FittedModel): GraphBody {
  const rows = model.tensors.vectors?.shape[0] ?? 0;
  const nodes = [
    node('Gemm', ['vector', weights('vectors')], 'similarities', [integerAttribute('transB', 1)]),
    node('TopK', ['similarities', K], ['nearestSimilarities', 'nearestRows'], [integerAttribute('axis', 1)]),
    node('Squeeze', ['nearestRows', FIRST_AXIS], 'nearest'),
    ...TARGETS.flatMap(shrunkenMean),
    ...similarity(),
  ];
  const constants = [
    integerTensor(FIRST_AXIS, [0]),
    integerTensor(K, [Math.min(model.params.k ?? rows, rows)]),
    floatTensor(SHRINKAGE, { shape: [], data: Float32Array.of(model.params.shrinkage ?? 0) }),
  ];
  return { nodes, constants };
}

/** (sum of the observed cells + c * mean) / (number of observed cells + c), over the nearest rows. */
function shrunkenMean(target: (typeof TARGETS)[number]): OnnxNode[] {
  const part = (name: string): string => `${target}/${name}`;
  return [
    node('Gather', [weights(target), 'nearest'], part('near'), [integerAttribute('axis', 0)]),
    node('Gather', [weights(`${target}Mask`), 'nearest'], part('mask'), [integerAttribute('axis', 0)]),
    node('Mul', [part('near'), part('mask')], part('observed')),
    node('ReduceSum', [part('observed'), FIRST_AXIS], part('sum'), [integerAttribute('keepdims', 1)]),
    node('ReduceSum', [part('mask'), FIRST_AXIS], part('count'), [integerAttribute('keepdims', 1)]),
    node('Mul', [weights(`${target}Mean`), SHRINKAGE], part('prior')),
    node('Add', [part('sum'), part('prior')], part('numerator')),
    node('Add', [part('count'), SHRINKAGE], part('denominator')),
    node('Div', [part('numerator'), part('denominator')], target),
  ];
}

/** Cosine similarity to the nearest anchor: below `familiarity` the prompt is unlike everything seen in training. */
function similarity(): OnnxNode[] {
  return [
    node('Gemm', ['vector', weights('anchors')], 'anchorSimilarities', [integerAttribute('transB', 1)]),
    node('ReduceMax', ['anchorSimilarities'], 'similarity', [
      integersAttribute('axes', [1]),
      integerAttribute('keepdims', 1),
    ]),
  ];
}

function weights(name: string): string {
  return MODEL_PREFIX + name;
}
