import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { newDataFolder, Program, removeFolder } from './quickstart.process.js';

/** Starting and stopping a server on two busy cores. */
jest.setTimeout(120_000);

const recordings = fileURLToPath(new URL('../libs/spans/src/fixtures/litellm', import.meta.url));
const SILENT = '1.110.2-sdk-v2-no-content.otlp.json';
const diagnosis = z.object({
  subject: z.string(),
  kind: z.string().nullable(),
  read: z.object({ traces: z.number(), spans: z.number(), calls: z.number() }),
  findings: z.array(z.object({ code: z.string(), severity: z.string(), count: z.number() })),
});

describe('signalbox doctor beside a running server', () => {
  let folder: string;
  let server: Program;
  let url: string;
  beforeAll(async () => {
    folder = await newDataFolder();
    server = new Program(['start'], { SIGNALBOX_DATA: folder, PORT: '0', TRACE_FILES: recordings });
    url = /http:\/\/127\.0\.0\.1:\d+\/graphql/.exec(await server.until('/graphql'))?.[0] ?? '';
    const input = { name: 'silent', kind: 'FILE', path: SILENT };
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: 'mutation ($input: CreateTraceSourceInput!) { createTraceSource(input: $input) { id } }',
        variables: { input },
      }),
    });
    expect(await response.json()).not.toHaveProperty('errors');
  });
  afterAll(async () => {
    server.interrupt();
    await server.end();
    await removeFolder(folder);
  });

  const doctor = (...args: string[]) => new Program(['cli', 'doctor', ...args], {}).end();

  it('finds the same in a source, asked through the gateway, as in its file', async () => {
    const ended = await doctor('silent', `${recordings}/${SILENT}`, '--json', '--url', url);
    expect(ended).toMatchObject({ code: 1, stderr: '' });
    const [file, source] = ended.stdout
      .trim()
      .split('\n')
      .map((line) => diagnosis.parse(JSON.parse(line)));
    expect(source).toMatchObject({ subject: 'silent', kind: 'FILE', read: { traces: 8, spans: 8, calls: 7 } });
    expect(source?.findings[0]).toMatchObject({ code: 'CONTENT_ABSENT', severity: 'SEVERE', count: 6 });
    expect(file?.read).toEqual(source?.read);
    expect(file?.findings).toEqual(source?.findings);
  });

  it('ends with 2 for a source that is not there, and names those that are', async () => {
    const ended = await doctor('loud', '--url', url);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(/^NOT_FOUND: There is no file and no trace source loud\. There are silent\.\n/);
  });
});
