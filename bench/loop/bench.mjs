// Seconds of each stage of the quickstart on sample traffic, each run in a new data folder. The limit of the whole is 240 s.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, round } from '../statistics.mjs';

const LIMIT_SECONDS = 240;
const launcher = fileURLToPath(new URL('../../tools/launcher/run.mjs', import.meta.url));

/** @returns {Promise<Record<string, number>>} seconds by stage, and of the whole as `total` */
async function quickstart() {
  const data = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
  try {
    const child = spawn(process.execPath, [launcher, 'quickstart', '--once', '--json', '--timings', '--port', '0'], {
      env: { ...process.env, SIGNALBOX_DATA: data },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    const code = await new Promise((resolve) => child.once('exit', resolve));
    if (code !== 0) throw new Error(`quickstart ended with exit code ${code}`);
    return JSON.parse(output.trim().split('\n').at(-1)).seconds;
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

export async function measure({ runs, tell }) {
  const measured = [];
  for (let run = 1; run <= runs; run += 1) {
    tell(`run ${run} of ${runs}`);
    measured.push(await quickstart());
  }
  return Object.keys(measured[0]).map((stage) => {
    const seconds = measured.map((each) => each[stage]);
    const ours = median(seconds);
    const limit = stage === 'total' ? LIMIT_SECONDS : null;
    return {
      path: `loop/${stage}`,
      ours: round(ours),
      peer: limit,
      unit: 's',
      ratio: limit === null ? null : round(limit / ours),
      goal: limit === null ? null : 1,
      spread: [round(Math.min(...seconds)), round(Math.max(...seconds))],
    };
  });
}
