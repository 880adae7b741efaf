import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { print, withoutFolders, withShortStacks } from './neutral.mjs';
import { startProvider } from './provider.mjs';
import { callThroughProxy } from './proxy.mjs';
import { environmentWith, runProgram } from './python.mjs';
import { ENVIRONMENT, RECEIVER_PORT, RECORDINGS, scenariosOf } from './recordings.mjs';
import { startReceiver } from './receiver.mjs';

const HERE = import.meta.dirname;
const ROOT = path.join(HERE, '../..');
const FIXTURES = path.join(ROOT, 'libs/spans/src/fixtures/litellm');
const ENVIRONMENTS = path.join(ROOT, '.signalbox/record-litellm');
const MANIFEST = path.join(FIXTURES, 'manifest.json');
// Always the same, since recordings name them.
const PROVIDER_PORT = 18401;
const PROXY_PORT = 18402;
/** What is told of these packages in the manifest, beside those that were asked for. */
const TOLD = ['openai', 'opentelemetry-sdk', 'opentelemetry-semantic-conventions-ai', 'pydantic'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { python: { type: 'string', multiple: true, default: [] } },
});
const pythons = new Map(values.python.map((given) => given.split('=', 2)));
const known = RECORDINGS.map(({ name }) => name);
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) throw new Error(`no recording is named ${unknown.join(', ')}; there are ${known.join(', ')}`);

const all = await readJson(path.join(FIXTURES, 'scenarios.json'));
for (const recording of RECORDINGS) {
  if (positionals.length > 0 && !positionals.includes(recording.name)) continue;
  const made = await record(recording);
  const manifest = { ...(await readJson(MANIFEST).catch(() => ({}))), [recording.name]: made };
  const sorted = Object.entries(manifest).sort(([a], [b]) => known.indexOf(a) - known.indexOf(b));
  const options = { ...(await resolveConfig(MANIFEST)), filepath: MANIFEST };
  await writeFile(MANIFEST, await format(JSON.stringify(Object.fromEntries(sorted)), options));
  console.log(`${recording.name}: ${made.spans} spans, ${made.logRecords} log records`);
}

async function record(recording) {
  const { name, generation, litellm, extras, through = 'sdk', packages, python = '3.11' } = recording;
  const asked = [`litellm${extras === undefined ? '' : `[${extras}]`}==${litellm}`, ...packages];
  const venv = path.join(
    ENVIRONMENTS,
    createHash('sha256')
      .update([python, ...asked].join())
      .digest('hex')
      .slice(0, 12),
  );
  const bin = await environmentWith(asked, venv, pythons.get(python) ?? `python${python}`);
  const scenarios = scenariosOf(recording, all);
  const environment = { ...ENVIRONMENT, ...recording.environment };
  const folder = await mkdtemp(path.join(os.tmpdir(), 'record-litellm-'));
  const otlp = path.join(folder, 'otlp');
  const provider = await startProvider(all, PROVIDER_PORT);
  const receiver = await startReceiver(otlp, RECEIVER_PORT);
  try {
    const calls = { bin, folder, environment, scenarios, providerUrl: `http://127.0.0.1:${PROVIDER_PORT}` };
    const payloads =
      through === 'proxy'
        ? await callThroughProxy({ ...calls, port: PROXY_PORT, received: receiver.quiet })
        : await callThroughSdk({ ...calls, callback: recording.callback ?? 'otel' });
    if (receiver.unknown.size > 0) throw new Error(`${name} sent to ${[...receiver.unknown].join(', ')}`);
    const installed = JSON.parse(await runPython(bin, 'installed.py', [...TOLD], folder));
    const folders = [
      [venv, '/venv'],
      [installed.base, '/python'],
      [folder, '/folder'],
      [HERE, '/record-litellm'],
    ];
    const neutral = (value) => withShortStacks(withoutFolders(value, folders));
    const { traces, logs } = neutral(JSON.parse(await runPython(bin, 'decode.py', [otlp], folder)));
    if (traces.resourceSpans.length === 0) throw new Error(`${name} exported nothing`);
    await writeFile(path.join(FIXTURES, `${name}.otlp.json`), `${print(traces)}\n`);
    if (logs.resourceLogs.length > 0) {
      await writeFile(path.join(FIXTURES, `${name}.logs.otlp.json`), `${print(logs)}\n`);
    }
    const kept = (payloads ?? []).filter((_, index) => recording.payloads?.includes(scenarios[index].name));
    if (kept.length > 0) {
      const lines = kept.map((payload) => `${JSON.stringify(neutral(payload))}\n`);
      await writeFile(path.join(FIXTURES, `${name}.payloads.jsonl`), lines.join(''));
    }
    return {
      generation,
      through,
      recordedOn: new Date().toISOString().slice(0, 10),
      python: installed.python,
      packages: asked,
      installed: installed.packages,
      environment,
      scenarios: scenarios.map((scenario) => scenario.name),
      spans: count(traces.resourceSpans, 'scopeSpans', 'spans'),
      logRecords: count(logs.resourceLogs, 'scopeLogs', 'logRecords'),
    };
  } finally {
    await Promise.all([provider.stop(), receiver.stop()]);
    await rm(folder, { recursive: true });
  }
}

/** Answers what the logging payloads of the calls were. */
async function callThroughSdk({ bin, folder, environment, scenarios, providerUrl, callback }) {
  const [plan, payloads] = [path.join(folder, 'plan.json'), path.join(folder, 'payloads.json')];
  await writeFile(plan, JSON.stringify({ providerUrl, callback, scenarios }));
  await runPython(bin, 'calls.py', [plan, payloads], folder, environment);
  return readJson(payloads);
}

function runPython(bin, script, args, cwd, environment) {
  return runProgram(path.join(bin, 'python'), [path.join(HERE, 'python', script), ...args], { cwd, environment });
}

async function readJson(file) {
  return JSON.parse(await readFile(file, 'utf8'));
}

function count(resources, scopes, items) {
  return resources.flatMap((resource) => resource[scopes].flatMap((scope) => scope[items])).length;
}
