import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readinessOf } from './readiness.js';

const servers: Server[] = [];
const listening = async (status: number, body: string): Promise<string> => {
  const server = createServer((_request, response) => response.writeHead(status).end(body));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/graphql`;
};

describe('the readiness of the gateway', () => {
  const nowhere = 'http://127.0.0.1:9/graphql';
  let ready: string;
  let away: string;
  let page: string;

  beforeAll(async () => {
    const failed = { ok: false, code: 'DATABASE_UNREACHABLE', nextStep: 'Wait.' };
    ready = await listening(200, '{"status":"ready"}');
    away = await listening(
      503,
      JSON.stringify({ status: 'not ready', checks: { database: failed, queue: { ok: true } } }),
    );
    page = await listening(502, '<!doctype html>');
  });
  afterAll(() => Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve)))));

  it('says of each service that is not ready what it lacks', async () => {
    expect(await readinessOf({ ingest: away, labeling: nowhere, registry: page })).toEqual({
      ready: false,
      status: 'not ready',
      services: { ingest: 'not ready', labeling: 'not ready', registry: 'not ready' },
      problems: {
        ingest: ['DATABASE_UNREACHABLE'],
        labeling: ['DEPENDENCY_UNAVAILABLE'],
        registry: ['DEPENDENCY_UNAVAILABLE'],
      },
    });
  });

  it('is given with one service that is', async () => {
    expect(await readinessOf({ ingest: away, training: ready })).toMatchObject({
      ready: true,
      services: { ingest: 'not ready', training: 'ready' },
      problems: { ingest: ['DATABASE_UNREACHABLE'] },
    });
  });
});
