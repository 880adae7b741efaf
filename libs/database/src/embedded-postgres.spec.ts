import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from './connection-errors.js';
import { startEmbeddedPostgres, stopEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';
import { isRunning } from './postmaster.js';

const compiled = new URL('../dist/index.js', import.meta.url).href;
let home: string;
let options: { dataDir: string; logFile: string };
const started: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];

async function start(): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(options);
  started.push(server);
  return server;
}

async function run(server: EmbeddedPostgres, statement: string): Promise<unknown[]> {
  const client = await connect(server.adminUrl, 'spec');
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Another process that starts the server on the same folder, prints its pid and stays. */
async function startInAnotherProcess(): Promise<{ child: ChildProcess; serverPid: number }> {
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(compiled)});
    const server = await startEmbeddedPostgres(${JSON.stringify(options)});
    console.log(server.pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = await once(child.stdout, 'data');
  return { child, serverPid: Number(String(line)) };
}

async function killHard(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

beforeAll(() => {
  // The mode that root's home often has, and a space, as in many a user's folder.
  home = mkdtempSync(path.join(tmpdir(), 'signalbox postgres '));
  options = { dataDir: path.join(home, 'data'), logFile: path.join(home, 'logs', 'postgres.log') };
});
afterEach(async () => {
  for (const child of children.splice(0)) await killHard(child);
  for (const server of started.splice(0)) await server.stop();
});
afterAll(async () => {
  await stopEmbeddedPostgres(options.dataDir);
  await rm(home, { recursive: true, force: true });
});

describe('embedded PostgreSQL', () => {
  it('starts on its own folder, for this user alone, durable, on 127.0.0.1', async () => {
    const server = await start();
    expect(server.adopted).toBe(false);
    expect(await run(server, 'show data_directory')).toEqual([{ data_directory: server.dataDirectory }]);
    expect(await run(server, 'show fsync')).toEqual([{ fsync: 'on' }]);
    expect(await run(server, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(statSync(options.dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(options.dataDir, 'password')).mode & 0o777).toBe(0o600);
  });

  it('refuses who does not know the password', async () => {
    const server = await start();
    const url = new URL(server.adminUrl);
    url.password = 'guess';
    await expect(connect(url.toString(), 'spec')).rejects.toMatchObject({
      code: 'DATABASE_REFUSED',
      message: expect.not.stringContaining('guess'),
    });
    await server.stop();
    await expect(connect(server.adminUrl, 'spec')).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining(`127.0.0.1:${server.port}`),
    });
  });

  it('a second starter is told which process holds the folder', async () => {
    await start();
    await expect(startEmbeddedPostgres(options)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(`Process ${process.pid} `),
    });
  });

  it('the server of a killed run is adopted with what it committed', async () => {
    const first = await start();
    await run(first, 'create table if not exists kept (n int); insert into kept values (1)');
    await first.stop();
    const { child, serverPid } = await startInAnotherProcess();
    await expect(startEmbeddedPostgres(options)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(`Process ${child.pid} `),
    });
    await killHard(child);

    const adopting = await start();
    expect({ adopted: adopting.adopted, pid: adopting.pid }).toEqual({ adopted: true, pid: serverPid });
    expect(await run(adopting, 'select count(*)::int as n from kept')).toEqual([{ n: 1 }]);
    await adopting.stop();
    expect(isRunning(serverPid)).toBe(false);
  });

  it('recovers after the server itself was killed', async () => {
    const first = await start();
    await run(first, 'create table survived as select generate_series(1, 1000) as n');
    process.kill(first.pid, 'SIGKILL');
    await first.stop();
    const second = await start();
    expect(second.adopted).toBe(false);
    expect(await run(second, 'select count(*)::int as n from survived')).toEqual([{ n: 1000 }]);
  });

  it('starts although the process id of its last run belongs to another program now', async () => {
    const first = await start();
    const pidFile = path.join(first.dataDirectory, 'postmaster.pid');
    const lines = readFileSync(pidFile, 'utf8').split('\n');
    await first.stop();
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    children.push(stranger);
    writeFileSync(pidFile, [stranger.pid, ...lines.slice(1)].join('\n'));
    const second = await start();
    expect(second.adopted).toBe(false);
    expect(stranger.exitCode).toBeNull();
  });

  it('a port that is taken, a folder that cannot be written and a broken cluster are told apart', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(startEmbeddedPostgres({ ...options, port })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining(String(port)),
    });
    holder.close();

    await expect(startEmbeddedPostgres({ ...options, dataDir: '/proc/signalbox' })).rejects.toMatchObject({
      code: 'DATA_FOLDER_UNWRITABLE',
    });

    const server = await start();
    await server.stop();
    writeFileSync(path.join(server.dataDirectory, 'postgresql.auto.conf'), 'nonsense = 1\n');
    await expect(startEmbeddedPostgres(options)).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringContaining('nonsense'),
    });
    writeFileSync(path.join(server.dataDirectory, 'postgresql.auto.conf'), '');
  });

  const asRootOnLinux = process.platform === 'linux' && process.getuid?.() === 0 ? it : it.skip;
  asRootOnLinux('root is told what to set where user namespaces are refused', () => {
    const script = `
      const { startEmbeddedPostgres } = await import(${JSON.stringify(compiled)});
      await startEmbeddedPostgres(${JSON.stringify(options)}).catch((error) => console.log(error.code, error.nextStep));`;
    const output = execFileSync(
      'unshare',
      [
        ...['--user', '--map-root-user', 'sh', '-c'],
        ...['echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"', 'sh'],
        ...[process.execPath, '--input-type=module', '-e', script],
      ],
      { encoding: 'utf8' },
    );
    expect(output).toMatch(/^USER_NAMESPACES_REFUSED .*DATABASE_URL/);
  });
});
