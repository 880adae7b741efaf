import { SignalboxError } from '@signalbox/contracts';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { revisionOf } from '../embedding-space.js';

/** Raise it whenever tokens, chunks or their mean change for any text. */
const PREPARATION = 'signalbox-onnx-1';
/** Where the exporters put the graph. */
const GRAPHS = ['model.onnx', 'onnx/model.onnx'];
/** What some tokenizers state where they mean that there is no limit. */
const NO_LIMIT = 1e9;
/** Models whose first positions are reserved: their table has two rows more than they read tokens. */
const OFFSET_POSITIONS = new Set(['roberta', 'xlm-roberta', 'camembert', 'longformer', 'mpnet']);

const Config = z.object({
  model_type: z.string().optional(),
  max_position_embeddings: z.int().min(1).optional(),
  hidden_size: z.int().min(1).optional(),
  dim: z.int().min(1).optional(),
  d_model: z.int().min(1).optional(),
});
const TokenizerConfig = z.looseObject({ model_max_length: z.number().min(1).nullish() });
const SentenceConfig = z.object({ max_seq_length: z.int().min(1).nullish(), do_lower_case: z.boolean().optional() });
const Modules = z.array(z.object({ type: z.string(), path: z.string() }));
const Pooling = z.looseObject({
  pooling_mode_cls_token: z.boolean().optional(),
  pooling_mode_mean_tokens: z.boolean().optional(),
});

export interface ModelFolder {
  name: string;
  /** Path of the ONNX graph. */
  graph: string;
  tokenizer: object;
  tokenizerConfig: object;
  pooling: 'mean' | 'cls';
  lowerCase: boolean;
  /** Tokens that the model reads at once, with those that its tokenizer puts around a text. */
  maxTokens: number;
  dim: number;
  revision: string;
  /** Paths in the folder of all that decides the vectors. */
  files: string[];
}

/**
 * Reads a folder of one sentence model as sentence-transformers and Optimum write it: the graph, `tokenizer.json`, `config.json`, and
 * how it pools (`modules.json`, `1_Pooling/config.json`).
 * @throws SignalboxError EMBEDDER_FOLDER_INVALID that names the file and what is wrong with it
 */
export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const config = await read(folder, 'config.json', Config);
  const tokenizer = await read(folder, 'tokenizer.json', z.looseObject({ model: z.looseObject({}) }));
  const tokenizerConfig = (await readIfThere(folder, 'tokenizer_config.json', TokenizerConfig)) ?? {};
  const sentence = await readIfThere(folder, 'sentence_bert_config.json', SentenceConfig);
  const { file: poolingFile, pooling } = await poolingOf(folder);
  const graph = await graphOf(folder);
  const lengths = [sentence?.max_seq_length, tokenizerConfig.model_max_length, positionsOf(config)];
  const maxTokens = Math.min(
    ...lengths.filter((length) => typeof length === 'number' && length < NO_LIMIT).map(Number),
  );
  if (!Number.isFinite(maxTokens)) {
    throw invalid(folder, 'config.json', 'neither it nor tokenizer_config.json says how many tokens the model reads');
  }
  const dim = config.hidden_size ?? config.dim ?? config.d_model;
  if (dim === undefined) throw invalid(folder, 'config.json', 'it has no hidden_size');
  const configuration = [
    'config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'sentence_bert_config.json',
    'modules.json',
  ];
  const digests = await digestsOf(folder, [...configuration, poolingFile, ...(await partsOf(folder, graph))]);
  return {
    ...{ name: basename(folder), graph: join(folder, graph), tokenizer, tokenizerConfig, pooling, maxTokens, dim },
    lowerCase: sentence?.do_lower_case ?? false,
    revision: revisionOf([PREPARATION, ...digests.flat()]),
    files: digests.map(([file]) => file),
  };
}

function positionsOf({ model_type: type, max_position_embeddings: positions }: z.infer<typeof Config>) {
  if (positions === undefined || type === undefined) return positions;
  return OFFSET_POSITIONS.has(type) ? positions - 2 : positions;
}

async function poolingOf(folder: string): Promise<{ file: string; pooling: 'mean' | 'cls' }> {
  const modules = (await readIfThere(folder, 'modules.json', Modules)) ?? [];
  const kinds = modules.map(({ type, path }) => ({ kind: type.split('.').at(-1) ?? type, path }));
  const other = kinds.find(({ kind }) => !['Transformer', 'Pooling', 'Normalize'].includes(kind));
  if (other) throw invalid(folder, 'modules.json', `a module ${other.kind} is not run here`);
  const file = join(kinds.find(({ kind }) => kind === 'Pooling')?.path ?? '1_Pooling', 'config.json');
  const modes = Object.entries(await read(folder, file, Pooling)).filter(
    ([key, value]) => key.startsWith('pooling_mode_') && value === true,
  );
  const pooling = { pooling_mode_mean_tokens: 'mean', pooling_mode_cls_token: 'cls' } as const;
  const [mode] = modes.map(([key]) => key);
  if (modes.length === 1 && (mode === 'pooling_mode_mean_tokens' || mode === 'pooling_mode_cls_token')) {
    return { file, pooling: pooling[mode] };
  }
  throw invalid(
    folder,
    file,
    'expected either pooling_mode_mean_tokens or pooling_mode_cls_token to be true, and no other',
  );
}

async function graphOf(folder: string): Promise<string> {
  for (const graph of GRAPHS) {
    if ((await partsOf(folder, graph)).length > 0) return graph;
  }
  throw invalid(folder, 'model.onnx', 'it is not there, and onnx/model.onnx neither');
}

/** A graph and the files beside it that hold its weights where they are too large for it (`model.onnx_data`). */
async function partsOf(folder: string, graph: string): Promise<string[]> {
  const within = join(graph, '..');
  const names = await readdir(join(folder, within)).catch((): string[] => []);
  return names.includes(basename(graph))
    ? names
        .filter((name) => name.startsWith(basename(graph)))
        .sort()
        .map((name) => join(within, name))
    : [];
}

/** sha256 of each file that is there. */
async function digestsOf(folder: string, files: readonly string[]): Promise<[file: string, sha256: string][]> {
  const digests: [string, string][] = [];
  for (const file of files) {
    const hash = createHash('sha256');
    try {
      await pipeline(createReadStream(join(folder, file)), hash);
    } catch (error) {
      if (isMissing(error)) continue;
      throw invalid(folder, file, String(error));
    }
    digests.push([file, hash.digest('hex')]);
  }
  return digests;
}

async function read<T>(folder: string, file: string, schema: z.ZodType<T>): Promise<T> {
  const value = await readIfThere(folder, file, schema);
  if (value === null) throw invalid(folder, file, 'it is not there');
  return value;
}

async function readIfThere<T>(folder: string, file: string, schema: z.ZodType<T>): Promise<T | null> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(join(folder, file), 'utf8'));
  } catch (error) {
    if (isMissing(error)) return null;
    throw invalid(folder, file, error instanceof SyntaxError ? 'it is no JSON' : String(error));
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [fault] = parsed.error.issues;
  throw invalid(folder, file, `${fault?.path.join('.') ?? ''}: ${fault?.message ?? ''}`);
}

const isMissing = (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code));

const invalid = (folder: string, file: string, what: string) =>
  new SignalboxError('EMBEDDER_FOLDER_INVALID', `${join(folder, file)}: ${what}.`);
