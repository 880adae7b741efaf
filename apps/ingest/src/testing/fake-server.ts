import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export interface FakeAnswer {
  status: number;
  /** Sent as JSON, text as it is. */
  body: unknown;
  type?: string;
}

/** What goes wrong on the way, one request in so many. */
type Fault = 'busy' | 'throttled' | 'cut' | 'refused connection';
const FAULTS: readonly Fault[] = ['busy', 'throttled', 'cut', 'refused connection'];
const ONE_IN = 6;

/** An HTTP server that answers as it is told to and, given a seed, fails now and then: never twice in a row for one address. */
export class FakeServer {
  readonly headers: IncomingMessage['headers'][] = [];
  /** Faults that were made. */
  faults = 0;
  private readonly failed = new Set<string>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(
    answer: (url: URL, request: IncomingMessage) => Promise<FakeAnswer>,
    seed?: number,
    faults: readonly Fault[] = FAULTS,
  ): Promise<FakeServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new TypeError('the server has no port');
    const fake = new FakeServer(server, `http://127.0.0.1:${address.port}`);
    const random = xoroshiro128plus(seed ?? 0);
    server.on('request', (request, response) => {
      fake.headers.push(request.headers);
      const draw = seed === undefined ? 1 : uniformInt(random, 0, ONE_IN - 1);
      const fault = faults[uniformInt(random, 0, faults.length - 1)] ?? 'busy';
      fake.respond(request, response, answer, draw === 0 ? fault : undefined).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    return fake;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async respond(
    request: IncomingMessage,
    response: ServerResponse,
    answer: (url: URL, request: IncomingMessage) => Promise<FakeAnswer>,
    fault: Fault | undefined,
  ): Promise<void> {
    const path = request.url ?? '/';
    const fails = fault !== undefined && !this.failed.has(path);
    if (fails) {
      this.failed.add(path);
      this.faults += 1;
    } else this.failed.delete(path);
    if (fails && fault === 'refused connection') return void response.destroy();
    if (fails && fault !== 'cut') {
      response.writeHead(fault === 'busy' ? 503 : 429, { 'retry-after': '0' }).end('later');
      return;
    }
    const { status, body, type } = await answer(new URL(path, this.url), request);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, {
      'content-type': type ?? (typeof body === 'string' ? 'text/plain' : 'application/json'),
      'content-length': Buffer.byteLength(text),
    });
    if (fails) response.write(text.slice(0, text.length / 2), () => response.destroy());
    else response.end(text);
  }
}
