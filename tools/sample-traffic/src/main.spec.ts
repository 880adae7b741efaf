import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

// The compiled program: it runs as a process of its own.
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const started: ChildProcess[] = [];

function start(...options: string[]) {
  const child = spawn(process.execPath, [MAIN, ...options], { stdio: ['pipe', 'pipe', 'pipe'] });
  started.push(child);
  return child;
}
const announced = z.strictObject({
  jaegerUrl: z.url(),
  openaiUrl: z.url(),
  from: z.string(),
  to: z.string(),
  seed: z.int(),
  scenario: z.string(),
  calls: z.int(),
});

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

describe('the process', () => {
  it('announces both addresses in one line, and ends when its input closes', async () => {
    const child = start('--calls', '60', '--scenario', 'no-signal', '--seed', '3');
    const [line] = await once(createInterface(child.stdout), 'line');
    const { jaegerUrl, ...rest } = announced.parse(JSON.parse(String(line)));
    expect(rest).toMatchObject({ seed: 3, scenario: 'no-signal', calls: 60 });
    expect((await fetch(`${jaegerUrl}/api/v3/services`)).status).toBe(200);
    const ended = once(child, 'exit');
    child.stdin.end();
    expect(await ended).toEqual([0, null]);
  });

  it('ends when the process that started it is killed', async () => {
    const program = `const { spawn } = require('node:child_process');
      spawn(process.execPath, [${JSON.stringify(MAIN)}, '--calls', '20'], { stdio: ['pipe', 'inherit', 'inherit'] });`;
    const parent = spawn(process.execPath, ['--eval', program], { stdio: ['pipe', 'pipe', 'inherit'] });
    started.push(parent);
    const lines = createInterface(parent.stdout);
    await once(lines, 'line');
    const closed = once(lines, 'close');
    parent.kill('SIGKILL');
    // The output closes only when the last process that holds it is gone.
    await closed;
  });

  it('says clearly what is wrong with its options', async () => {
    const child = start('--scenario', 'sunny');
    child.stderr.setEncoding('utf8');
    const [[code], [text]] = await Promise.all([once(child, 'exit'), once(child.stderr, 'data')]);
    expect(code).toBe(2);
    expect(text).toContain('--scenario must be one of default, no-signal');
  });

  it('says that a port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const child = start('--calls', '20', '--jaeger-port', String(port));
    child.stderr.setEncoding('utf8');
    const [[code], [text]] = await Promise.all([once(child, 'exit'), once(child.stderr, 'data')]);
    holder.close();
    expect(code).toBe(1);
    expect(text).toContain('EADDRINUSE');
  });
});
