import { createServer, type IncomingMessage, type Server } from 'node:http';
import { z } from 'zod';

const chat = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
  temperature: z.number().optional(),
  response_format: z.unknown().optional(),
});
export type ChatAsked = z.infer<typeof chat>;

export interface FakeReply {
  status?: number;
  text?: string | null;
  /** Said in place of an answer. */
  refusal?: string;
  /** Sent as LiteLLM does; no header when absent. */
  costUsd?: number;
  seconds?: number;
  usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  headers?: Record<string, string>;
  /** Sent as it is, in place of an answer of the API. */
  body?: string;
  /** The answer is begun and not ended. */
  open?: boolean;
}

export const verdict = (level: number): FakeReply => ({
  text: JSON.stringify({ rationale: 'because', abstain: false, level }),
  costUsd: 0.001,
});
/** The server keeps its silence. */
export const hang = (): Promise<FakeReply> => new Promise(() => undefined);
export const abstention: FakeReply = {
  text: JSON.stringify({ rationale: 'cannot tell', abstain: true, level: null }),
  costUsd: 0.001,
};

/** What a judge was given between the lines of that name. */
export const enclosed = (asked: ChatAsked, what: string): string =>
  new RegExp(`^BEGIN ${what} (\\S+)\\n([\\s\\S]*?)\\nEND ${what} \\1$`, 'm').exec(
    asked.messages.at(-1)?.content ?? '',
  )?.[2] ?? '';

/** A server that speaks OpenAI's chat API; what it answers is the test's to say. */
export class FakeModels {
  readonly asked: ChatAsked[] = [];
  readonly authorizations: (string | undefined)[] = [];
  /** Most requests that were under way at once. */
  mostInFlight = 0;
  reply: (asked: ChatAsked) => FakeReply | Promise<FakeReply> = () => verdict(4);
  private inFlight = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<FakeModels> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const fake = new FakeModels(server, `http://127.0.0.1:${port ?? 0}/v1`);
    server.on('request', (request: IncomingMessage, response) => {
      fake.inFlight += 1;
      fake.mostInFlight = Math.max(fake.mostInFlight, fake.inFlight);
      fake.authorizations.push(request.headers.authorization);
      void fake
        .answer(request)
        .then(({ status = 200, text = '', refusal = null, costUsd, seconds, usage, headers = {}, body: raw, open }) => {
          fake.inFlight -= 1;
          response.writeHead(status, {
            'content-type': 'application/json',
            ...(costUsd === undefined ? {} : { 'x-litellm-response-cost': String(costUsd) }),
            ...(seconds === undefined ? {} : { 'x-litellm-response-duration-ms': String(seconds * 1000) }),
            ...headers,
          });
          const message = { role: 'assistant', content: text, refusal };
          const body =
            status === 200
              ? { choices: [{ index: 0, message, finish_reason: 'stop' }], usage }
              : { error: { message: text, code: 'fake_code' } };
          if (open) response.write(raw ?? '');
          else response.end(raw ?? JSON.stringify(body));
        });
    });
    return fake;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async answer(request: IncomingMessage): Promise<FakeReply> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const asked = chat.parse(JSON.parse(body));
    this.asked.push(asked);
    return this.reply(asked);
  }
}
