import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { provision, startEmbeddedPostgres } from '@signalbox/database';
import { freePort } from '@signalbox/testkit';
import { ingestDatabase } from '../../apps/ingest/dist/index.js';

const MAIN = fileURLToPath(new URL('../../apps/ingest/dist/main.js', import.meta.url));
const JAEGER = fileURLToPath(new URL('./jaeger.mjs', import.meta.url));

/** The service as one process of its own, on a PostgreSQL of its own. */
export const INGEST = {
  async start(folder) {
    const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), logFile: join(folder, 'log') });
    const { urls } = await provision(postgres.adminUrl, [ingestDatabase]);
    const port = await freePort();
    const child = spawn(process.execPath, [MAIN], {
      env: {
        ...{ INGEST_DATABASE_URL: urls.ingest, QUEUE_URL: urls.queue, OBJECT_STORE_URL: 'file:///tmp/unused' },
        ...{
          SIGNALBOX_SECRET_KEY: 'ab'.repeat(32),
          OUTBOUND_ALLOW: 'loopback',
          INGEST_PORT: String(port),
          ROLE: 'all',
          LOG_LEVEL: 'warn',
        },
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const ended = once(child, 'exit');
    const url = `http://127.0.0.1:${port}`;
    while ((await fetch(`${url}/readyz`).catch(() => null))?.status !== 200) {
      if (child.exitCode !== null) throw new Error('ingest does not start');
      await delay(50);
    }
    const stop = async () => {
      child.kill('SIGTERM');
      await ended;
      await postgres.stop();
    };
    return { url: { ingest: url, pid: child.pid, adminUrl: postgres.adminUrl }, stop };
  },
};

export const jaegerOf = (traces) => ({
  async start() {
    const child = spawn(process.execPath, [JAEGER, String(traces)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [url] = await once(createInterface(child.stdout), 'line');
    return { url, stop: () => child.kill() };
  },
});

export async function graph(ingest, query, variables = {}) {
  const response = await fetch(`${ingest}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

export async function createSource(ingest, input) {
  const create = 'mutation ($input: CreateTraceSourceInput!) { made: createTraceSource(input: $input) { id } }';
  return (await graph(ingest, create, { input })).made.id;
}

/** MiB of memory that a process has now and had at the most. */
export async function memoryOf(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const mib = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024;
  return { now: mib('VmRSS'), most: mib('VmHWM') };
}
