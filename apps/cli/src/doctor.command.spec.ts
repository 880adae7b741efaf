import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { json, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildASTSchema, graphql, GraphQLError, parse } from 'graphql';
import { z } from 'zod';
import { doctorCommand } from './doctor.command.js';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const recordings = fileURLToPath(new URL('../../../libs/spans/src/fixtures/litellm/', import.meta.url));
const recording = (name: string) => join(recordings, `${name}.otlp.json`);
const CLOCK = () => new Date('2027-01-01T00:00:00Z');

const FINDING = {
  ...{ code: 'CONTENT_CUT', severity: 'SEVERE', message: 'Texts are cut.', count: 3, of: 4, unit: 'calls' },
  ...{ exampleTraceId: 'ab', exampleSpanId: 'cd', settings: [{ where: 'TEMPO', change: 'max_attribute_bytes' }] },
};
const READ = {
  ...{ traces: 4, spans: 8, coverage: { calls: 4 }, end: 'SAMPLE_FULL' },
  ...{ from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z', reached: '2026-01-01T12:00:00.000Z' },
};
const SOURCES = [
  { id: '1', name: 'sick', kind: 'TEMPO', findings: [FINDING] },
  { id: '2', name: 'well', kind: 'JAEGER', findings: [] },
  { id: '3', name: 'gone', kind: 'JAEGER', findings: [] },
];

let folder: string;
let server: Server;
let url: string;
const asked: Record<string, unknown>[] = [];

/** Answers by the schema that ingest publishes, so that a query which it would refuse is refused here. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-doctor-cli-'));
  const sdl = await readFile(new URL('../../ingest/schema.generated.graphql', import.meta.url), 'utf8');
  const schema = buildASTSchema(parse(sdl), { assumeValid: true, assumeValidSDL: true });
  const rootValue = {
    traceSources: () => SOURCES,
    diagnoseSource: (input: Record<string, unknown>) => {
      asked.push(input);
      const source = SOURCES.find(({ id }) => id === input['sourceId']);
      if (source?.name === 'gone')
        throw new GraphQLError('nobody answers', { extensions: { code: 'SOURCE_UNREACHABLE', nextStep: 'Start it.' } });
      return { source, read: READ, findings: source?.findings, unasked: ['RECEIVED_LATE'] };
    },
  };
  const request = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()) });
  server = createServer((message, response) => {
    void json(message)
      .then((body) => request.parse(body))
      .then(({ query, variables }) => graphql({ schema, source: query, variableValues: variables, rootValue }))
      .then((answer) => response.setHeader('content-type', 'application/json').end(JSON.stringify(answer)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/graphql`;
});

afterAll(async () => {
  server.closeAllConnections();
  await Promise.all([once(server.close(), 'close'), rm(folder, { recursive: true, force: true })]);
});

async function doctor(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const output = Promise.all([text(stdout), text(stderr)]);
  const codes: number[] = [];
  const exit = (code: number) => codes.push(code);
  const command = doctorCommand({ initCwd: folder, url, clock: CLOCK, stdout, stderr, exit }).exitOverride();
  await command.parseAsync(args, { from: 'user' });
  stdout.end();
  stderr.end();
  const [out, err] = await output;
  return { out, err, codes };
}

describe('signalbox doctor of files', () => {
  it('ends with 1 where content was not captured, and names the variable to set', async () => {
    const { out, err, codes } = await doctor(recording('1.110.2-sdk-v2-no-content'));
    expect({ err, codes }).toEqual({ err: '', codes: [1] });
    expect(out).toMatch(/8 traces, 8 spans, 7 calls\n/);
    expect(out).toMatch(
      /\nSEVERE CONTENT_ABSENT: 6 of 6 answered calls\n.*\n {2}For example trace [0-9a-f]{32}, span [0-9a-f]{16}\.\n/,
    );
    expect(out).toMatch(
      / {2}Change \(litellm-c\): LiteLLM: `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=span_only`/,
    );
    expect(out).toContain('Could not be looked for here: RECEIVED_LATE, MODEL_UNKNOWN.');
  });

  it('ends with 0 where nothing severe is found', async () => {
    const { out, codes } = await doctor(recording('1.110.2-sdk-v2'));
    expect(codes).toEqual([0]);
    expect(out).toMatch(/WARNING SESSION_ABSENT: 18 of 19 calls/);
    expect(out).not.toContain('SEVERE');
  });

  it('reads files together, so that log records find their spans', async () => {
    const logs = join(recordings, '1.83.14-sdk.logs.otlp.json');
    const [apart, together] = [await doctor(logs), await doctor(logs, recording('1.83.14-sdk'))];
    expect(apart.out).toContain('RECORDS_UNJOINED: 37 of 37 log records');
    expect(apart.codes).toEqual([1]);
    expect(together.out).not.toContain('RECORDS_UNJOINED');
  });

  it('prints an object a line for programs', async () => {
    const { out } = await doctor(recording('1.110.2-sdk-v2-no-content'), 'well', '--json');
    const lines = out
      .trim()
      .split('\n')
      .map((line) => z.looseObject({}).parse(JSON.parse(line)));
    expect(lines).toMatchObject([
      {
        kind: null,
        read: { calls: 7, end: 'RANGE_READ' },
        findings: [{ code: 'CONTENT_ABSENT', count: 6 }, {}, {}, {}],
      },
      { subject: 'well', kind: 'JAEGER', findings: [], unasked: ['RECEIVED_LATE'] },
    ]);
  });

  it('ends with 2 for a file that cannot be read, after it has told of the others', async () => {
    await writeFile(join(folder, 'other.json'), '{"hello":1}');
    const { out, err, codes } = await doctor('other.json', recording('1.110.2-sdk-v2'), 'absent.json');
    expect(out).toContain('19 calls');
    expect(err).toMatch(/^FORMAT_UNKNOWN: other\.json.*\n {2}Next: .*\nNOT_FOUND: .*absent\.json/);
    expect(codes).toEqual([2]);
  });
});

describe('signalbox doctor of sources', () => {
  it('asks the running API for each, by name or by id', async () => {
    const { out, err, codes } = await doctor('sick', '2');
    expect(err).toBe('');
    expect(out).toMatch(
      /^sick \(TEMPO\): 4 traces, 8 spans, 4 calls, 2026-01-01T12.* to 2026-01-02T.*; more was there\n\nSEVERE CONTENT_CUT: 3 of 4 calls\n/,
    );
    expect(out).toMatch(/ {2}Change \(TEMPO\): max_attribute_bytes\n/);
    expect(out).toMatch(/\nwell \(JAEGER\): .*\nNothing found\.\n/);
    expect(codes).toEqual([1]);
    expect(asked.slice(-2)).toEqual([
      { sourceId: '1', sample: 200 },
      { sourceId: '2', sample: 200 },
    ]);
  });

  it('passes range and sample on', async () => {
    await doctor('well', '--from', '2026-01-01', '--to', '2026-01-02T00:00:00Z', '--sample', '5');
    const range = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' };
    expect(asked.at(-1)).toEqual({ sourceId: '2', ...range, sample: 5 });
  });

  it.each(['5', 'yesterday', '2026-02-30', '2026-01-01T00:00:00'])(
    'takes no time that reads as another: %s',
    async (text) => {
      await expect(doctor('well', '--from', text)).rejects.toThrow('Expected a time');
    },
  );

  it('ends with 2 and the next step where a source cannot be read, and tells of the others', async () => {
    const { out, err, codes } = await doctor('gone', 'unheard', 'well');
    expect(out).toMatch(/^well/);
    expect(err).toBe(
      'SOURCE_UNREACHABLE: nobody answers\n  Next: Start it.\n' +
        'NOT_FOUND: There is no file and no trace source unheard. There are sick, well, gone.\n' +
        '  Next: Check the id or name; list what exists with the plural query.\n',
    );
    expect(codes).toEqual([2]);
  });

  it('ends with 2 where nobody listens, and where something else does', async () => {
    const other = createServer((_, response) => response.end('{"status":"ok"}'));
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const address = other.address();
    const elsewhere = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/`;
    const answered = await doctor('well', '--url', elsewhere);
    other.closeAllConnections();
    await once(other.close(), 'close');
    const alone = await doctor('well', '--url', elsewhere);
    for (const { err, out, codes } of [answered, alone]) {
      expect(err).toMatch(/^DEPENDENCY_UNAVAILABLE: http.* (?:does not answer|answered).*\n {2}Next: Start Signalbox/);
      expect({ out, codes }).toEqual({ out: '', codes: [2] });
    }
  });
});

it.each([
  ['nothing severe', [recording('1.110.2-sdk-v2')], 0],
  ['something severe', [recording('1.110.2-sdk-v2-no-content')], 1],
  ['no source', [], 2],
  ['a wrong option', ['well', '--sample', 'many'], 2],
])('the program ends by what was found: %s', async (_, args, expected) => {
  const child = spawn(process.execPath, [main, 'doctor', ...args], { env: { ...process.env, INIT_CWD: folder } });
  child.stdout.resume();
  const stderr = text(child.stderr);
  const [code] = await once(child, 'close');
  expect({ code, failed: (await stderr).startsWith('INVALID_INPUT') }).toEqual({
    code: expected,
    failed: expected === 2,
  });
});
