import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-ports.js';

export interface OwnRedis {
  /** `redis://127.0.0.1:port`. */
  url: string;
  /** Sends one command and answers the first line of the reply. */
  command(...words: string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Whether a Redis can be started here: npm brings none, so that tests of it are skipped, and counted, without. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** A Redis of the test's own, in memory alone, on a free port. */
export async function ownRedis(...settings: string[]): Promise<OwnRedis> {
  const port = await freePort();
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...settings],
    { stdio: 'ignore' },
  );
  const ended = once(child, 'exit');
  const command = (...words: string[]) => ask(port, words);
  for (let waited = 0; ; waited += 20) {
    if ((await command('PING').catch(() => '')) === '+PONG') break;
    if (waited > 10_000 || child.exitCode !== null) throw new Error('redis-server did not start');
    await delay(20);
  }
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { url: `redis://127.0.0.1:${port}`, command, stop };
}

function ask(port: number, words: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('data', (data: Buffer) => {
      resolve(data.toString('utf8').split('\r\n')[0] ?? '');
      socket.destroy();
    });
    socket.write(`${words.join(' ')}\r\n`);
  });
}
