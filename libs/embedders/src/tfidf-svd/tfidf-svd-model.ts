import { SignalboxError } from '@signalbox/contracts';
import { endianness } from 'node:os';
import { z } from 'zod';
import { textHash } from '../text-hash.js';
import { unitVector } from '../unit-vectors.js';
import { BUCKETS, featureCounts, weighted } from './features.js';
import { rightSingularVectors, type SparseRows } from './randomised-svd.js';

/**
 * The last coordinate before scaling, the same for every text, where the others have a length of up to 1. A text without one known feature
 * then lies far from those that have some, rather than nowhere.
 */
const CONSTANT = 0.1;
/** Raise it whenever features, weights or the constant change for any text. */
const FORMAT = 'signalbox/tfidf-svd/1';

export interface TfidfSvdFit {
  /** Numbers per vector; there have to be as many distinct texts. */
  dim: number;
  seed: number;
}

/**
 * Fits hashed TF-IDF with a truncated SVD (latent semantic analysis, Deerwester et al. 1990). The same distinct texts in any order and the
 * same seed give the same bytes. It takes seconds of one core: call it in a worker.
 * @returns a file in the format of safetensors: `buckets` [n], `idf` [n] and `components` [n, dim - 1]
 * @throws SignalboxError INVALID_INPUT for fewer distinct texts than dimensions
 */
export function fitTfidfSvd(texts: readonly string[], { dim, seed }: TfidfSvdFit): Uint8Array {
  const distinct = new Map(texts.filter((text) => text.trim() !== '').map((text) => [textHash(text), text]));
  if (!Number.isInteger(dim) || dim < 2 || distinct.size < dim) {
    throw new SignalboxError(
      'INVALID_INPUT',
      `dim: ${distinct.size} distinct texts give 2 to ${distinct.size} dimensions, not ${dim}`,
    );
  }
  const ordered = [...distinct].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, text]) => text);
  const frequency = new Uint32Array(BUCKETS);
  let entries = 0;
  for (const text of ordered) {
    const counts = featureCounts(text);
    entries += counts.size;
    for (const bucket of counts.keys()) frequency[bucket]! += 1;
  }
  const buckets = Int32Array.from(frequency.keys()).filter((bucket) => frequency[bucket]! > 0);
  const idf = Float32Array.from(buckets, (bucket) => Math.log((1 + ordered.length) / (1 + frequency[bucket]!)) + 1);
  const a = sparseRows(ordered, entries, { buckets, idf });
  const components = Float32Array.from(rightSingularVectors(a, dim - 1, seed));
  return writeTensors(
    { format: FORMAT, seed: String(seed), texts: String(ordered.length) },
    { buckets, idf, components },
  );
}

/** Features are counted a second time: those of all texts at once would take more memory than the matrix. */
function sparseRows(
  texts: readonly string[],
  entries: number,
  { buckets, idf }: Pick<Tensors, 'buckets' | 'idf'>,
): SparseRows {
  const rowOf = rowsByBucket(buckets);
  const starts = new Uint32Array(texts.length + 1);
  const columns = new Uint32Array(entries);
  const values = new Float64Array(entries);
  let at = 0;
  for (const [row, text] of texts.entries()) {
    for (const { bucket, weight } of weighted(featureCounts(text), (known) => idf[rowOf.get(known) ?? -1])) {
      columns[at] = rowOf.get(bucket) ?? 0;
      values[at] = weight;
      at += 1;
    }
    starts[row + 1] = at;
  }
  return { starts, columns, values, width: buckets.length };
}

const rowsByBucket = (buckets: Int32Array): Map<number, number> =>
  new Map(Array.from(buckets, (bucket, row): [number, number] => [bucket, row]));

export interface TfidfSvdModel {
  dim: number;
  /** @returns `dim` numbers, of length 1 */
  embed(text: string): Float32Array;
}

/** @throws SignalboxError ARTIFACT_INVALID for bytes that {@link fitTfidfSvd} does not write */
export function readTfidfSvd(bytes: Uint8Array): TfidfSvdModel {
  const { buckets, idf, components } = readTensors(bytes);
  const rank = components.length / buckets.length;
  const rowOf = rowsByBucket(buckets);
  return {
    dim: rank + 1,
    embed(text) {
      const vector = new Float64Array(rank + 1);
      for (const { bucket, weight } of weighted(featureCounts(text), (known) => idf[rowOf.get(known) ?? -1])) {
        const row = (rowOf.get(bucket) ?? 0) * rank;
        for (let i = 0; i < rank; i += 1) vector[i]! += weight * components[row + i]!;
      }
      vector[rank] = CONSTANT;
      const unit = unitVector(vector);
      if (!unit) throw new Error('A constant has no length.');
      return unit;
    },
  };
}

interface Tensors {
  buckets: Int32Array;
  idf: Float32Array;
  components: Float32Array;
}

const tensor = (dtype: 'I32' | 'F32', rank: number) =>
  z.object({
    dtype: z.literal(dtype),
    shape: z.array(z.int().min(1)).length(rank),
    data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
  });
const Header = z.object({
  __metadata__: z.object({ format: z.literal(FORMAT) }),
  buckets: tensor('I32', 1),
  idf: tensor('F32', 1),
  components: tensor('F32', 2),
});

function writeTensors(metadata: Record<string, string>, { buckets, idf, components }: Tensors): Uint8Array {
  if (endianness() !== 'LE') throw new Error('The format is little-endian, and this machine is not.');
  const rows = buckets.length;
  const layout = [
    { name: 'buckets', dtype: 'I32', shape: [rows], data: buckets },
    { name: 'idf', dtype: 'F32', shape: [rows], data: idf },
    { name: 'components', dtype: 'F32', shape: [rows, components.length / rows], data: components },
  ];
  let at = 0;
  const described = layout.map(({ name, dtype, shape, data }): [string, unknown] => [
    name,
    { dtype, shape, data_offsets: [at, (at += data.byteLength)] },
  ]);
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(described) });
  const header = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8), 'utf8'); // numbers begin where they may
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const parts = layout.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return Uint8Array.from(Buffer.concat([length, header, ...parts]));
}

function readTensors(bytes: Uint8Array): Tensors {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = view.length < 8 ? 0 : 8 + Number(view.readBigUInt64LE());
  const header = Header.safeParse(start < 8 || start > view.length ? null : jsonOf(view.toString('utf8', 8, start)));
  if (!header.success) throw invalid('its header is another one');
  const { buckets, idf, components } = header.data;
  const [rows] = buckets.shape;
  const slice = ({ shape, data_offsets: [from, to] }: { shape: number[]; data_offsets: [number, number] }) => {
    if (to - from !== 4 * shape.reduce((product, size) => product * size, 1) || start + to > view.length) {
      throw invalid('a tensor is cut');
    }
    return Uint8Array.from(view.subarray(start + from, start + to)).buffer;
  };
  if (idf.shape[0] !== rows || components.shape[0] !== rows) throw invalid('its tensors have different lengths');
  return {
    buckets: new Int32Array(slice(buckets)),
    idf: new Float32Array(slice(idf)),
    components: new Float32Array(slice(components)),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const invalid = (what: string) => new SignalboxError('ARTIFACT_INVALID', `This is no model of tfidf-svd: ${what}.`);
