import { SignalboxError } from '@signalbox/contracts';
import pMap from 'p-map';
import { z } from 'zod';
import { bothEndsOfText, equalTexts, MAX_CHUNKS } from '../chunks.js';
import type { Embedder } from '../embedder.js';
import { revisionOf, type EmbeddingSpace } from '../embedding-space.js';
import { EmbeddingServer, type ServerAddress } from '../remote/embedding-server.js';
import { embedInBatches } from '../remote/remote-batches.js';
import { textEmbedder } from '../text-embedder.js';
import { unitVector } from '../unit-vectors.js';

export interface TeiEmbedderOptions extends ServerAddress {
  provider: 'tei';
  /** What the operator calls the model, for a server that was started from a local folder and so knows no sha of it. */
  revision?: string | undefined;
}

const BATCH_BYTES = 250_000;
/** Beginning, end and separators that the server's tokenizer puts around a text. */
const SPECIAL_TOKENS = 8;
/** Raise it whenever chunks or their mean change for any text. */
const PREPARATION = 'signalbox-tei-1';
const PROBE = 'How many numbers has a vector?';
const PARTS_AT_ONCE = 4;
/** More than 32 chunks of most models hold; a server takes 2 MB in one request by default. */
const COUNTED_BYTES = 1_000_000;

const Info = z.object({
  model_id: z.string(),
  model_sha: z.string().nullish(),
  model_dtype: z.string(),
  model_type: z.union([
    z.object({ embedding: z.object({ pooling: z.string() }) }),
    z.object({ Embedding: z.object({ pooling: z.string() }) }).transform(({ Embedding }) => ({ embedding: Embedding })),
  ]),
  max_input_length: z.int().min(1),
  max_client_batch_size: z.int().min(1),
});
type Info = z.infer<typeof Info>;

const Vectors = z.array(z.array(z.number()));
const Tokens = z.array(z.array(z.unknown()));

/**
 * A server of text-embeddings-inference (its API's version 1: `/info`, `/embed`, `/tokenize`). It is asked not to cut texts: the parts
 * of a long one are counted by its own tokenizer.
 * @throws SignalboxError EMBEDDER_UNREACHABLE, EMBEDDER_REFUSED or EMBEDDER_ANSWER_INVALID
 */
export async function createTeiEmbedder(options: TeiEmbedderOptions): Promise<Embedder> {
  const server = new EmbeddingServer(options);
  const info = await server.get('/info', Info);
  const model = revisionOf(factsOf(info, options.revision, server));

  async function ask(inputs: readonly string[]): Promise<Float32Array[]> {
    const vectors = await server.post('/embed', { inputs, normalize: true, truncate: false }, Vectors);
    if (vectors.length !== inputs.length) {
      throw server.invalid('/embed', `${vectors.length} vectors for ${inputs.length} texts`);
    }
    return vectors.map((numbers) => {
      const vector = unitVector(numbers);
      if (!vector) throw server.invalid('/embed', 'a vector of length 0');
      return vector;
    });
  }

  const space: EmbeddingSpace = {
    provider: 'tei',
    model: info.model_id,
    revision: model,
    dim: (await ask([PROBE]))[0]?.length ?? 0,
    normalised: true,
  };

  async function tokens(text: string): Promise<number> {
    const [counted] = await server.post('/tokenize', { inputs: [text], add_special_tokens: true }, Tokens);
    if (!counted) throw server.invalid('/tokenize', 'no tokens');
    return counted.length;
  }

  /** Halves what is still too long: tokens are not spread evenly over a text. */
  async function fitting(part: string): Promise<string[]> {
    if (Buffer.byteLength(part, 'utf8') + SPECIAL_TOKENS <= info.max_input_length) return [part];
    if ((await tokens(part)) <= info.max_input_length) return [part];
    const halves = equalTexts(part, 2).filter((half) => half !== '');
    if (halves.length < 2) return [part];
    return (await Promise.all(halves.map(fitting))).flat();
  }

  async function partsOf(given: string): Promise<{ parts: string[]; covered: number }> {
    // Through UTF-8, which replaces lone surrogates: a server reads no JSON that has them.
    const whole = Buffer.from(given.trim(), 'utf8').toString('utf8');
    const text = bothEndsOfText(whole, COUNTED_BYTES);
    const bytes = Buffer.byteLength(text, 'utf8');
    if (bytes + SPECIAL_TOKENS <= info.max_input_length) return { parts: [text], covered: 1 };
    const count = Math.ceil((await tokens(text)) / Math.max(1, info.max_input_length - SPECIAL_TOKENS));
    const all = equalTexts(text, count);
    const used = count <= MAX_CHUNKS ? all : [...all.slice(0, MAX_CHUNKS / 2), ...all.slice(-MAX_CHUNKS / 2)];
    const parts = (await Promise.all(used.map(fitting))).flat().filter((part) => part.trim() !== '');
    return { parts, covered: Buffer.byteLength(used.join(''), 'utf8') / Buffer.byteLength(whole, 'utf8') };
  }

  return textEmbedder({
    space,
    async embed(texts, onText) {
      const split = await pMap(texts, partsOf, { concurrency: PARTS_AT_ONCE });
      const limits = { texts: info.max_client_batch_size, bytes: BATCH_BYTES };
      const embed = async (parts: readonly string[]) => {
        const vectors = await ask(parts);
        const other = vectors.find(({ length }) => length !== space.dim);
        if (other) throw changed(options.baseUrl, `vectors of ${other.length} numbers, not ${space.dim}`);
        return vectors;
      };
      const embedded = await embedInBatches(split, limits, embed, onText);
      // Asked afterwards: the model that is there now is the one that answered, unless it has changed twice.
      const now = revisionOf(factsOf(await server.get('/info', Info), options.revision, server));
      if (now !== model) throw changed(options.baseUrl, 'another model');
      return embedded;
    },
    close: async () => server.close(),
  });
}

function factsOf(info: Info, revision: string | undefined, server: EmbeddingServer): (string | number)[] {
  const sha = info.model_sha ?? revision;
  if (!sha) {
    throw server.invalid(
      '/info',
      'no model_sha, as of a model from a local folder; name its revision in EMBEDDER_REVISION',
    );
  }
  const { pooling } = info.model_type.embedding;
  return [PREPARATION, info.model_id, sha, info.model_dtype, pooling, info.max_input_length];
}

const changed = (baseUrl: string, what: string) =>
  new SignalboxError('EMBEDDER_CHANGED', `${new URL(baseUrl).host} answers with ${what}.`);
