import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { PutTraceSegmentsCommand, XRayClient } from '@aws-sdk/client-xray';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { AwsRolePolicy, Outbound } from '@signalbox/outbound';
import { xrayTraceId } from '@signalbox/spans';
import { freePort } from '@signalbox/testkit';
import { tracesOf } from '../../testing/calls.js';
import { openXray } from './open-xray.js';

jest.setTimeout(60_000);
const run = promisify(execFile);
const INSTALL_MS = 120_000;
const MOTO = 'moto[server,xray]==5.2.5';

/** The folder of a virtual environment with moto; null where it cannot be had in time. */
async function installed(): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-moto-'));
  const signal = AbortSignal.timeout(INSTALL_MS);
  try {
    await run('python3', ['-m', 'venv', folder], { signal });
    await run(join(folder, 'bin', 'pip'), ['install', '--quiet', MOTO], { signal });
    return folder;
  } catch {
    await rm(folder, { recursive: true, force: true });
    return null;
  }
}

/** `npm test` needs no package index; CI installs what it needs. */
const folder = process.env['CI'] === undefined ? null : await installed();

describe('moto', () => {
  let moto: ChildProcess | null = null;
  afterAll(async () => {
    if (moto !== null && moto.exitCode === null) {
      moto.kill();
      await once(moto, 'exit');
    }
    if (folder !== null) await rm(folder, { recursive: true });
  });

  (folder === null ? it.skip : it)('gives back what was put, each span once', async () => {
    const port = await freePort();
    const args = ['-H', '127.0.0.1', '-p', String(port)];
    moto = spawn(join(folder ?? '', 'bin', 'moto_server'), args, { stdio: 'ignore' });
    const endpoint = `http://127.0.0.1:${port}`;
    while (!(await fetch(endpoint).catch(() => null))) await delay(50);

    const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
    const client = new XRayClient({ region: 'eu-central-1', endpoint, credentials: keys });
    const now = Date.now();
    const spans = tracesOf(12, 1_000, 'moto', now - 30_000);
    const documents = spans.map((span) => ({
      ...{ trace_id: xrayTraceId(span.traceId), id: span.spanId, name: span.service },
      ...(span.parentSpanId === undefined ? {} : { parent_id: span.parentSpanId, type: 'subsegment' }),
      ...{ start_time: span.start / 1_000, end_time: span.start / 1_000 + span.seconds },
      metadata: { default: span.attributes },
    }));
    await client.send(
      new PutTraceSegmentsCommand({ TraceSegmentDocuments: documents.map((each) => JSON.stringify(each)) }),
    );
    client.destroy();

    const settings = { ...{ serviceName: null, tenant: null, path: null, filter: null, headers: {} } };
    const credentials = { username: keys.accessKeyId, password: keys.secretAccessKey };
    const reader = await openXray(
      { ...settings, endpoint, region: 'eu-central-1', credentials },
      { outbound: Outbound.allowing('loopback'), awsRole: AwsRolePolicy.allowing('') },
    );
    const page = await reader.search('', now - 60_000, now + 60_000, 200);
    expect(page).toMatchObject({ traces: 12, malformed: 0, partial: 0 });
    const ids = (of: readonly { spanId: string }[]) => of.map(({ spanId }) => spanId).sort();
    expect(ids(page.spans)).toEqual(ids(spans));
    expect(page.spans.some((span) => span.attributes['gen_ai.request.model'] === 'gpt-4o')).toBe(true);
  });
});
