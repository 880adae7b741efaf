import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignalboxError, type OutcomeMatrixRow } from '@signalbox/contracts';
import { evaluateCommand } from './evaluate.command.js';

const shared = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const sharedIt = existsSync(shared) ? it : it.skip;
/** Short questions embed at some hundred a second, and every other one of them is enough; the whole file takes minutes. */
const SHORT = 90;
/** Of the workspace, so that only the first run of the tests embeds them. */
const keptVectors = fileURLToPath(new URL('../../../.signalbox/vectors/', import.meta.url));

const SUBJECTS = [
  'sourdough',
  'rye bread',
  'pizza dough',
  'croissants',
  'bagels',
  'focaccia',
  'brioche',
  'naan',
  'pretzels',
  'scones',
];
const ROUTINES = [
  'a binary tree',
  'a linked list',
  'a hash map',
  'a queue',
  'a heap',
  'a graph',
  'a trie',
  'a stack',
  'a ring buffer',
  'a matrix',
];

let folder: string;
let vectorFolder: string;

/** Two kinds of question; each of two candidates is right on one of them, and a third is middling on both. */
function plantedRows(): OutcomeMatrixRow[] {
  const rows: OutcomeMatrixRow[] = [];
  const add = (query: string, baking: boolean): void => {
    const cell = (performance: number, costUsd: number) => ({ performance, costUsd });
    const luck = rows.length % 10 === 0;
    const outcomes = {
      baker: cell(baking !== luck ? 1 : 0, 0.001),
      coder: cell(baking === luck ? 1 : 0, 0.001),
      large: cell(rows.length % 3 === 0 ? 0 : 1, 0.01),
    };
    rows.push({ query, outcomes });
  };
  for (let k = 0; k < 110; k += 1) {
    add(
      `How warm should the oven be for ${k + 3} ${SUBJECTS[k % 10]} with ${['rye', 'spelt', 'oat'][k % 3]} flour?`,
      true,
    );
    add(
      `Write a Python function that walks ${ROUTINES[k % 10]} of ${k + 3} ${['integers', 'strings', 'floats'][k % 3]}.`,
      false,
    );
  }
  return rows;
}

const linesOf = (rows: readonly OutcomeMatrixRow[]): string => rows.map((row) => JSON.stringify(row)).join('\n');
const plantedLines = (): string[] => linesOf(plantedRows()).split('\n');

async function run(...args: string[]): Promise<{ out: string; err: string }> {
  return runWith(vectorFolder, args);
}

async function runWith(vectorFolder: string, args: string[]): Promise<{ out: string; err: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const command = evaluateCommand({ initCwd: folder, vectorFolder, stdout, stderr });
  try {
    await command.parseAsync(args, { from: 'user' });
  } finally {
    stdout.end();
    stderr.end();
  }
  return { out: await text(stdout), err: await text(stderr) };
}

async function refusal(...args: string[]): Promise<SignalboxError> {
  const error = await run(...args).catch((thrown: unknown) => thrown);
  if (error instanceof SignalboxError) return error;
  throw new Error(`evaluate ${args.join(' ')} was not refused`, { cause: error });
}

