import { createServer } from 'node:http';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';

const QUIET_MS = 7000;
const SIGNALS = { '/v1/traces': 'traces', '/v1/logs': 'logs', '/v1/metrics': 'metrics' };

/** Takes OTLP over HTTP on a port of this machine and puts each body, as it came, in a file of `folder`. */
export async function startReceiver(folder, port) {
  await mkdir(folder, { recursive: true });
  let received = 0;
  let last = Date.now();
  const unknown = new Set();
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const signal = SIGNALS[request.url];
    if (signal === undefined) unknown.add(request.url);
    else {
      const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      const form = request.headers['content-type']?.includes('json') ? 'json' : 'pb';
      received += 1;
      last = Date.now();
      await writeFile(path.join(folder, `${String(received).padStart(4, '0')}.${signal}.${form}`), plain);
    }
    response.writeHead(200, { 'content-type': request.headers['content-type'] ?? 'application/json' }).end();
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    /** Paths that something was sent to and that are no signal. */
    unknown,
    /** Resolves when nothing came for longer than an exporter waits between two batches, which is five seconds. */
    quiet: async () => {
      last = Date.now();
      while (Date.now() - last < QUIET_MS) await wait(100);
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
