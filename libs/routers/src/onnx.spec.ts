import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { FittedModel, RouterType, Tensor } from './model.js';
import { fromOnnx, toOnnx, type ModelHeader } from './onnx.js';
import { predict } from './predict.js';
import { uniform } from './random.js';

const CANDIDATES = ['large', 'medium', 'small'];

interface Sizes {
  dim: number;
  rows: number;
  k: number;
  shrinkage: number;
  /** Share of the cells that were observed. */
  observed: number;
  seed: number;
}

function tensor(shape: number[], cell: () => number): Tensor {
  const length = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Float32Array.from({ length }, cell) };
}

function unitRows(rows: number, dim: number, next: () => number): Tensor {
  const built = tensor([rows, dim], () => next() - 0.5);
  for (let row = 0; row < rows; row += 1) {
    const part = built.data.subarray(row * dim, (row + 1) * dim);
    const norm = Math.hypot(...part);
    part.forEach((value, i) => (part[i] = value / norm));
  }
  return built;
}

function planted(type: RouterType, { dim, rows, k, shrinkage, observed, seed }: Sizes): FittedModel {
  const next = uniform(seed);
  const m = CANDIDATES.length;
  const tensors: Record<string, Tensor> = {
    qualityMean: tensor([m], next),
    costMean: tensor([m], () => next() / 100),
    secondsMean: tensor([m], () => next() * 5),
  };
  if (type !== 'constant') tensors.anchors = unitRows(4, dim, next);
  if (type === 'knn') {
    tensors.vectors = unitRows(rows, dim, next);
    for (const [target, scale] of [
      ['quality', 1],
      ['cost', 0.01],
      ['seconds', 5],
    ] as const) {
      const mask = tensor([rows, m], () => (next() < observed ? 1 : 0));
      const cells = tensor([rows, m], () => next() * scale);
      cells.data.forEach((value, i) => (cells.data[i] = value * (mask.data[i] ?? 0)));
      tensors[target] = cells;
      tensors[`${target}Mask`] = mask;
    }
  }
  if (type === 'kmeans') {
    tensors.centres = unitRows(rows, dim, next);
    tensors.quality = tensor([rows, m], next);
    tensors.cost = tensor([rows, m], () => next() / 100);
    tensors.seconds = tensor([rows, m], () => next() * 5);
  }
  if (type === 'ridge') {
    tensors.centre = tensor([dim], () => next() - 0.5);
    for (const [target, scale] of [
      ['quality', 0.1],
      ['cost', 0.001],
      ['seconds', 0.5],
    ] as const) {
      tensors[`${target}Weights`] = tensor([dim, m], () => (next() - 0.5) * scale);
      tensors[`${target}Bias`] = tensor([m], () => (next() + 1) * scale * 4);
    }
  }
  const params: Record<RouterType, Record<string, number>> = {
    constant: {},
    kmeans: { clusters: rows, shrinkage, familiarity: 0.1 },
    knn: { k, shrinkage, familiarity: 0.1 },
    ridge: { penalty: 1, familiarity: 0.1 },
  };
  return {
    type,
    candidates: CANDIDATES,
    dim: type === 'constant' ? 0 : dim,
    bestSingle: 'medium',
    params: { ...params[type], alwaysBestSingle: 0 },
    tensors,
    tradeoff: { usd: 1, seconds: 0 },
  };
}

function headerOf({ tensors: _tensors, ...header }: FittedModel): ModelHeader {
  return header;
}

async function run(bytes: Uint8Array, vector: Float32Array): Promise<Record<string, number[]>> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const outputs = await session.run({ vector: new OrtTensor('float32', vector, [1, vector.length]) });
  await session.release();
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, Array.from(data, Number)]));
}

const sizes = fc.record({
  dim: fc.integer({ min: 2, max: 24 }),
  rows: fc.integer({ min: 1, max: 60 }),
  k: fc.integer({ min: 1, max: 80 }),
  shrinkage: fc.constantFrom(0.5, 5, 20),
  observed: fc.constantFrom(0.1, 0.5, 1),
  seed: fc.integer({ min: 0, max: 1e6 }),
});
const types: RouterType[] = ['constant', 'kmeans', 'knn', 'ridge'];

