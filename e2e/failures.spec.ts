import { createServer, type Server } from 'node:http';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '@signalbox/testkit';
import { newDataFolder, Program, quickstart, removeFolder } from './quickstart.process.js';

const A_START = 60_000;

describe('a start that cannot work', () => {
  let folder: string;
  let taken: Server;
  let port: number;

  beforeAll(async () => {
    folder = await newDataFolder();
    taken = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>a page</title>');
    });
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  afterAll(async () => {
    taken.close();
    await removeFolder(folder);
  });

  const failure = async (program: Program) => {
    const { code, stderr } = await program.end();
    expect(code).not.toBe(0);
    expect(stderr).toContain('Next: ');
    expect(stderr).not.toMatch(/^\s+at /m);
    return stderr;
  };

  it(
    'says that the port is taken',
    async () => {
      const stderr = await failure(quickstart(folder, '--port', String(port)));
      expect(stderr).toContain('PORT_TAKEN');
      expect(stderr).toContain(String(port));
    },
    A_START,
  );

  it(
    'says of every variable that is missing or wrong, at once',
    async () => {
      const stderr = await failure(
        new Program(['start-ingest'], {
          ...{ INGEST_DATABASE_URL: '', QUEUE_URL: 'amqp://127.0.0.1', SIGNALBOX_SECRET_KEY: 'short' },
          ...{ OBJECT_STORE_URL: 'file:///nowhere', INGEST_PORT: 'http' },
        }),
      );
      expect(stderr).toContain('ENVIRONMENT_INVALID');
      for (const fault of [
        'INGEST_DATABASE_URL: ',
        'QUEUE_URL: must start with',
        'SIGNALBOX_SECRET_KEY: must be 64 hex digits',
        'INGEST_PORT: must be a port',
      ]) {
        expect(stderr).toContain(`\n  ${fault}`);
      }
      expect(stderr).not.toContain('OBJECT_STORE_URL');
    },
    A_START,
  );

  it(
    'says that Jaeger does not answer',
    async () => {
      expect(await failure(quickstart(folder, '--jaeger', `http://127.0.0.1:${await freePort()}`))).toContain(
        'SOURCE_UNREACHABLE',
      );
    },
    A_START,
  );

  it(
    'says that the address is no Jaeger API',
    async () => {
      expect(await failure(quickstart(folder, '--jaeger', `http://127.0.0.1:${port}`))).toContain('SOURCE_NOT_JSON');
    },
    A_START,
  );

  it(
    'says that the database refuses',
    async () => {
      const url = 'postgres://nobody:wrong@127.0.0.1:9/none';
      const stderr = await failure(new Program(['start'], { SIGNALBOX_DATA: folder, DATABASE_URL: url, PORT: '0' }));
      expect(stderr).toContain('DATABASE_UNREACHABLE');
      expect(stderr).not.toContain('wrong');
    },
    A_START,
  );

  it(
    'says that the data folder cannot be written',
    async () => {
      // modes do not hold root back; nobody can make a folder in /proc
      await mkdir(join(folder, 'locked'));
      await chmod(join(folder, 'locked'), 0o500);
      const target = process.getuid?.() === 0 ? '/proc/signalbox' : join(folder, 'locked', 'data');
      expect(await failure(new Program(['start'], { SIGNALBOX_DATA: target, PORT: '0' }))).toContain(
        'DATA_FOLDER_UNWRITABLE',
      );
    },
    A_START,
  );

  it(
    'of a service says every fault of its environment at once, and no secret',
    async () => {
      const faulty = {
        REGISTRY_DATABASE_URL: 'mysql://somebody:hunter2@127.0.0.1/signalbox',
        REGISTRY_PORT: '99999',
        QUEUE_URL: 'amqp://127.0.0.1',
        OBJECT_STORE_URL: 'objects',
        SIGNALBOX_SECRET_KEY: 'too-short',
        ROLE: 'boss',
        LOG_LEVEL: 'loud',
      };
      const stderr = await failure(new Program(['start-registry'], faulty));
      expect(stderr).toContain('ENVIRONMENT_INVALID');
      for (const name of Object.keys(faulty)) expect(stderr).toMatch(new RegExp(`${name}: must `));
      expect(stderr).not.toMatch(/hunter2|too-short/);
    },
    A_START,
  );
});
