import { createServer, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AddressPolicy } from './address-policy.js';
import { JsonClient } from './http-client.js';
import { endpointOf, Outbound } from './outbound.js';

const CODES = { unreachable: 'SOURCE_UNREACHABLE', notJson: 'SOURCE_NOT_JSON', refused: 'SOURCE_REFUSED' } as const;

const BOMB = gzipSync(Buffer.alloc(100_000_000, '"'));

describe('the way out', () => {
  /** On every loopback address: whatever gets through is counted. */
  let canary: Server;
  let connections = 0;
  let port = 0;
  beforeAll(async () => {
    canary = createServer((request, response) => {
      if (request.url === '/redirect') response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end();
      else if (request.url === '/bomb') response.writeHead(200, { 'content-encoding': 'gzip' }).end(BOMB);
      else response.end('{}');
    }).on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => canary.listen(0, '::', resolve));
    const address = canary.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  afterAll(async () => {
    canary.closeAllConnections();
    await new Promise((resolve) => canary.close(resolve));
  });

  it.each([
    'http://127.0.0.1:PORT',
    'http://127.1:PORT',
    'http://0x7f.1:PORT',
    'http://2130706433:PORT',
    'http://017700000001:PORT',
    'http://0:PORT',
    'http://[::1]:PORT',
    'http://[::]:PORT',
    'http://[::ffff:127.0.0.1]:PORT',
    'http://[0:0:0:0:0:ffff:7f00:1]:PORT',
    'http://localhost:PORT',
    'http://10.0.0.1:PORT',
    'http://[::ffff:10.0.0.1]:PORT',
    'http://172.31.255.255:PORT',
    'http://192.168.1.1:PORT',
    'http://100.64.0.1:PORT',
    'http://169.254.169.254/latest/meta-data',
    'http://[fd00:ec2::254]/latest',
    'http://[fe80::1]:PORT',
    'http://[64:ff9b::a00:1]:PORT',
    'http://[2002:a00:1::]:PORT',
    'http://user@127.0.0.1:PORT',
    'http://example.com:22',
    'https://example.com:25',
    'file:///etc/passwd',
    'gopher://127.0.0.1:PORT/_',
    'ftp://127.0.0.1:PORT',
  ])('sends nothing to %s', async (address) => {
    const outbound = Outbound.allowing('');
    const before = connections;
    await expect(outbound.fetch(address.replace('PORT', String(port)))).rejects.toMatchObject({
      code: 'ADDRESS_REFUSED',
    });
    expect(connections).toBe(before);
  });

  it('leads to what the operator allows, and to that alone', async () => {
    const outbound = Outbound.allowing(' 127.0.0.0/8 , ::1');
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]'])
      expect((await outbound.fetch(`http://${host}:${port}/`)).status).toBe(200);
    await expect(outbound.fetch('http://10.0.0.1/')).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
    await expect(Outbound.allowing('private').fetch('http://169.254.169.254/')).rejects.toMatchObject({
      code: 'ADDRESS_REFUSED',
    });
  });

  it('follows no redirect, and unpacks no more than the limit', async () => {
    const client = new JsonClient(Outbound.allowing('loopback'), { timeoutMs: 5_000, maxBytes: 1_000_000 }, CODES);
    const before = process.memoryUsage().arrayBuffers;
    for (const path of ['redirect', 'bomb'])
      await expect(client.get(new URL(`http://127.0.0.1:${port}/${path}`))).rejects.toMatchObject({
        code: 'SOURCE_REFUSED',
      });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(15_000_000);
  });

  it('tells the user of a client which address is refused, and never what it asked there', async () => {
    const client = new JsonClient(Outbound.allowing(''), { timeoutMs: 5_000, maxBytes: 1_000 }, CODES);
    const failure = client.get(new URL(`http://localhost:${port}/?token=secret`));
    await expect(failure).rejects.toMatchObject({
      code: 'ADDRESS_REFUSED',
      message: expect.stringContaining('localhost'),
      nextStep: expect.stringContaining('OUTBOUND_ALLOW'),
    });
    await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
  });

  it('refuses an endpoint when it is given, as far as it can be seen then', () => {
    const read = (text: string | null) => () => endpointOf('endpoint', text, 'the query API', Outbound.allowing(''));
    expect(read('https://jaeger.example.com/base/')()).toBe('https://jaeger.example.com/base');
    expect(read('http://10.0.0.1:16686')).toThrow(expect.objectContaining({ code: 'ADDRESS_REFUSED' }));
    for (const text of [null, '', 'jaeger', 'http://u:secret@h/', 'http://h/?key=secret', 'file:///x'])
      expect(read(text)).toThrow(
        expect.objectContaining({ code: 'INVALID_INPUT', message: expect.not.stringContaining('secret') }),
      );
  });
});

describe('OUTBOUND_ALLOW', () => {
  it.each(['10.0.0.0/33', '10.0.0', 'jaeger', '::1/129', '10.0.0.0/8/8', '10.0.0.0/x'])('refuses %s', (text) => {
    expect(AddressPolicy.parse(`loopback,${text}`)).toEqual({ faults: [text] });
  });
});
