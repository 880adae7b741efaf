import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignalboxError } from '@signalbox/contracts';
import { buildASTSchema, isObjectType, parse } from 'graphql';
import { z } from 'zod';
import { inspectCommand } from './inspect.command.js';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
let folder: string;

function traceFile(traceId: string, calls: number): string {
  const spans = Array.from({ length: calls }, (_, index) => ({
    traceID: traceId,
    spanID: (index + 1).toString(16),
    operationName: 'litellm.completion',
    references: [],
    startTime: 1_735_689_600_000_000 + index,
    duration: 1_500_000,
    tags: [
      { key: 'gen_ai.prompt', type: 'string', value: 'What is 2+2?' },
      { key: 'gen_ai.completion', type: 'string', value: '4' },
      { key: 'gen_ai.response.model', type: 'string', value: 'gpt-4o-2024-08-06' },
    ],
    logs: [],
    processID: 'p1',
  }));
  return JSON.stringify({
    data: [{ traceID: traceId, spans, processes: { p1: { serviceName: 'litellm', tags: [] } } }],
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-inspect-'));
  await writeFile(join(folder, 'one.json'), traceFile('a1', 1));
  await writeFile(join(folder, 'two.json'), traceFile('a1', 2));
  await writeFile(join(folder, 'many.json'), traceFile('b1', 5000));
  await writeFile(join(folder, 'empty.json'), '{"data":[],"errors":null}');
  await writeFile(join(folder, 'other.json'), '{"hello":1}');
  await writeFile(join(folder, 'broken.json'), '{"data":[');
  await writeFile(join(folder, 'half.json'), traceFile('c1', 2).replace('"spanID":"1"', '"spanID":"?"'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function inspect(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const output = Promise.all([text(stdout), text(stderr)]);
  const command = inspectCommand({ initCwd: folder, stdout, stderr }).exitOverride();
  const error = await command.parseAsync(args, { from: 'user' }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  stdout.end();
  stderr.end();
  const [out, err] = await output;
  const lines = out.split('\n').filter((line) => line !== '');
  const calls = lines.map((line) => z.looseObject({}).parse(JSON.parse(line)));
  return { calls, err, error };
}

describe('signalbox inspect', () => {
  it('prints the fields of LlmCall, all that need no service and no other', async () => {
    const sdl = await readFile(new URL('../../ingest/schema.generated.graphql', import.meta.url), 'utf8');
    const type = buildASTSchema(parse(sdl), { assumeValid: true, assumeValidSDL: true }).getType('LlmCall');
    const fields = isObjectType(type) ? Object.keys(type.getFields()) : [];
    const ofServices = ['source', 'labels', 'performance'];
    const { calls } = await inspect('one.json');
    expect(Object.keys(calls[0] ?? {}).sort()).toEqual(fields.filter((name) => !ofServices.includes(name)).sort());
    expect(calls[0]).toMatchObject({ costEstimated: false, redactions: 0 });
  });

  it('prints one JSON object a call', async () => {
    const { calls, err, error } = await inspect('one.json');
    expect(error).toBeNull();
    expect(err).toBe('');
    expect(calls).toEqual([
      expect.objectContaining({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        startedAt: '2025-01-01T00:00:00.000Z',
        responseTimeSeconds: 1.5,
        query: 'What is 2+2?',
        response: '4',
        responseModel: 'gpt-4o-2024-08-06',
        modelName: 'gpt-4o-2024-08-06',
        requestModel: null,
        inputTokens: null,
        costUsd: null,
      }),
    ]);
  });

  it('reads several files together, so that a span in both is one call', async () => {
    const { calls, err } = await inspect('one.json', 'two.json', '--summary');
    expect(calls).toHaveLength(2);
    expect(err).toMatch(/spans read 3\n\s+calls\s+2\n\s+merged into them\s+0\n\s+duplicates\s+1\n/);
    expect(err).toMatch(/with query\s+2 \(100 %\)/);
  });

  it('prints nothing and succeeds on a known format without calls', async () => {
    expect(await inspect('empty.json')).toEqual({ calls: [], err: '', error: null });
  });

  it('refuses a file in no known format, naming those it reads, after printing the calls of the others', async () => {
    const { calls, error } = await inspect('other.json', 'one.json');
    expect(calls).toHaveLength(1);
    expect(error).toBeInstanceOf(SignalboxError);
    expect(error).toMatchObject({
      code: 'FORMAT_UNKNOWN',
      message: expect.stringMatching(/other\.json.*tried OTLP\/JSON, Jaeger API v3, Jaeger API v1/),
    });
  });

  it('prints no summary when nothing could be read, and the next step of every failure', async () => {
    const { err, error } = await inspect('other.json', 'absent.json', 'broken.json', '--summary');
    expect(err).toMatch(/^FORMAT_UNKNOWN: other\.json.*\n {2}Next: .*\nNOT_FOUND: .*absent\.json.*\n {2}Next: .*\n$/);
    expect(error).toMatchObject({ code: 'FORMAT_BROKEN', nextStep: expect.stringContaining('Export') });
  });

  it.each([
    ['broken.json', 'FORMAT_BROKEN'],
    ['absent.json', 'NOT_FOUND'],
    ['.', 'INVALID_INPUT'],
  ])('says what is wrong with %s', async (file, code) => {
    expect((await inspect(file)).error).toMatchObject({ code });
  });

  it('keeps the valid spans of a file and says which it left out', async () => {
    const { calls, err } = await inspect('half.json', '--summary');
    expect(calls).toHaveLength(1);
    expect(err).toContain('half.json: data[0].spans[0].spanID: expected an id');
    expect(err).toMatch(/skipped malformed_span\s+1/);
  });
});

describe('signalbox inspect with the files of other formats', () => {
  const fixtures = fileURLToPath(new URL('../../../libs/spans/src/fixtures/', import.meta.url));

  it('brings spans and their content logs together, and says which logs found no span', async () => {
    const files = ['cloudwatch-content.jsonl', 'cloudwatch-spans.jsonl'].map((name) => join(fixtures, name));
    const { calls, err, error } = await inspect(...files, '--summary');
    expect(error).toBeNull();
    expect(calls).toHaveLength(1);
    expect(err).toMatch(/cloudwatch-content\.jsonl: cloudwatch, 0 spans, 4 log records, 1 other lines passed over\n/);
    expect(err).toMatch(
      /log records read 4\n\s+on a span\s+3\n\s+without a span\s+1\n\s+duplicates\s+0\n\s+malformed\s+0\n/,
    );
  });

  it('says what the backend left out, and of which trace', async () => {
    const { calls, err } = await inspect(
      join(fixtures, 'tempo-v2.json'),
      join(fixtures, 'xray-batch.json'),
      '--summary',
    );
    expect(calls).toHaveLength(2);
    expect(err).toMatch(/tempo-v2\.json: trace 002e299711ce5254274dd1b9ccf6f40e: PARTIAL, .*\(trace exceeds max size/);
    expect(err).toMatch(/xray-batch\.json: trace 68e5a2c00102030405060708090a0b0c: LimitExceeded, /);
    expect(err).toMatch(/not whole in these files\n\s+PARTIAL\s+1\n\s+LimitExceeded\s+1\n\s+unprocessed\s+1\n/);
    expect(err).toMatch(/xray, 6 spans, 1 inferred segments passed over/);
  });

  it('reads a packed file, and keeps the records of a file with a malformed one', async () => {
    const records = await readFile(join(fixtures, 'cloudwatch-content.jsonl'), 'utf8');
    await writeFile(
      join(folder, 'content.jsonl.gz'),
      gzipSync(records.replace('"spanId": "bbbbbbbbbbbbbb02"', '"spanId": "?"')),
    );
    const { err, error } = await inspect('content.jsonl.gz', '--summary');
    expect(error).toBeNull();
    expect(err).toMatch(/content\.jsonl\.gz: line 1 \.spanId: expected an id .*; this log record was left out\n/);
    expect(err).toMatch(
      /log records read 4\n\s+on a span\s+0\n\s+without a span\s+3\n\s+duplicates\s+0\n\s+malformed\s+1\n/,
    );
    expect(err).not.toMatch(/skipped malformed_span/);
  });
});

async function run(args: string[], readOutput: boolean): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, INIT_CWD: folder } });
  const stderr = text(child.stderr);
  if (readOutput) child.stdout.resume();
  else child.stdout.once('data', () => child.stdout.destroy());
  const [code] = await once(child, 'close');
  return { code: typeof code === 'number' ? code : null, stderr: await stderr };
}

describe('the signalbox program', () => {
  it('ends well when its reader has enough', async () => {
    const { code, stderr } = await run(['inspect', 'many.json', '--summary'], false);
    expect(code).toBe(0);
    expect(stderr).toContain('spans read 5000');
  });

  it('exits non-zero with the code and the next step', async () => {
    const { code, stderr } = await run(['inspect', 'other.json'], true);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^FORMAT_UNKNOWN: other\.json.*\n {2}Next: /);
  });

  it.each([
    [['inspect', '--bad'], "unknown option '--bad'", 'inspect --help'],
    [['evaluate'], "missing required argument 'file'", 'evaluate --help'],
    [['evalute'], "unknown command 'evalute' \\(Did you mean evaluate\\?\\)", '-- --help'],
  ])('takes a wrong use, %j, for invalid input', async (args, message, help) => {
    const { code, stderr } = await run(args, true);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^INVALID_INPUT: ${message}\n  Next: .*${help}.*\n$`));
  });

  it('prints help and ends well', async () => {
    expect(await run(['evaluate', '--help'], true)).toEqual({ code: 0, stderr: '' });
  });
});
