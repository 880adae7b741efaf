import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { json, text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { buildASTSchema, graphql, GraphQLError, parse } from 'graphql';
import { z } from 'zod';
import { labelCommand } from './label.command.js';

const CALLS = [
  { id: '1', query: 'What is 2 + 2?', messages: null, response: 'It is 4.' },
  {
    ...{ id: '2', query: 'And 3?', response: 'It is \u001b[2J9.' },
    messages: [
      { role: 'system', content: `Count.${' well'.repeat(1_000)}` },
      { role: 'user', content: [{ type: 'text', text: 'And 3?' }] },
    ],
  },
  { id: '3', query: 'x'.repeat(5_000), messages: null, response: 'long' },
];
let server: Server;
let url: string;
let asked: unknown[] = [];
let submitted: Record<string, unknown>[] = [];
let refusals = 0;

/** Answers by the schema that the gateway publishes, so that a query which it would refuse is refused here. */
beforeAll(async () => {
  const sdl = await readFile(new URL('../../../supergraph.graphql', import.meta.url), 'utf8');
  const schema = buildASTSchema(parse(sdl), { assumeValid: true, assumeValidSDL: true });
  const rootValue = {
    callsToLabel: (wish: unknown) => {
      asked.push(wish);
      return CALLS;
    },
    labelCounts: () => [{ kind: 'HUMAN', labels: 40, abstained: 0 }],
    submitHumanLabel: ({ input }: { input: Record<string, unknown> }) => {
      if (refusals-- > 0)
        throw new GraphQLError('labeling is away', {
          extensions: { code: 'DEPENDENCY_UNAVAILABLE', nextStep: 'Wait.' },
        });
      submitted.push(input);
      return { id: 'label' };
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
  [asked, submitted, refusals] = [[], [], 0];
});
afterAll(() => {
  server.close();
});

async function label(keys: string, ...options: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const command = labelCommand({ url, stdin: Readable.from(keys), stdout, stderr });
  await command.parseAsync(options, { from: 'user' });
  stdout.end();
  stderr.end();
  return { printed: await text(stdout), failures: await text(stderr) };
}
const scores = () => submitted.map(({ callId, score }) => [callId, score]);

describe('signalbox label', () => {
  it('stores the score of each key at once, and tells how far a judge is from being measured', async () => {
    const { printed } = await label('40s', '--user', 'ann', '--model', 'big', '--count', '3');
    expect(asked).toEqual([{ filter: { modelName: ['big'] }, userId: 'ann', first: 3, seed: 0 }]);
    expect(submitted).toEqual([
      { callId: '1', score: 1, userId: 'ann' },
      { callId: '2', score: 0, userId: 'ann' },
    ]);
    expect(printed).toContain(
      'Labelled 2, skipped 1. Labels of people by now: 40; a judge can be measured from 100 on.',
    );
  });

  it('goes back to an answer, whose next key replaces the one before', async () => {
    await label('4b13q');
    expect(scores()).toEqual([
      ['1', 1],
      ['1', 0.25],
      ['2', 0.75],
    ]);
  });

  it('ends with q, with Ctrl-C and when nothing more comes, and keeps what was stored', async () => {
    for (const keys of ['4q444', '4\u0003444', '4']) {
      submitted = [];
      await label(keys);
      expect([keys, scores()]).toEqual([keys, [['1', 1]]]);
    }
  });

  it('takes no other key for an answer', async () => {
    const { printed } = await label('59x\n 2q');
    expect(scores()).toEqual([['1', 0.5]]);
    expect(printed.match(/Press 0 to 4/g)).toHaveLength(3);
  });

  it('says that a label is not stored, and takes the key again', async () => {
    refusals = 1;
    const { failures } = await label('44q');
    expect(failures).toContain('DEPENDENCY_UNAVAILABLE: labeling is away');
    expect(failures).toContain('The label is not stored');
    expect(scores()).toEqual([['1', 1]]);
  });

  it('shows the conversation, no model, and nothing that would move the cursor; long texts whole when asked', async () => {
    const { printed } = await label('ssm');
    expect(printed).toMatch(
      /\[system\] Count\.( well){98} w?e?l?l?\n\(4,\d+ more characters: press m\)\n\[user\] \[\{"type":"text","text":"And 3\?"\}\]/,
    );
    expect(printed).toContain('It is  [2J9.');
    expect(printed).not.toContain('\u001b');
    expect(printed).toContain('(1,000 more characters: press m)');
    expect(printed).toContain('x'.repeat(5_000));
  });

  it('says when Signalbox does not answer', async () => {
    const command = labelCommand({ url: 'http://127.0.0.1:9/graphql', stdin: Readable.from('') });
    await expect(command.parseAsync([], { from: 'user' })).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
  });
});
