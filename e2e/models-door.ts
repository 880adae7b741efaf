import { createServer, type IncomingMessage } from 'node:http';
import { z } from 'zod';

const asked = z.looseObject({ model: z.string() });
export type ModelAsked = z.infer<typeof asked>;
/** Of a connection rather than of an answer, or no longer true once `fetch` has read the body. */
const NOT_PASSED_ON = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'content-encoding']);

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('utf8');
}

/** A server before the one of models, which sees what they are asked. */
export interface ModelsDoor {
  /** Without a path. */
  url: string;
  close(): Promise<void>;
}

/** @param pass what is asked instead, and at which path; or the status with which it is refused at once */
export async function modelsDoor(
  openaiUrl: string,
  pass: (asked: ModelAsked, path: string) => { asked: ModelAsked; path: string } | { status: number },
): Promise<ModelsDoor> {
  const door = createServer((incoming, outgoing) => {
    void bodyOf(incoming).then(
      async (body) => {
        const passed = pass(asked.parse(JSON.parse(body)), incoming.url ?? '/');
        if ('status' in passed) {
          outgoing
            .writeHead(passed.status, { 'content-type': 'application/json', 'x-should-retry': 'false' })
            .end('{"error":{"message":"not now"}}');
          return;
        }
        const answer = await fetch(new URL(passed.path, openaiUrl), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(passed.asked),
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
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      door.closeAllConnections();
      await new Promise((resolve) => door.close(resolve));
    },
  };
}
