import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Ports of 127.0.0.1 that are free now, below those that Linux gives to connections: who is down for a while must find its own free
 * when it comes back, and nobody answers there until then.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = randomInt(15_000, 30_000);
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) found.add(port);
  }
  return [...found];
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}
