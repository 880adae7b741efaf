import * as converter from '@tensorflow/tfjs-converter';
import * as wasm from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ModelFiles } from './model-files.js';

const require = createRequire(import.meta.url);

/** Vectors of chunks that all have the same number of tokens, one row of 512 after the other. */
export type Forward = (chunks: readonly Int32Array[]) => Promise<Float32Array>;

/** Loads the graph onto TensorFlow.js's WebAssembly backend, from memory and local files only. */
export async function loadGraph(files: ModelFiles): Promise<Forward> {
  wasm.setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist', '/'));
  await tf.setBackend('wasm');
  // Without SIMD the sums run in another order and every vector differs in its last bits from those already stored.
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) throw new Error('This Node.js has no WebAssembly SIMD.');
  const model = await converter.loadGraphModel(
    {
      load: async () => ({
        modelTopology: files.topology,
        weightSpecs: files.weightSpecs,
        getWeightStream: () => ReadableStream.from<ArrayBuffer>(files.shards()),
      }),
    },
    { streamWeights: true },
  );
  return async (chunks) => {
    const length = chunks[0]?.length ?? 0;
    const values = new Int32Array(chunks.length * length);
    const indices = new Int32Array(values.length * 2);
    chunks.forEach((chunk, row) => {
      if (chunk.length !== length) throw new Error('Chunks of one pass must be equally long.');
      values.set(chunk, row * length);
      for (let column = 0; column < length; column++) indices.set([row, column], (row * length + column) * 2);
    });
    const inputs = {
      indices: tf.tensor2d(indices, [values.length, 2], 'int32'),
      values: tf.tensor1d(values, 'int32'),
    };
    const output = await model.executeAsync(inputs);
    tf.dispose(inputs);
    if (Array.isArray(output)) throw new Error('The graph has one output.');
    const vectors = output.dataSync<'float32'>().slice();
    output.dispose();
    return vectors;
  };
}
