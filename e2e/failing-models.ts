import { createServer, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { SmallTraffic } from './small-loop.js';

const asked = z.object({ model: z.string() });
/** Of a connection rather than of an answer, or no longer true once `fetch` has read the body. */
const NOT_PASSED_ON = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'content-encoding']);

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('utf8');
}

export interface FailingModels extends SmallTraffic {
  /** The status with which a model fails at once; null while it answers. What is refused is not paid. */
  failWith: (model: string) => number | null;
}

/** The same traffic, whose judge and candidates fail when a test says so. */
export async function failingModels(traffic: SmallTraffic): Promise<FailingModels> {
  const target = new URL(traffic.servers.openaiUrl);
  const door = createServer((incoming, outgoing) => {
    void bodyOf(incoming).then(
      async (body) => {
        const status = models.failWith(asked.parse(JSON.parse(body)).model);
        if (status !== null) {
          outgoing
            .writeHead(status, { 'content-type': 'application/json', 'x-should-retry': 'false' })
            .end('{"error":{"message":"not now"}}');
          return;
        }
        const answer = await fetch(new URL(incoming.url ?? '/', target), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        const headers = [...answer.headers].filter(([name]) => !NOT_PASSED_ON.has(name));
        outgoing.writeHead(answer.status, Object.fromEntries(headers)).end(await answer.text());
      },
      () => outgoing.destroy(),
    );
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const address = door.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const models: FailingModels = {
    servers: { ...traffic.servers, openaiUrl: `http://127.0.0.1:${port}${target.pathname}` },
    failWith: () => null,
    paid: () => traffic.paid(),
    close: async () => {
      door.closeAllConnections();
      await new Promise((resolve) => door.close(resolve));
      await traffic.close();
    },
  };
  return models;
}
