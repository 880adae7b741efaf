import { parseArgs } from 'node:util';
import { DEFAULT_CALLS, DEFAULT_SEED, startSampleServers } from './servers.js';
import { SCENARIOS } from './skills.js';

const PARENT_CHECK_MS = 1000;

const USAGE =
  'Serves Signalbox sample traffic. Options: --seed N, --scenario default|no-signal, --calls N, --jaeger-port N, --openai-port N (0 takes a free port). It ends when its standard input closes.';

function fail(message: string): never {
  process.stderr.write(`sample-traffic: ${message}\n${USAGE}\n`);
  process.exit(2);
}

function wholeNumber(name: string, text: string, max: number): number {
  return /^\d+$/.test(text) && Number(text) <= max
    ? Number(text)
    : fail(`--${name} must be a whole number up to ${max}, not "${text}"`);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        seed: { type: 'string', default: String(DEFAULT_SEED) },
        scenario: { type: 'string', default: 'default' },
        calls: { type: 'string', default: String(DEFAULT_CALLS) },
        'jaeger-port': { type: 'string', default: '0' },
        'openai-port': { type: 'string', default: '0' },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

const given = readArguments();
const scenario =
  SCENARIOS.find((name) => name === given.scenario) ?? fail(`--scenario must be one of ${SCENARIOS.join(', ')}`);
const seed = wholeNumber('seed', given.seed, 2 ** 31);
const calls = wholeNumber('calls', given.calls, 100_000);

try {
  const servers = await startSampleServers({
    seed,
    scenario,
    calls,
    jaegerPort: wholeNumber('jaeger-port', given['jaeger-port'], 65_535),
    openaiPort: wholeNumber('openai-port', given['openai-port'], 65_535),
  });
  const { jaegerUrl, openaiUrl, from, to } = servers;
  process.stdout.write(`${JSON.stringify({ jaegerUrl, openaiUrl, from, to, seed, scenario, calls })}\n`);
} catch (error) {
  process.stderr.write(`sample-traffic: cannot listen: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

// Whoever started this process holds the other end of its input; both signs of that one's death end it.
const parent = process.ppid;
const leave = (): never => process.exit(0);
process.stdin.on('end', leave).on('close', leave).on('error', leave).resume();
setInterval(() => {
  if (process.ppid !== parent) leave();
}, PARENT_CHECK_MS).unref();
process.once('SIGTERM', leave);
process.once('SIGINT', leave);
