import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { JsonClient, shownAddress, waitMs } from './http-client.js';
import { Outbound } from './outbound.js';

const CODES = { unreachable: 'SOURCE_UNREACHABLE', notJson: 'SOURCE_NOT_JSON', refused: 'SOURCE_REFUSED' } as const;

describe('JsonClient', () => {
  let server: Server | undefined;
  const serve = async (listener: RequestListener): Promise<URL> => {
    const started = createServer(listener);
    server = started;
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
    const address = started.address();
    return new URL(
      `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/api?key=secret`,
    );
  };
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });
  const client = (maxBytes = 1_000) =>
    new JsonClient(Outbound.allowing('loopback'), { timeoutMs: 2_000, maxBytes }, CODES);

  it('asks no more, and does not wait to ask again, once its signal is aborted', async () => {
    const ending = new AbortController();
    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      response.writeHead(503, { 'retry-after': '30' }).end(() => setImmediate(() => ending.abort(new Error('enough'))));
    });
    const limits = { timeoutMs: 2_000, maxBytes: 1_000, signal: ending.signal };
    const ended = { code: 'SOURCE_UNREACHABLE', message: expect.stringContaining('enough') };
    const client = new JsonClient(Outbound.allowing('loopback'), limits, CODES);
    await expect(client.get(url)).rejects.toMatchObject(ended);
    await expect(client.get(url)).rejects.toMatchObject(ended);
    expect(asked).toBe(1);
  });

  it('gives the parsed answer', async () => {
    const url = await serve((_, response) => response.end('{"a":1}'));
    expect(await client().get(url)).toEqual({ status: 200, body: { a: 1 } });
  });

  it('says that a connection was cut in the middle of an answer', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"half":', () => response.destroy());
    });
    await expect(client().get(url)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  });

  it('calls a failing status refused, whatever its body is', async () => {
    const url = await serve((_, response) => response.writeHead(500).end('out of order'));
    await expect(client().get(url)).rejects.toMatchObject({
      code: 'SOURCE_REFUSED',
      message: expect.stringContaining('500'),
    });
  });

  it('tells a page from broken JSON', async () => {
    const page = await serve((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'));
    await expect(client().get(page)).rejects.toMatchObject({
      code: 'SOURCE_NOT_JSON',
      message: expect.stringContaining('text/html'),
    });
  });

  it('stops reading an answer that is too large', async () => {
    const url = await serve((_, response) => response.end(JSON.stringify('x'.repeat(5_000))));
    await expect(client().get(url)).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
  });

  it('follows no redirect and shows no secret of the address', async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end());
    await expect(client().get(url)).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
    expect(shownAddress(url)).not.toContain('secret');
  });

  it('tries a busy peer again after the time that it asks for', async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(503, { 'retry-after': '0' }).end();
      else response.end('{}');
    });
    expect(await client().get(url)).toMatchObject({ status: 200 });
    expect(asked).toBe(2);
  });

  it('waits as long as it is told, at most 30 s, and doubles otherwise', () => {
    expect(waitMs('2', 1)).toBe(2_000);
    expect(waitMs('900', 1)).toBe(30_000);
    expect([1, 2, 3].map((attempt) => waitMs(null, attempt))).toEqual([500, 1_000, 2_000]);
  });
});
