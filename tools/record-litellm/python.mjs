import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const TAIL_BYTES = 4000;

/** A program whose output is kept for the message, should it fail. */
export function startProgram(file, args, { cwd, environment = {} }) {
  const child = spawn(file, args, { cwd, env: { ...inherited(), ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  let errors = '';
  child.stderr.on('data', (chunk) => (errors = (errors + chunk).slice(-TAIL_BYTES)));
  const text = () => Buffer.concat(output).toString();
  return { child, text, tail: () => `${errors}\n${text().slice(-TAIL_BYTES)}` };
}

export async function runProgram(file, args, options) {
  const program = startProgram(file, args, options);
  const [code] = await once(program.child, 'close');
  if (code !== 0) throw new Error(`${path.basename(file)} ${args.join(' ')} ended with ${code}: ${program.tail()}`);
  return program.text();
}

/** Nothing of the caller's settings may be in a recording, nor any of its keys within reach. */
function inherited() {
  const { PATH, HOME, LANG } = process.env;
  return { PATH, HOME, LANG };
}

/** The folder of programs of an environment that has exactly these packages and what they need; made once. */
export async function environmentWith(packages, folder, python) {
  const bin = path.join(folder, 'bin');
  const done = path.join(folder, 'packages.txt');
  if (existsSync(done)) return bin;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await runProgram(python, ['-m', 'venv', folder], { cwd: folder });
  const quiet = ['--quiet', '--disable-pip-version-check'];
  await runProgram(path.join(bin, 'pip'), ['install', ...quiet, ...packages], { cwd: folder });
  await writeFile(done, packages.join('\n'));
  return bin;
}
