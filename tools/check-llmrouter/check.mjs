import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { environmentWith, runProgram } from '../record-litellm/python.mjs';
import { sampleMatrix } from './sample-matrix.mjs';

const HERE = import.meta.dirname;
const ROOT = path.join(HERE, '../..');
const CLI = path.join(ROOT, 'apps/cli/dist/main.js');
/** LLMRouter as it was when these files were last read by it. */
const PACKAGES = ['llmrouter-lib==0.4.0'];
/** No model is fetched: LLMRouter asks a hub for its Longformer when it embeds a text, and of an export none is left to embed. */
const OFFLINE = { HF_HUB_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1', PYTHONUNBUFFERED: '1' };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { python: { type: 'string', default: 'python3' }, router: { type: 'string', multiple: true } },
});
const where = process.env.INIT_CWD ?? process.cwd();
const scratch = await mkdtemp(path.join(os.tmpdir(), 'check-llmrouter-'));
try {
  process.exitCode = (await check(positionals[0])) ? 0 : 1;
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function check(given) {
  const bin = await timed('install', () => environmentWith(PACKAGES, environmentFolder(), values.python));
  const folder = given === undefined ? await sampleFolder() : path.resolve(where, given);
  console.log(`folder   ${folder}`);
  await timed('arrays', async () => readArrays(bin, folder));
  const configs = (await readdir(path.join(folder, 'configs'))).map((name) => path.basename(name, '.yaml')).sort();
  const results = [];
  for (const router of values.router ?? configs) results.push(await trains(router, folder, bin));
  console.log(`${results.filter(Boolean).length} of ${results.length} routers were trained to the end`);
  return results.every(Boolean);
}

function environmentFolder() {
  const sum = createHash('sha256').update(PACKAGES.join()).digest('hex').slice(0, 12);
  return path.join(ROOT, '.signalbox/check-llmrouter', sum);
}

/** Made by the command that a user of LLMRouter would give, through the same writer as an export. */
async function sampleFolder() {
  const matrix = path.join(scratch, 'matrix.jsonl');
  await writeFile(matrix, sampleMatrix({ prompts: 400 }));
  const folder = path.join(scratch, 'llmrouter');
  await timed('embed', () => runProgram(process.execPath, [CLI, 'import', matrix, '--out', folder], { cwd: ROOT }));
  return folder;
}

/** Tensors as torch and numpy see them, of the folder and of an array that numpy reads. */
async function readArrays(bin, folder) {
  const { VectorSpool } = await import(path.join(ROOT, 'apps/cli/dist/formats/vector-spool.js'));
  const { writeNumpyArray } = await import(path.join(ROOT, 'apps/cli/dist/formats/array-files.js'));
  const spool = await VectorSpool.create(path.join(scratch, 'vectors.raw'));
  for (let row = 0; row < 300; row += 1) {
    await spool.add(Float32Array.from({ length: 7 }, (_, k) => row + k / 8));
  }
  const array = path.join(scratch, 'vectors.npz');
  await writeNumpyArray(array, spool);
  const script = path.join(HERE, 'read_arrays.py');
  const output = await runProgram(path.join(bin, 'python'), [script, folder, array], { cwd: scratch });
  console.log(output.trimEnd());
}

async function trains(router, folder, bin) {
  const config = path.join(folder, 'configs', `${router}.yaml`);
  const model = path.join(folder, 'models', `${router}.pkl`);
  await rm(model, { force: true });
  const train = ['train', '--router', router, '--config', config, '--device', 'cpu'];
  try {
    const output = await timed(router, () =>
      runProgram(path.join(bin, 'llmrouter'), train, { cwd: scratch, environment: OFFLINE }),
    );
    // LLMRouter says that a model could not be saved, and ends with 0 all the same.
    if (!existsSync(model)) throw new Error(`no model was written: ${output.slice(-2000)}`);
    const said = output.split('\n').findLast((line) => /Loss=|Successfully saved/.test(line)) ?? '';
    console.log(`         ${said.replaceAll(folder, '').trim()}; model of ${(await stat(model)).size} bytes`);
    return true;
  } catch (error) {
    console.log(`FAIL     ${router}: ${error.message}`);
    return false;
  }
}

async function timed(name, work) {
  const start = performance.now();
  const done = await work();
  console.log(`${name.padEnd(8)} ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return done;
}
