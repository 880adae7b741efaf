import { Tokenizer } from '@huggingface/tokenizers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { move, workerData } from 'piscina';
import { z } from 'zod';
import { bothEnds, equalChunks } from '../chunks.js';
import { unitVector } from '../unit-vectors.js';
import { readModelFolder, type ModelFolder } from './model-folder.js';

const Data = z.object({ folder: z.string(), revision: z.string() });
const TOKEN_INPUTS = ['input_ids', 'attention_mask', 'token_type_ids'];
/** Vectors of tokens, as exporters name them; a graph that pools by itself has `sentence_embedding` too. */
const TOKEN_OUTPUTS = ['last_hidden_state', 'token_embeddings'];
const POOLED_OUTPUT = 'sentence_embedding';

interface Model extends ModelFolder {
  encoder: Tokenizer;
  session: InferenceSession;
  output: string;
  /** What the tokenizer puts before and after the tokens of a text. */
  before: readonly number[];
  after: readonly number[];
}

let loading: Promise<Model> | undefined;

// In a task rather than at the top of the module: a failure then rejects the caller's promise instead of the thread.
function model(): Promise<Model> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Model> {
  const { folder, revision } = Data.parse(workerData);
  const files = await readModelFolder(folder);
  if (files.revision !== revision) throw new Error(`The files of ${folder} have changed since this process started.`);
  // One thread, for a text's bits not to depend on how a sum is shared out, and workers for more cores.
  const session = await InferenceSession.create(files.graph, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const unknown = session.inputNames.find((name) => !TOKEN_INPUTS.includes(name));
  if (unknown !== undefined)
    throw new Error(`The graph wants an input ${unknown}; there are ${TOKEN_INPUTS.join(', ')}.`);
  const output = [POOLED_OUTPUT, ...TOKEN_OUTPUTS].find((name) => session.outputNames.includes(name));
  if (output === undefined) throw new Error(`The graph has outputs ${session.outputNames.join(', ')}, none of tokens.`);
  const encoder = new Tokenizer(files.tokenizer, files.tokenizerConfig);
  const bare = encoder.encode('a', { add_special_tokens: false }).ids;
  const whole = encoder.encode('a', { add_special_tokens: true }).ids;
  const start = whole.findIndex((_, at) => bare.every((id, i) => whole[at + i] === id));
  return {
    ...{ ...files, encoder, session, output },
    before: whole.slice(0, start),
    after: whole.slice(start + bare.length),
  };
}

/** Of each text its chunks of token ids, and the share of the tokens that they hold. */
export async function tokenize(texts: string[]): Promise<{ parts: Int32Array[]; covered: number }[]> {
  const { encoder, before, after, maxTokens, lowerCase } = await model();
  const chunkTokens = Math.max(2, maxTokens - before.length - after.length);
  return texts.map((given) => {
    const text = Buffer.from(given, 'utf8').toString('utf8'); // texts of one content address have one vector
    const tokens = Int32Array.from(
      encoder.encode(lowerCase ? text.toLowerCase() : text, { add_special_tokens: false }).ids,
    );
    // Characters that a tokenizer drops leave nothing but what it puts around a text.
    if (tokens.length === 0) return { parts: [tokens], covered: 1 };
    const used = bothEnds(tokens, chunkTokens - (chunkTokens % 2));
    return { parts: equalChunks(used, chunkTokens), covered: used.length / tokens.length };
  });
}

/** One vector per chunk, in one array. Each is run alone: beside others, or padded, its last bits would be others. */
export async function encode(chunks: Int32Array[]): Promise<unknown> {
  const { session, output, before, after, dim, pooling } = await model();
  const rows = new Float32Array(chunks.length * dim);
  for (const [row, chunk] of chunks.entries()) {
    const ids = BigInt64Array.from([...before, ...chunk, ...after], BigInt);
    const feeds = Object.fromEntries(
      session.inputNames.map((name) => [name, new Tensor('int64', inputOf(name, ids), [1, ids.length])]),
    );
    const tensor = (await session.run(feeds, [output]))[output];
    if (!(tensor?.data instanceof Float32Array) || tensor.dims.at(-1) !== dim) {
      throw new Error(`The graph answers with ${tensor?.type} of [${tensor?.dims.join(', ')}], not floats of ${dim}.`);
    }
    const vector = unitVector(
      pooling === 'cls' || output === POOLED_OUTPUT ? tensor.data.subarray(0, dim) : sumOf(tensor.data, dim),
    );
    if (!vector) throw new Error('The graph answers with a vector of length 0.');
    rows.set(vector, row * dim);
  }
  return move(rows);
}

function inputOf(name: string, ids: BigInt64Array): BigInt64Array {
  if (name === 'input_ids') return ids;
  return new BigInt64Array(ids.length).fill(name === 'attention_mask' ? 1n : 0n);
}

/** Of the vectors of all tokens; scaled to length 1 it is their mean. */
function sumOf(tokens: Float32Array, dim: number): Float64Array {
  const sum = new Float64Array(dim);
  tokens.forEach((value, i) => (sum[i % dim] = (sum[i % dim] ?? 0) + value));
  return sum;
}
