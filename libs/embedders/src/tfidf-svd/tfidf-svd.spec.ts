import { beforeAll, describe, expect, it } from '@jest/globals';
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import fc from 'fast-check';
import { describeEmbedder } from '../embedder.conformance.js';
import { createEmbedder } from '../embedder.js';
import { rightSingularVectors } from './randomised-svd.js';
import { fitTfidfSvd, readTfidfSvd } from './tfidf-svd-model.js';

const PLACES = ['France', 'Italy', 'Spain', 'Peru', 'Japan', 'Kenya'];
const TEXTS = PLACES.flatMap((place) => [
  `What is the capital of ${place}?`,
  `Name the capital city of ${place}.`,
  `Translate "good morning" into the language of ${place}.`,
  `Write a Python function that prints the name ${place}.`,
  `Solve: a train through ${place} travels 120 km in 1.5 hours.`,
]);
const DIM = 16;

let model: Uint8Array;
beforeAll(() => {
  model = fitTfidfSvd(TEXTS, { dim: DIM, seed: 7 });
});

describeEmbedder('tfidf-svd', (workers) => createEmbedder({ provider: 'tfidf-svd', model, workers }));

describe('fitTfidfSvd', () => {
  it('gives the same bytes for the same texts in any order, however often each is there', () => {
    const other = [...TEXTS, ...TEXTS.slice(0, 5), ' '].reverse();
    expect(Buffer.compare(fitTfidfSvd(other, { dim: DIM, seed: 7 }), model)).toBe(0);
    expect(Buffer.compare(fitTfidfSvd(TEXTS, { dim: DIM, seed: 8 }), model)).not.toBe(0);
    expect(Buffer.compare(fitTfidfSvd(TEXTS.slice(1), { dim: DIM, seed: 7 }), model)).not.toBe(0);
  });

  it('refuses fewer distinct texts than dimensions', () => {
    expect(() => fitTfidfSvd(['a', 'b', 'a'], { dim: 3, seed: 0 })).toThrow(/2 distinct texts/);
  });

  it('makes a file that says what it is, and refuses one that is cut or another', () => {
    expect(readTfidfSvd(model).dim).toBe(DIM);
    for (const bytes of [model.subarray(0, 4), model.subarray(0, model.length - 4), new Uint8Array(64)]) {
      expect(() => readTfidfSvd(bytes)).toThrow(expect.objectContaining({ code: 'ARTIFACT_INVALID' }));
    }
  });

  it('puts a text without a known word far from all others', () => {
    const { embed } = readTfidfSvd(model);
    const unknown = embed('東京');
    const near = TEXTS.map((text) => embed(text).reduce((sum, value, i) => sum + value * (unknown[i] ?? 0), 0));
    expect(Math.hypot(...unknown)).toBeCloseTo(1, 5);
    expect(Math.max(...near)).toBeLessThan(0.3);
  });
});

describe('rightSingularVectors', () => {
  it('span what the singular value decomposition of a library spans', () => {
    const shape = fc.record({ rows: fc.integer({ min: 6, max: 30 }), width: fc.integer({ min: 6, max: 20 }) });
    fc.assert(
      fc.property(shape, fc.integer({ min: 1, max: 2 ** 30 }), ({ rows, width }, seed) => {
        const cell = (i: number) => Math.sin(i * 12.9898 + seed) * (i % 3 === 0 ? 1 : 0);
        const dense = Array.from({ length: rows }, (_, r) =>
          Array.from({ length: width }, (_, c) => cell(r * width + c)),
        );
        const entries = dense.map((row) => row.flatMap((value, column) => (value === 0 ? [] : [{ column, value }])));
        const starts = new Uint32Array(rows + 1);
        entries.forEach(({ length }, r) => (starts[r + 1] = (starts[r] ?? 0) + length));
        const a = {
          ...{ starts, width },
          columns: Uint32Array.from(entries.flat(), ({ column }) => column),
          values: Float64Array.from(entries.flat(), ({ value }) => value),
        };
        const rank = 3;
        const ours = rightSingularVectors(a, rank, 1);
        const { diagonal } = new SingularValueDecomposition(new Matrix(dense), { autoTranspose: true });
        const projected = new Matrix(dense).mmul(Matrix.from1DArray(width, rank, [...ours]));
        for (let k = 0; k < rank; k += 1) {
          expect(Math.hypot(...projected.getColumn(k))).toBeCloseTo(diagonal[k] ?? 0, 4);
        }
      }),
      { numRuns: 30 },
    );
  });
});