describe.each(types)('the ONNX file of a %s router', (type) => {
  it('computes in onnxruntime what predict computes', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async (size) => {
        const model = planted(type, size);
        const vector = unitRows(1, size.dim, uniform(size.seed + 1)).data;
        const prediction = predict(model, type === 'constant' ? new Float32Array(0) : vector);
        const outputs = await run(toOnnx(model), vector);
        for (const [name, expected] of Object.entries({
          quality: prediction.quality,
          cost: prediction.costUsd,
          seconds: prediction.seconds,
        })) {
          expect(outputs[name]).toHaveLength(CANDIDATES.length);
          outputs[name]?.forEach((value, i) => expect(Math.abs(value - (expected[i] ?? NaN))).toBeLessThan(1e-5));
        }
        if (type !== 'constant') expect(prediction.familiar).toBe((outputs.similarity?.[0] ?? NaN) >= 0.1);
      }),
      { numRuns: 40 },
    );
  });

  it('gives back the very model that was written', () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const model = planted(type, size);
        const read = fromOnnx(toOnnx(model), headerOf(model));
        expect(read).toEqual({ ok: true, value: model });
        if (read.ok)
          expect(predict(read.value, new Float32Array(model.dim).fill(0.1))).toEqual(
            predict(model, new Float32Array(model.dim).fill(0.1)),
          );
      }),
      { numRuns: 30 },
    );
  });

  it('is the same, byte for byte, for the same model', () => {
    const size = { dim: 8, rows: 20, k: 5, shrinkage: 5, observed: 0.5, seed: 3 };
    const model = planted(type, size);
    const shuffled = { ...model, tensors: Object.fromEntries(Object.entries(model.tensors).reverse()) };
    expect(Buffer.from(toOnnx(model)).equals(toOnnx(shuffled))).toBe(true);
  });
});

describe('reading an ONNX file', () => {
  const size = { dim: 4, rows: 9, k: 3, shrinkage: 5, observed: 0.5, seed: 5 };
  const model = planted('knn', size);
  const bytes = toOnnx(model);

  it('keeps a cost that was never observed as not a number', async () => {
    const blind = planted('knn', { ...size, observed: 0 });
    blind.tensors.costMean?.data.fill(NaN);
    const read = fromOnnx(toOnnx(blind), headerOf(blind));
    expect(read).toEqual({ ok: true, value: blind });
    const outputs = await run(toOnnx(blind), Float32Array.of(1, 0, 0, 0));
    expect(outputs.cost).toEqual([NaN, NaN, NaN]);
    blind.tensors.qualityMean?.data.forEach((mean, i) => expect(outputs.quality?.[i]).toBeCloseTo(mean, 5));
  });

  it.each<[string, Partial<ModelHeader>]>([
    ['another type', { type: 'ridge' }],
    ['candidates in another order', { candidates: ['small', 'medium', 'large'] }],
    ['a candidate more', { candidates: [...CANDIDATES, 'extra'] }],
    ['another length of vector', { dim: 5 }],
  ])('refuses a header with %s', (_what, change) => {
    expect(fromOnnx(bytes, { ...headerOf(model), ...change })).toMatchObject({
      ok: false,
      error: { code: 'ARTIFACT_INVALID' },
    });
  });

  it('refuses bytes that are cut or no ONNX at all, and never throws', () => {
    for (let length = 0; length < bytes.length; length += 7) {
      expect(fromOnnx(bytes.subarray(0, length), headerOf(model))).toMatchObject({ ok: false });
    }
    fc.assert(fc.property(fc.uint8Array(), (noise) => expect(fromOnnx(noise, headerOf(model)).ok).toBe(false)));
  });

  it('refuses to write a model whose tensors do not fit', () => {
    const { anchors: _anchors, ...tensors } = model.tensors;
    expect(() => toOnnx({ ...model, tensors })).toThrow('anchors is missing');
    expect(() => toOnnx({ ...model, tensors: { ...model.tensors, extra: tensor([1], () => 1) } })).toThrow(
      'no tensor extra',
    );
    expect(() => toOnnx({ ...model, candidates: ['a'] })).toThrow('qualityMean has 3 along axis 0 instead of 1');
  });
});
