import { move, workerData } from 'piscina';
import { z } from 'zod';
import { bothEnds } from '../chunks.js';
import { CHUNK_TOKENS } from './chunks.js';
import { loadGraph, type Forward } from './graph.js';
import { readModelFiles } from './model-files.js';
import { textTokenizer, type TextToTokens } from './tokens.js';
import { USE_LITE_SPACE } from './use-lite-space.js';

interface Model {
  toTokens: TextToTokens;
  forward: Forward;
}

/** Where the files lie when they are not the installed ones. */
const given = z.object({ folder: z.string() }).nullish();

let loading: Promise<Model> | undefined;

// In a task rather than at the top of the module: a failure then rejects the caller's promise instead of the thread.
function model(): Promise<Model> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Model> {
  const files = readModelFiles(given.parse(workerData)?.folder);
  if (files.revision !== USE_LITE_SPACE.revision) {
    throw new Error(`The embedding model's files have revision ${files.revision}, not ${USE_LITE_SPACE.revision}.`);
  }
  return { toTokens: textTokenizer(files.vocabulary), forward: await loadGraph(files) };
}

/** Of each text the ids of the tokens that are embedded, and how many tokens it has. */
export async function tokenize(texts: string[]): Promise<{ used: Int32Array; tokens: number }[]> {
  const { toTokens } = await model();
  return texts.map((text) => {
    const tokens = toTokens(text);
    return { used: bothEnds(tokens, CHUNK_TOKENS), tokens: tokens.length };
  });
}

/** One vector of 512 per chunk, in one array; all chunks have the same number of tokens. */
export async function encode(chunks: Int32Array[]): Promise<unknown> {
  const { forward } = await model();
  return move(await forward(chunks));
}
