import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway, type RunningGateway } from './start-gateway.js';

/** Drops a connection that is used again, as one does whose time has just run out; its answers said so before. */
function closingServer(): Server {
  const used = new WeakSet<Socket>();
  return createServer((request, response) => {
    if (used.has(request.socket)) {
      request.socket.destroy();
      return;
    }
    used.add(request.socket);
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json', 'keep-alive': 'timeout=2' });
      response.end(JSON.stringify({ data: { routers: [{ name: 'support-bot' }] } }));
    });
  });
}

describe('a request to a service', () => {
  const server = closingServer();
  let gateway: RunningGateway;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    gateway = await startGateway({
      ...{ host: '127.0.0.1', port: 0, services: { registry: `http://127.0.0.1:${port}/graphql` } },
      log: { debug: () => undefined, warn: () => undefined, error: () => undefined },
    });
  });
  afterAll(async () => {
    await gateway.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('is not sent on a connection that the service is about to close', async () => {
    for (let i = 0; i < 5; i += 1) {
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ routers { name } }' }),
      });
      expect(await response.json()).toEqual({ data: { routers: [{ name: 'support-bot' }] } });
    }
  });
});
