import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { json, text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { buildASTSchema, graphql, GraphQLError, parse } from 'graphql';
import { z } from 'zod';
import { labelerCommand } from './labeler.command.js';

const CALL = '019b76da-a800-7000-8000-000000000001';
let server: Server;
let url: string;
let folder: string;
let made: { name: string; groundTruth: unknown[] }[] = [];
let taken = false;

/** Answers by the schema that the gateway publishes, so that a query which it would refuse is refused here. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labeler-'));
  const sdl = await readFile(new URL('../../../supergraph.graphql', import.meta.url), 'utf8');
  const schema = buildASTSchema(parse(sdl), { assumeValid: true, assumeValidSDL: true });
  const rootValue = {
    createLabeler: ({ input }: { input: { name: string; groundTruth: unknown[] } }) => {
      if (taken)
        throw new GraphQLError('exists with other settings', {
          extensions: { code: 'CONFLICT', nextStep: 'Choose another name.' },
        });
      made.push(input);
      return { name: input.name, groundTruths: input.groundTruth.length };
    },
  };
  const request = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()) });
  server = createServer((message, response) => {
    void json(message)
      .then((body) => request.parse(body))
      .then(({ query, variables }) => graphql({ schema, source: query, variableValues: variables, rootValue }))
      .then((answer) => response.setHeader('content-type', 'application/json').end(JSON.stringify(answer)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/graphql`;
});
beforeEach(() => {
  [made, taken] = [[], false];
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

async function labeler(lines: readonly (object | string)[], metric = 'numeric') {
  await writeFile(
    join(folder, 'answers.jsonl'),
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
  );
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const command = labelerCommand({ initCwd: folder, url, stdout, stderr });
  const ended = command.parseAsync(['known', '--metric', metric, '--answers', 'answers.jsonl'], { from: 'user' });
  const failure: unknown = await ended.then(
    () => null,
    (error: unknown) => error,
  );
  stdout.end();
  stderr.end();
  return { printed: await text(stdout), failures: await text(stderr), failure };
}

describe('signalbox labeler', () => {
  it('makes a metric with the answers of a file: by text, call, trace and rule, and as GSM8K and MATH have them', async () => {
    const { printed, failure } = await labeler([
      { query: 'What is 2 + 2?', answer: '4' },
      { callId: CALL, answer: '5' },
      { traceId: 'ab', answer: '6' },
      { contains: 'legs of a spider', answer: '8' },
      { question: 'Half of 36?', answer: 'It is 36 / 2.\n#### 18' },
      { problem: 'Sum?', solution: 'So \\boxed{3}.', level: 'Level 1', type: 'Algebra' },
      '',
    ]);
    expect(failure).toBeNull();
    expect(printed).toBe('Labeler known: numeric, with 6 known answers.\n');
    expect(made).toEqual([
      {
        name: 'known',
        kind: 'METRIC',
        metric: 'numeric',
        allowUncalibrated: false,
        groundTruth: [
          { query: 'What is 2 + 2?', answer: '4' },
          { callId: CALL, answer: '5' },
          { traceId: 'ab', answer: '6' },
          { contains: 'legs of a spider', answer: '8' },
          { query: 'Half of 36?', answer: 'It is 36 / 2.\n#### 18' },
          { query: 'Sum?', answer: 'So \\boxed{3}.' },
        ],
      },
    ]);
  });

  it('names every bad line, and sends nothing when there is one', async () => {
    const { failures, failure } = await labeler([
      { query: 'a', answer: '1' },
      '{"query": "b", "answer": ',
      { callId: 'no uuid', answer: '1' },
      { query: 'c', answer: 1 },
      { query: 'a', answer: '2' },
      { contains: 'the', answer: '2' },
    ]);
    const place = join(folder, 'answers.jsonl');
    expect(failures.trimEnd().split('\n')).toEqual([
      `INVALID_INPUT: ${place}, line 2: is not one JSON object`,
      `INVALID_INPUT: ${place}, line 3: expected a uuid in callId`,
      expect.stringContaining('line 4: expected {query | callId | traceId | contains, answer}'),
      `INVALID_INPUT: ${place}, line 5: another row gives another answer to the same`,
      `INVALID_INPUT: ${place}, line 6: contains: expected a word besides a, an and the`,
    ]);
    expect(failure).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('5 lines are wrong, and nothing was sent'),
      nextStep: expect.stringContaining('Correct the lines'),
    });
    expect((await labeler([''])).failures).toContain('line 1: the file holds no answer');
    expect(made).toEqual([]);
  });

  it('refuses a file that is larger than a request may be, with the limit and what to do', async () => {
    const { failure } = await labeler(
      Array.from({ length: 9 }, (_, n) => ({ query: `${n}`.repeat(2 ** 20), answer: '1' })),
    );
    expect(failure).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/of 9\.0 MB; Signalbox takes 8 MB/),
      nextStep: expect.stringContaining('Split the file'),
    });
    expect(made).toEqual([]);
  });

  it('passes on what Signalbox refuses, and takes no metric that there is not', async () => {
    taken = true;
    expect((await labeler([{ query: 'a', answer: '1' }])).failure).toMatchObject({ code: 'CONFLICT' });
    const command = labelerCommand({ initCwd: folder, url }).exitOverride().configureOutput({ writeErr: () => undefined }); // prettier-ignore
    const unknown = command.parseAsync(['known', '--metric', 'custom', '--answers', 'x'], { from: 'user' });
    await expect(unknown).rejects.toMatchObject({ message: expect.stringContaining('exact_match') });
  });
});
