import type { FittedModel, RouterType, Tensor } from './model.js';

type Axis = 'n' | 'k' | 'd' | 'm' | 'a';

const MEANS = { qualityMean: ['m'], costMean: ['m'], secondsMean: ['m'] } as const;
const ANCHORS = { anchors: ['a', 'd'] } as const;

/** The tensors of each type and their shapes, as `FittedModel` says in words; each letter is one length throughout. */
const SHAPES: Record<RouterType, Record<string, readonly Axis[]>> = {
  constant: MEANS,
  kmeans: { ...MEANS, centres: ['k', 'd'], quality: ['k', 'm'], cost: ['k', 'm'], seconds: ['k', 'm'], ...ANCHORS },
  knn: {
    ...MEANS,
    vectors: ['n', 'd'],
    quality: ['n', 'm'],
    qualityMask: ['n', 'm'],
    cost: ['n', 'm'],
    costMask: ['n', 'm'],
    seconds: ['n', 'm'],
    secondsMask: ['n', 'm'],
    ...ANCHORS,
  },
  ridge: {
    ...MEANS,
    centre: ['d'],
    qualityWeights: ['d', 'm'],
    qualityBias: ['m'],
    costWeights: ['d', 'm'],
    costBias: ['m'],
    secondsWeights: ['d', 'm'],
    secondsBias: ['m'],
    ...ANCHORS,
  },
};

/** Names of the tensors that a type has, in the order in which an artefact holds them. */
export function tensorNames(type: RouterType): string[] {
  return Object.keys(SHAPES[type]);
}

/** What is wrong with the tensors of a model (a missing one, one too many, a shape that does not fit), or null. */
export function tensorFault(model: FittedModel): string | null {
  const lengths = new Map<Axis, number>([['m', model.candidates.length]]);
  if (model.type !== 'constant') lengths.set('d', model.dim);
  for (const [name, axes] of Object.entries(SHAPES[model.type])) {
    const tensor = model.tensors[name];
    if (!tensor) return `the tensor ${name} is missing`;
    const fault = shapeFault(name, axes, tensor, lengths);
    if (fault) return fault;
  }
  const surplus = Object.keys(model.tensors).find((name) => !Object.hasOwn(SHAPES[model.type], name));
  return surplus === undefined ? null : `a ${model.type} router has no tensor ${surplus}`;
}

function shapeFault(name: string, axes: readonly Axis[], tensor: Tensor, lengths: Map<Axis, number>): string | null {
  if (tensor.shape.length !== axes.length) return `${name} has ${tensor.shape.length} axes instead of ${axes.length}`;
  for (const [position, axis] of axes.entries()) {
    const size = tensor.shape[position] ?? 0;
    const expected = lengths.get(axis) ?? size;
    if (size < 1 || size !== expected)
      return `${name} has ${size} along axis ${position} instead of ${Math.max(expected, 1)}`;
    lengths.set(axis, size);
  }
  const cells = tensor.shape.reduce((product, size) => product * size, 1);
  return tensor.data.length === cells ? null : `${name} holds ${tensor.data.length} numbers instead of ${cells}`;
}