const withoutTimes = (json: string): string =>
  json.replaceAll(/"(fitSeconds|decideMicrosecondsP50)":[\d.e-]+/g, '"$1":0');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-evaluate-'));
  vectorFolder = join(folder, 'vectors');
  await writeFile(join(folder, 'matrix.jsonl'), `${plantedLines().join('\n')}\n`);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('signalbox evaluate', () => {
  it('finds the routers that beat the best single candidate, embeds once, and prints the same for the same seed', async () => {
    const first = await run('matrix.jsonl', '--json', '--seed', '4');
    expect(first.err).toContain('embedding 220/220');
    const found = JSON.parse(first.out);
    expect(found.data).toMatchObject({
      prompts: 220,
      candidates: ['baker', 'coder', 'large'],
      split: { kind: 'grouped-random', seed: 4 },
    });
    expect(Object.keys(found.routers)).toContain(found.default);
    for (const name of ['random', 'cheapest', 'bestSingle', 'oracle']) {
      expect(found.baselines[name]).toMatchObject({ quality: expect.any(Number), costUsdPerCall: expect.any(Number) });
    }
    for (const name of ['knn', 'ridge']) {
      const router = found.routers[name];
      expect(router.gainCi95[0]).toBeGreaterThan(0);
      expect(router.aiq).toBeGreaterThan(found.baselines.singlesHull.aiq);
      expect(router.frontier).not.toHaveLength(0);
    }

    // The end of a run that was killed while it wrote: the last record is embedded again, the others are kept.
    const [file = ''] = await readdir(vectorFolder);
    const bytes = await readFile(join(vectorFolder, file));
    await truncate(join(vectorFolder, file), bytes.length - 7);
    const second = await run('matrix.jsonl', '--json', '--seed', '4');
    expect(second.err).toContain('embedding 1/1');
    expect(withoutTimes(second.out)).toBe(withoutTimes(first.out));
    expect(await readFile(join(vectorFolder, file))).toEqual(bytes);

    const table = await run('matrix.jsonl', '--routers', 'ridge');
    expect(table.err).toBe('');
    expect(table.out).toContain('ridge would be registered');

    const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
    const program = spawn(process.execPath, [main, 'evaluate', 'matrix.jsonl', '--routers', 'ridge'], {
      env: { ...process.env, INIT_CWD: folder, SIGNALBOX_DATA: folder },
    });
    const [out, err] = await Promise.all([text(program.stdout), text(program.stderr), once(program, 'close')]);
    expect(err).toBe('');
    expect(out).toContain('ridge would be registered');
  }, 120_000);

  it('names no cheapest candidate when no cost is known', async () => {
    const rows = plantedRows().map(({ query, outcomes }) => ({
      query,
      outcomes: Object.fromEntries(
        Object.entries(outcomes).map(([name, { performance }]) => [name, { performance }] as const),
      ),
    }));
    await writeFile(join(folder, 'free.jsonl'), linesOf(rows));
    const { baselines } = JSON.parse((await run('free.jsonl', '--routers', 'ridge', '--json')).out);
    expect(baselines.cheapest).toEqual({ candidate: null, quality: null, costUsdPerCall: null });
    expect(baselines.bestSingle).toMatchObject({ candidate: 'large', costUsdPerCall: null });
    expect((await run('free.jsonl', '--routers', 'ridge')).out).toMatch(/cheapest: unknown\W+unknown\W+unknown/);
  }, 60_000);

  it('leaves training prompts out that resemble prompts of a test file', async () => {
    const lines = plantedLines();
    await writeFile(join(folder, 'test.jsonl'), lines.slice(0, 60).join('\n'));
    const { data } = JSON.parse(
      (await run('matrix.jsonl', '--test', 'test.jsonl', '--routers', 'ridge', '--json')).out,
    );
    expect(data.split.kind).toBe('file');
    expect(data.split.trainPromptsLeftOutAsLeaks).toBeGreaterThanOrEqual(60);
  }, 60_000);

  it('holds whole tasks out with --split task, which every row must name', async () => {
    const named = plantedRows().map((row, k) => ({ ...row, task: `task ${(k >> 1) % 11}` }));
    await writeFile(join(folder, 'tasks.jsonl'), linesOf(named));
    const { data } = JSON.parse((await run('tasks.jsonl', '--split', 'task', '--routers', 'ridge', '--json')).out);
    expect(data.split).toMatchObject({ kind: 'task', trainPrompts: 180, testPrompts: 40 });
    await writeFile(
      join(folder, 'tasks.jsonl'),
      linesOf(named.map((row, k) => (k < 7 ? { ...row, task: undefined } : row))),
    );
    expect(await refusal('tasks.jsonl', '--split', 'task')).toMatchObject({
      code: 'INVALID_INPUT',
      message: '--split task: 7 of 220 rows name no task.',
    });
    expect(await refusal('matrix.jsonl', '--split', 'task', '--test', 'matrix.jsonl')).toMatchObject({
      code: 'INVALID_INPUT',
    });
  }, 60_000);

  const manyMissing = (): OutcomeMatrixRow[] =>
    plantedRows().map(({ query, outcomes: { large, ...others } }, i) => ({
      query,
      outcomes: i % 4 === 0 && large !== undefined ? { ...others, large } : others,
    }));

  it.each([
    [
      'of missing outcomes',
      manyMissing,
      /^\d+ of \d+ test prompts .* 3 candidates; 30 are needed\. .*large is missing/,
    ],
    [
      'of one group',
      () => plantedRows().map((row) => ({ ...row, group: 'g' })),
      /^There are 0 complete test prompts; 30 are needed\. All 220 prompts lie in one group/,
    ],
    [
      'of one question',
      () => plantedRows().map((row) => ({ ...row, query: 'the same' })),
      /^There are 0 complete test prompts; 30 are needed\. All 220 prompts lie in one group/,
    ],
  ])('says why too few test prompts are complete, before it embeds: because %s', async (_, rows, message) => {
    await writeFile(join(folder, 'incomplete.jsonl'), linesOf(rows()));
    expect(await refusal('incomplete.jsonl')).toMatchObject({
      code: 'TOO_FEW_PROMPTS',
      message: expect.stringMatching(message),
      nextStep: expect.stringMatching(/^Add rows.*--test/),
    });
  });

  it('says that every training prompt resembles a prompt of the test file', async () => {
    expect(await refusal('matrix.jsonl', '--test', 'matrix.jsonl')).toMatchObject({
      code: 'TOO_FEW_PROMPTS',
      message: 'All 220 training prompts resemble a test prompt and were left out.',
      nextStep: expect.stringContaining('--test'),
    });
  });

  it('names the broken line of a matrix', async () => {
    const lines = plantedLines();
    lines[16] = '{"query": "half a row"';
    await writeFile(join(folder, 'broken.jsonl'), lines.join('\n'));
    const error = await refusal('broken.jsonl');
    expect(error.code).toBe('OUTCOME_MATRIX_BROKEN');
    expect(error.message).toContain('line 17');
  });

  it('refuses what it cannot work on, with a code and the next step', async () => {
    await writeFile(join(folder, 'few.jsonl'), plantedLines().slice(0, 20).join('\n'));
    const codes = [
      await refusal('absent.jsonl'),
      await refusal('few.jsonl'),
      await refusal('matrix.jsonl', '--routers', 'knn,oracle'),
      await refusal('matrix.jsonl', '--seed', 'x'),
    ].map(({ code, nextStep }) => [code, nextStep.length > 0]);
    expect(codes).toEqual([
      ['NOT_FOUND', true],
      ['TOO_FEW_PROMPTS', true],
      ['INVALID_INPUT', true],
      ['INVALID_INPUT', true],
    ]);
  });

  sharedIt(
    'is at or above the best single candidate on the short questions of llmrouter9 with kNN',
    async () => {
      const lines = (await readFile(join(shared, 'llmrouter9.jsonl'), 'utf8')).trim().split('\n');
      const short = lines
        .filter((line) => String(JSON.parse(line).query).length <= SHORT)
        .filter((_, i) => i % 2 === 0);
      await writeFile(join(folder, 'llmrouter9.jsonl'), short.join('\n'));
      const { out } = await runWith(keptVectors, ['llmrouter9.jsonl', '--routers', 'knn', '--json']);
      const { routers } = JSON.parse(out);
      expect(routers.knn.params.k).toBeGreaterThan(5);
      expect(routers.knn.gainOverBestSingle).toBeGreaterThanOrEqual(0);
    },
    600_000,
  );
});
