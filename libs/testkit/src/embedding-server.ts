import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const DIM = 64;

/** What a server answers in place of what it would. */
export interface OtherAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** Sent as JSON, or as it is where it is a string. */
  body?: unknown;
}

export interface EmbeddingRequest {
  path: string;
  authorization: string | undefined;
  texts: string[];
  body: Record<string, unknown>;
}

export interface FakeEmbeddingServer {
  /** Without a path. */
  url: string;
  asked: EmbeddingRequest[];
  /** Requests under way at once, at the most. */
  mostInFlight: number;
  /** Another model: its vectors and its sha differ. */
  model: string;
  /** For one request: another answer, or null for the usual one. */
  instead: (request: EmbeddingRequest) => OtherAnswer | Promise<OtherAnswer> | null;
  close(): Promise<void>;
}

/** Words a text has in the fake tokenizer, two more than which it puts around them. */
const tokensOf = (text: string): string[] => ['[CLS]', ...(text.match(/\S{1,8}/gu) ?? []), '[SEP]'];
export const FAKE_INPUT_TOKENS = 64;
export const FAKE_CLIENT_BATCH = 8;

/**
 * A server whose vectors are sums of one pseudo-random vector per word, on `127.0.0.1`. It speaks OpenAI's embeddings API at `/v1`
 * (platform.openai.com/docs/api-reference/embeddings) and that of text-embeddings-inference at its root (its docs/openapi.json,
 * version 1.7: EmbedRequest, Info, TokenizeRequest, ErrorResponse), and refuses what these refuse: too many texts, too long ones, none.
 */
export async function fakeEmbeddingServer(): Promise<FakeEmbeddingServer> {
  let inFlight = 0;
  const server = createServer((request, response) => {
    inFlight += 1;
    fake.mostInFlight = Math.max(fake.mostInFlight, inFlight);
    response.on('close', () => (inFlight -= 1));
    void answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const fake: FakeEmbeddingServer = {
    ...{ url: `http://127.0.0.1:${port}`, asked: [], mostInFlight: 0, model: 'words-1', instead: () => null },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>) : {};
    const given = body['input'] ?? body['inputs'] ?? [];
    const texts = (Array.isArray(given) ? given : [given]).map(String);
    const asked = { path: request.url ?? '', authorization: request.headers.authorization, texts, body };
    fake.asked.push(asked);
    const { status = 200, headers = {}, body: sent } = (await fake.instead(asked)) ?? usual(asked);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof sent === 'string' ? sent : JSON.stringify(sent));
  }

  function usual({ path, texts, body }: EmbeddingRequest): OtherAnswer {
    switch (path) {
      case '/v1/embeddings': {
        const dim = typeof body['dimensions'] === 'number' ? body['dimensions'] : DIM;
        const data = texts.map((text, index) => ({
          object: 'embedding',
          index,
          embedding: vectorOf(fake.model, text, dim),
        }));
        const usage = { prompt_tokens: texts.length, total_tokens: texts.length };
        return { body: { object: 'list', data, model: body['model'], usage } };
      }
      case '/info':
        return { body: info(fake.model) };
      case '/embed':
        if (texts.length > FAKE_CLIENT_BATCH) return { status: 422, body: fault('batch size > maximum', 'Validation') };
        if (texts.some((text) => tokensOf(text).length > FAKE_INPUT_TOKENS))
          return { status: 413, body: fault(`inputs must have less than ${FAKE_INPUT_TOKENS} tokens`, 'Validation') };
        return { body: texts.map((text) => vectorOf(fake.model, text, DIM)) };
      case '/tokenize':
        return {
          body: texts.map((text) =>
            tokensOf(text).map((word, id) => ({
              id,
              text: word,
              special: word.startsWith('['),
              start: null,
              stop: null,
            })),
          ),
        };
      default:
        return { status: 404, body: fault('no such path', 'Validation') };
    }
  }
  return fake;
}

const fault = (error: string, type: string) => ({ error, error_type: type });

const info = (model: string) => ({
  model_id: 'signalbox/words',
  model_sha: createHash('sha1').update(model).digest('hex'),
  model_dtype: 'float32',
  model_type: { embedding: { pooling: 'mean' } },
  ...{ max_concurrent_requests: 512, max_input_length: FAKE_INPUT_TOKENS, max_batch_tokens: 16_384 },
  ...{ max_batch_requests: null, max_client_batch_size: FAKE_CLIENT_BATCH, auto_truncate: false },
  ...{ tokenization_workers: 2, version: '1.7.1', sha: null, docker_label: null },
});

/** Alike for texts that share words, and of no particular length. */
function vectorOf(model: string, text: string, dim: number): number[] {
  const sum = new Array<number>(dim).fill(0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text]) {
    const seeds = Array.from({ length: Math.ceil(dim / 32) }, (_, i) =>
      createHash('sha256').update(`${model} ${word} ${i}`).digest(),
    );
    Buffer.concat(seeds)
      .subarray(0, dim)
      .forEach((byte, i) => (sum[i] = (sum[i] ?? 0) + (byte - 127.5) / 128));
  }
  return sum;
}
