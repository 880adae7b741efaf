import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freshDatabase } from '@signalbox/testkit';
import { ingestDatabase } from '../index.js';
import { START, tracesOf } from '../testing/calls.js';
import { FakeJaeger } from '../testing/fake-jaeger.js';
import { RunningIngest, unaccounted } from '../testing/running-ingest.js';

jest.setTimeout(60_000);
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

describe('an extraction whose process is killed', () => {
  let ingest: RunningIngest;
  beforeAll(async () => {
    ingest = await RunningIngest.on(await freshDatabase([ingestDatabase]));
  });
  afterAll(() => ingest.end());

  it('goes on behind its last window after kill -9, with nothing lost or doubled', async () => {
    const killAfter = 14;
    let reached: () => void;
    const midway = new Promise<void>((resolve) => (reached = resolve));
    let searches = 0;
    const jaeger = await FakeJaeger.start({
      api: 'v3',
      spans: tracesOf(1_200, 1_000),
      beforeSearch: () => {
        searches += 1;
        if (searches === killAfter) reached();
        // Holds the process where it is until it is killed.
        return searches === killAfter ? new Promise<void>(() => undefined) : Promise.resolve();
      },
    });

    await ingest.start('api');
    const source = await ingest.createSource({ name: 'killed', endpoint: jaeger.url });
    const id = await ingest.requestExtraction(source, START, START + 3_600_000);
    const environment = ingest.environment('worker');
    const child = spawn(process.execPath, [main], {
      env: {
        INGEST_DATABASE_URL: environment.databaseUrl,
        QUEUE_URL: environment.queueUrl,
        OBJECT_STORE_URL: environment.objectStoreUrl,
        SIGNALBOX_SECRET_KEY: environment.secretKey,
        OUTBOUND_ALLOW: environment.outboundAllow,
        INGEST_PORT: '0',
        ROLE: 'worker',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await midway;
    child.kill('SIGKILL');
    await once(child, 'exit');
    const windows = await ingest.count('ingest.extraction_window where extraction_id = $1', [id]);
    const stored = await ingest.count('ingest.llm_call');
    expect(windows).toBeGreaterThan(0);
    expect(stored).toBeLessThan(1_200);

    await ingest.stop();
    await ingest.start('all');
    const read = await ingest.ended(id);
    expect(read).toMatchObject({
      status: 'SUCCEEDED',
      complete: true,
      spansRead: 2_400,
      callsStored: 1_200,
      callsDuplicate: 0,
    });
    expect(unaccounted(read)).toBe(0);
    expect(await ingest.count('ingest.llm_call')).toBe(1_200);
    const resumed = jaeger.searches[killAfter]?.get('query.startTimeMin') ?? '';
    expect(Date.parse(resumed)).toBeGreaterThan(START);
    expect(await ingest.count('ingest.extraction_trace')).toBe(0);
    await jaeger.stop();
  });
});
