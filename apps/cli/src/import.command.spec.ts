import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { importCommand } from './import.command.js';

const llmEmbeddings = z.record(z.string(), z.object({ size: z.string(), embedding: z.array(z.number()) }));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function run(...options: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const command = importCommand({ initCwd: folder, vectorFolder: join(folder, 'vectors'), stdout, stderr });
  const failure = await command.parseAsync([...options, '--out', 'out'], { from: 'user' }).then(
    () => null,
    (error: unknown) => error,
  );
  stdout.end();
  stderr.end();
  return { failure, printed: await text(stdout), said: await text(stderr) };
}
const write = (name: string, lines: readonly (object | string)[]) =>
  writeFile(
    join(folder, name),
    lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''),
  );
const read = async (name: string): Promise<unknown[]> =>
  (await readFile(join(folder, 'out', name), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

/** As LLMRouter's documentation shows it. */
const upstream = (model: string, performance: number, fields: object = {}) => ({
  ...{
    task_name: 'gsm8k',
    query: 'What is 1 + 1?',
    ground_truth: '#### 2',
    metric: 'GSM8K',
    choices: null,
    task_id: null,
  },
  ...{ model_name: model, response: '… 2', token_num: 453, input_tokens: 449, output_tokens: 4, response_time: 1.79 },
  ...{ performance, embedding_id: 42, user_id: null, fig_id: null },
  ...fields,
});

describe('signalbox import', () => {
  it("reads LLMRouter's example folder: answers of a question together, at the prices of its models", async () => {
    for (const inside of ['routing_data', 'llm_candidates'])
      await mkdir(join(folder, 'example_data', inside), { recursive: true });
    await write('example_data/routing_data/default_routing_train_data.jsonl', [
      ...[upstream('small', 1), upstream('small', 0.5, { embedding_id: 43, query: 'And 2 + 2?' })],
      ...[upstream('large', 0, { response_time: null }), upstream('unpriced', 0.25)],
    ]);
    await write('example_data/routing_data/default_routing_test_data.jsonl', [upstream('small', 1)]);
    await write('example_data/llm_candidates/default_llm.json', [
      {
        small: { size: '7B', input_price: 0.2, output_price: 0.2 },
        large: { input_price: 2, output_price: 4 },
        unpriced: {},
      },
    ]);
    const { failure, printed } = await run('example_data');
    expect(failure).toBeNull();
    expect(printed).toContain('train.jsonl: 2 rows\n  test.jsonl: 1 rows');
    const small = { performance: 1, costUsd: expect.closeTo(453 * 0.2e-6, 15), responseTimeSeconds: 1.79 };
    expect(await read('train.jsonl')).toEqual([
      {
        ...{ query: 'What is 1 + 1?', task: 'gsm8k' },
        outcomes: {
          small,
          large: { performance: 0, costUsd: expect.closeTo(449 * 2e-6 + 4 * 4e-6, 15) },
          unpriced: { performance: 0.25, responseTimeSeconds: 1.79 },
        },
      },
      { query: 'And 2 + 2?', task: 'gsm8k', outcomes: { small: { ...small, performance: 0.5 } } },
    ]);
  });

  it('names what a file is packed by, and how to unpack it', async () => {
    await writeFile(join(folder, 'routing.jsonl.gz'), gzipSync(JSON.stringify(upstream('small', 1))));
    expect((await run('routing.jsonl.gz')).failure).toMatchObject({
      ...{ code: 'INVALID_INPUT', message: expect.stringContaining('routing.jsonl.gz is packed by gzip.') },
      nextStep: 'Unpack it: gunzip FILE.',
    });
  });

  it('makes another row of a question that the same model answered again', async () => {
    await write('routing.jsonl', [upstream('small', 1), upstream('small', 0), upstream('large', 0.5)]);
    await run('routing.jsonl');
    expect(await read('outcomes.jsonl')).toMatchObject([
      { outcomes: { small: { performance: 1 }, large: { performance: 0.5 } } },
      { outcomes: { small: { performance: 0 } } },
    ]);
  });

  it('names every broken line with its number and a code, writes nothing, and writes the rest when told to', async () => {
    const broken = [
      ...['{"query": NaN}', '{"query": "x"', '[]', ''],
      ...[upstream('small', 2), upstream('', 1), upstream('small', 1, { query: ' ' })],
      ...[{ ...upstream('small', 1), performance: null }, upstream('small', 1, { response_time: -1 })],
    ];
    await write('routing.jsonl', [upstream('small', 1), ...broken, upstream('large', 1)]);
    const { failure, said } = await run('routing.jsonl');
    expect(failure).toMatchObject({
      ...{
        code: 'ROUTING_DATA_BROKEN',
        message: expect.stringContaining('9 of 11 lines are broken, line 2 of routing.jsonl first'),
      },
    });
    const places = [...said.matchAll(/^routing\.jsonl, line (\d+): ROUTING_DATA_BROKEN ?(\w*): /gm)].map(
      ([, ...place]) => place,
    );
    expect(places).toEqual([
      ...[...['2', '3', '4', '5'].map((line) => [line, '']), ['6', 'performance'], ['7', 'model_name'], ['8', 'query']],
      ...[
        ['9', 'performance'],
        ['10', 'response_time'],
      ],
    ]);
    expect(await readdir(folder)).toEqual(['routing.jsonl']);
    const again = await run('routing.jsonl', '--skip-broken');
    expect(again.said).toContain('9 of 11 lines are broken, line 2 of routing.jsonl first; they are left out.');
    expect(await read('outcomes.jsonl')).toHaveLength(1);
  });

  it('names every broken line of an outcome matrix too', async () => {
    const row = { query: 'q', outcomes: { small: { performance: 1 } } };
    await write('matrix.jsonl', [row, { ...row, query: '' }, { ...row, outcomes: { small: { performance: 3 } } }]);
    const { failure, said } = await run('matrix.jsonl');
    expect(failure).toMatchObject({ code: 'OUTCOME_MATRIX_BROKEN' });
    expect(said).toMatch(/line 2: OUTCOME_MATRIX_BROKEN: .*\n.*line 3: OUTCOME_MATRIX_BROKEN: /);
  });

  it('makes a training folder of LLMRouter from an outcome matrix, embedded offline, and reads it back', async () => {
    const rows = Array.from({ length: 12 }, (_, n) => ({
      ...{ query: `What is ${n * 7919} times ${n}?`, group: `g${n}` },
      outcomes: { 'small-7b': { performance: n % 2, costUsd: 0.001 }, large: { performance: 0.5, costUsd: 0.01 } },
    }));
    await write('matrix.jsonl', rows);
    const { failure, printed } = await run('matrix.jsonl');
    expect(failure).toBeNull();
    expect(printed).toContain('query_embeddings.pt: 12 rows');
    const models = llmEmbeddings.parse(JSON.parse(await readFile(join(folder, 'out', 'llm_embeddings.json'), 'utf8')));
    const shown = Object.entries(models).map(([name, { size, embedding }]) => [name, size, embedding.length]);
    expect(shown).toEqual([
      ['large', '', 512],
      ['small-7b', '7B', 512],
    ]);
    await rm(join(folder, 'matrix.jsonl'));
    const trained = join(folder, 'llmrouter');
    await mkdir(trained);
    for (const name of await readdir(join(folder, 'out'))) {
      if (name.endsWith('.jsonl')) await writeFile(join(trained, name), await readFile(join(folder, 'out', name)));
    }
    await rm(join(folder, 'out'), { recursive: true });
    await run('llmrouter');
    const back = [...(await read('train.jsonl')), ...(await read('test.jsonl'))];
    expect(new Set(back.map((row) => JSON.stringify(row)))).toEqual(new Set(rows.map((row) => JSON.stringify(row))));
  }, 60_000);

  it.each([
    ['NOT_FOUND', 'absent'],
    ['NOT_FOUND', 'nothing'],
    ['INVALID_INPUT', 'two'],
    ['INVALID_INPUT', 'empty.jsonl'],
    ['INVALID_INPUT', 'prices'],
  ])('is refused with %s where there is nothing that it can read: %s', async (code, path) => {
    for (const name of ['nothing', 'two', 'prices']) await mkdir(join(folder, name));
    await write('empty.jsonl', ['', '']);
    await write('two/routing_train_a.jsonl', [upstream('small', 1)]);
    await write('two/routing_train_b.jsonl', [upstream('small', 1)]);
    await write('prices/routing_train_data.jsonl', [upstream('small', 1)]);
    await write('prices/llm_data.json', ['{']);
    expect((await run(path)).failure).toMatchObject({ code });
  });
});
