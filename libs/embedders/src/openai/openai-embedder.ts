import { z } from 'zod';
import { textChunks } from '../chunks.js';
import type { Embedder } from '../embedder.js';
import { revisionOf, type EmbeddingSpace } from '../embedding-space.js';
import { EmbeddingServer, type ServerAddress } from '../remote/embedding-server.js';
import { embedInBatches } from '../remote/remote-batches.js';
import { textEmbedder } from '../text-embedder.js';
import { unitVector } from '../unit-vectors.js';

export interface OpenaiEmbedderOptions extends ServerAddress {
  provider: 'openai';
  model: string;
  /** Sent with every request, for models that shorten their vectors. When absent, the server is asked once how long they are. */
  dimensions?: number | undefined;
  /** Bytes of UTF-8 of one input at the most; a longer text is embedded in chunks. 8,000 when absent. */
  chunkBytes?: number | undefined;
  /**
   * What the operator calls the model that answers there. When absent the address takes its place, since an API of this form does not
   * tell one model from another of the same name.
   */
  revision?: string | undefined;
}

/** OpenAI's models read 8,192 tokens, and a tokenizer of bytes makes at most one of each byte. */
const CHUNK_BYTES = 8_000;
/** What servers of this API take by default (text-embeddings-inference 32); OpenAI takes 2,048 inputs of 300,000 tokens together. */
const BATCH = { texts: 32, bytes: 250_000 };
/** Raise it whenever chunks or their mean change for any text. */
const PREPARATION = 'signalbox-openai-1';
const PATH = '/embeddings';
const PROBE = 'How many numbers has a vector?';

const Answer = z.object({
  data: z.array(z.object({ index: z.int().min(0), embedding: z.array(z.number()) })),
});

/**
 * Any server of OpenAI's `/v1/embeddings`. Vectors are scaled to length 1.
 * @throws SignalboxError EMBEDDER_UNREACHABLE, EMBEDDER_REFUSED or EMBEDDER_ANSWER_INVALID where the dimension has to be asked for
 */
export async function createOpenaiEmbedder(options: OpenaiEmbedderOptions): Promise<Embedder> {
  const { model, dimensions, baseUrl, revision, chunkBytes = CHUNK_BYTES } = options;
  const server = new EmbeddingServer(options);

  async function ask(input: readonly string[]): Promise<Float32Array[]> {
    const body = { model, input, encoding_format: 'float', ...(dimensions === undefined ? {} : { dimensions }) };
    const { data } = await server.post(PATH, body, Answer);
    if (data.length !== input.length) throw server.invalid(PATH, `${data.length} vectors for ${input.length} texts`);
    const byIndex = new Map(data.map(({ index, embedding }) => [index, embedding]));
    return input.map((_, index) => {
      const embedding = byIndex.get(index);
      if (!embedding) throw server.invalid(PATH, `no vector of index ${index} among ${data.length}`);
      const vector = unitVector(embedding);
      if (!vector) throw server.invalid(PATH, 'a vector of length 0');
      return vector;
    });
  }

  const { host, pathname } = new URL(baseUrl);
  const facts = [
    PREPARATION,
    model,
    revision ?? `${host}${pathname}`.replace(/\/+$/, ''),
    dimensions ?? null,
    chunkBytes,
  ];
  const space: EmbeddingSpace = {
    provider: 'openai',
    model,
    revision: revisionOf(facts),
    dim: dimensions ?? (await ask([PROBE]))[0]?.length ?? 0,
    normalised: true,
  };

  return textEmbedder({
    space,
    embed(texts, onText) {
      const split = texts.map((text) => {
        // White space alone has no vector on some servers, and is no part of a prompt.
        const { chunks, covered } = textChunks(text.trim(), chunkBytes);
        return { parts: chunks.filter((chunk) => chunk.trim() !== ''), covered };
      });
      const embed = async (parts: readonly string[]) => {
        const vectors = await ask(parts);
        const other = vectors.find(({ length }) => length !== space.dim);
        if (other) throw server.invalid(PATH, `vectors of ${other.length} numbers, not ${space.dim}`);
        return vectors;
      };
      return embedInBatches(split, BATCH, embed, onText);
    },
    close: async () => server.close(),
  });
}
