import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const launcherModule = new URL('./run-program.mjs', import.meta.url).href;
let folder;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'signalbox launcher '));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A launcher that runs `source` as its program, the way run.mjs does. */
async function launch(source, args = []) {
  const program = path.join(folder, `${Math.abs(hash(source))}.mjs`);
  await writeFile(program, source);
  const script = `
    const { runProgram } = await import(${JSON.stringify(launcherModule)});
    const args = ${JSON.stringify([program, ...args])};
    process.exitCode = await runProgram(process.execPath, args, { cwd: process.cwd(), env: process.env });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.setEncoding('utf8');
  return child;
}

const hash = (text) => [...text].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) | 0, 7);
const endOf = async (child) => (await once(child, 'exit'))[0];

describe('a launched program', () => {
  it("gets its arguments, owns standard output, and its exit code is the launcher's", async () => {
    const child = await launch('console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7', [
      'a b',
      '--x',
    ]);
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    expect(await endOf(child)).toBe(7);
    expect(JSON.parse(output)).toEqual(['a b', '--x']);
  });

  it("is sent the launcher's signals and decides itself how to end", async () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      const child = await launch(
        `process.on('${signal}', () => process.exit(3)); setInterval(() => {}, 1000); console.log('up')`,
      );
      await once(child.stdout, 'data');
      child.kill(signal);
      expect(await endOf(child)).toBe(3);
    }
  });

  it('that is killed ends the launcher with the code that shells use', async () => {
    const child = await launch(`process.kill(process.pid, 'SIGKILL')`);
    expect(await endOf(child)).toBe(137);
  });

  it('does not outlive a launcher that is killed, though it has worker threads', async () => {
    const child = await launch(`
      import { Worker } from 'node:worker_threads';
      const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
      worker.on('online', () => console.log('up'));`);
    await once(child.stdout, 'data');
    const closed = once(child.stdout, 'close');
    child.kill('SIGKILL');
    // The program holds the other end of this pipe until it is gone.
    await closed;
  });
});
