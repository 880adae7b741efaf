import { createConnection, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  port: number;
  /** The same address as the target's, through the proxy. */
  url: string;
  /** All that were ever opened to it. */
  connections(): number;
  /** Ends every connection and refuses new ones. */
  cut(): void;
  /** Answers whoever connects with these bytes instead, and ends the connection behind them. */
  answer(bytes: Buffer): void;
  mend(): void;
  close(): Promise<void>;
}

/** Stands before a server so that a test can take it away and give it back while its clients run. */
export async function tcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port: targetPort } = new URL(target);
  const sockets = new Set<Socket>();
  let open = true;
  let answer: Buffer | null = null;
  let connections = 0;
  const server = createServer((client) => {
    connections++;
    if (!open) {
      client.resetAndDestroy();
      return;
    }
    const bytes = answer;
    if (bytes) {
      client.on('error', () => client.destroy()).once('data', () => client.end(bytes));
      return;
    }
    const upstream = createConnection(Number(targetPort), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const url = new URL(target);
  url.port = String(port);
  const drop = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port,
    url: url.toString(),
    connections: () => connections,
    cut() {
      open = false;
      drop();
    },
    answer(bytes) {
      answer = bytes;
      drop();
    },
    mend() {
      open = true;
      answer = null;
    },
    close() {
      drop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
