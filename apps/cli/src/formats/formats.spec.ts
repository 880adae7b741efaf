import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseOutcomeMatrix } from '@signalbox/datasets';
import fc from 'fast-check';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { ExportedDataset, ExportedOutcome, ExportedRow } from './exported-dataset.js';
import { writeLlmRouterFolder } from './llmrouter-folder.js';
import { matrixRowOf, writeOutcomeMatrix, writeSeedRows } from './outcome-matrix-files.js';
import { writeParquet } from './parquet-folder.js';
import { findRoutingData, readRoutingData } from './read-routing-data.js';

const MODELS = ['small-7b', 'large', 'constructor', 'größer/2'];
const DATASET: ExportedDataset = {
  ...{ id: 'd', hash: 'h', router: 'r', embedding: 'a space', split: {} },
  candidates: MODELS.map((name) => ({ name, inputPrice: 0.1, outputPrice: null })),
};
const DIM = 3;
const amount = fc.oneof(
  fc.constant(null),
  fc.double({ min: 0, max: 1e6, noNaN: true }).map((value) => value + 0),
);
const outcome = (candidate: string, source: 'logged' | 'replayed'): fc.Arbitrary<ExportedOutcome> =>
  fc.record({
    ...{ candidate: fc.constant(candidate), source: fc.constant(source), labeler: fc.constant('exact@1') },
    performance: fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0),
    ...{ costUsd: amount, responseTimeSeconds: amount, propensity: fc.constant(null) },
  });
const outcomes = fc
  .record({
    logged: fc.option(fc.constantFrom(...MODELS).chain((model) => outcome(model, 'logged'))),
    replayed: fc.subarray(MODELS).chain((models) => fc.tuple(...models.map((model) => outcome(model, 'replayed')))),
  })
  .map(({ logged, replayed }) => [...(logged ? [logged] : []), ...replayed])
  .filter((all) => all.length > 0);
/** Texts with what cuts lines elsewhere, quotes and marks; few of them, so that equal ones come. */
const prompt = fc.oneof(
  fc.constantFrom('same', 'line\u2028separated', 'two\nlines\r', '"quoted", {"outcomes": {}}', '\uFEFFmarked'),
  fc.string({ unit: 'binary' }).filter((text) => text.trim() !== ''),
);
const row: fc.Arbitrary<ExportedRow> = fc.record({
  ...{ id: fc.uuid(), query: prompt, task: fc.option(fc.constantFrom('gsm8k', 'mmlu')), group: fc.option(fc.string()) },
  ...{
    part: fc.constantFrom('train', 'test', 'embargo', 'spanning'),
    startedAt: fc.constant('2026-01-02T03:04:05.678Z'),
  },
  ...{ outcomes, inRandomSlice: fc.boolean() },
  vector: fc.float32Array({ minLength: DIM, maxLength: DIM, noNaN: true }),
});
const rows = fc.array(row, { minLength: 1, maxLength: 30 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'formats-'));
});
afterEach(() => rm(folder, { recursive: true }));
async function inFresh<T>(use: (fresh: string) => Promise<T>): Promise<T> {
  const fresh = await mkdtemp(join(folder, 'run-'));
  return use(fresh);
}
async function* inTurn<T>(values: readonly T[]): AsyncGenerator<T> {
  await Promise.resolve();
  yield* values;
}
const ofPart = (all: readonly ExportedRow[], part: string) => all.filter((each) => each.part === part).map(matrixRowOf);
const wish = { onlyCompared: false, embed: null, path: '/where/it/will be' };
const exampleRow = (n: number, fields: Partial<ExportedRow> = {}): ExportedRow => ({
  ...{
    id: String(n),
    query: `prompt ${n}`,
    task: null,
    group: null,
    part: 'train',
    startedAt: null,
    inRandomSlice: false,
  },
  ...{ vector: Float32Array.of(n, 0, 1) },
  outcomes: [cell('large', 0.5, 0.2), cell('small-7b', 0.5, 0.1)],
  ...fields,
});
const cell = (candidate: string, performance: number, costUsd: number | null): ExportedOutcome => ({
  ...{
    candidate,
    performance,
    costUsd,
    source: 'replayed',
    labeler: 'exact@1',
    responseTimeSeconds: null,
    propensity: null,
  },
});
const linesOf = async (path: string): Promise<unknown[]> =>
  (await readFile(path, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

describe('an export', () => {
  it('to LLMRouter and back gives the same outcomes, for every prompt that was asked, in order', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (all) => {
        const given = [exampleRow(0), ...all];
        await inFresh(async (fresh) => {
          await writeLlmRouterFolder(fresh, DATASET, inTurn(given), wish);
          const found = await findRoutingData(fresh);
          for (const part of ['train', 'test'] as const) {
            const { rows: read, broken } = await readRoutingData(found[part] ?? '', found.prices);
            expect(broken).toEqual([]);
            expect(read).toEqual(ofPart(given, part));
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('to outcome matrices is read back line by line, every part in its file', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (all) => {
        await inFresh(async (fresh) => {
          const files = await writeOutcomeMatrix(fresh, inTurn(all));
          expect(Object.values(files).reduce((sum, lines) => sum + lines, 0)).toBe(all.length);
          for (const [name, lines] of Object.entries(files)) {
            const read = parseOutcomeMatrix(await readFile(join(fresh, name), 'utf8'));
            expect(read.ok ? read.value : []).toEqual(ofPart(all, name.replace('.jsonl', '')));
            expect(read.ok).toBe(lines > 0);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('to Parquet has every outcome with its facts, packed by zstd, and says which vector is its own', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (all) => {
        await inFresh(async (fresh) => {
          await writeParquet(fresh, inTurn(all));
          const file = await asyncBufferFromFile(join(fresh, 'outcomes.parquet'));
          const codecs = (await parquetMetadataAsync(file)).row_groups.flatMap(({ columns }) =>
            columns.map(({ meta_data: data }) => data?.codec),
          );
          expect(new Set(codecs)).toEqual(new Set(['ZSTD']));
          const read = await parquetReadObjects({ file, compressors: { ZSTD: (bytes) => zstdDecompressSync(bytes) } });
          // The reader of this test takes a byte order mark away, which is in the file.
          const queryOf = ({ query }: ExportedRow) => query.replace(/^\uFEFF/, '');
          const expected = all.flatMap((each, k) =>
            each.outcomes.map((one) => ({
              ...{ call_id: each.id, query: queryOf(each), task: each.task, group: each.group, part: each.part },
              ...{ started_at: new Date(each.startedAt ?? ''), candidate: one.candidate, source: one.source },
              ...{
                performance: one.performance,
                labeler: one.labeler,
                cost_usd: one.costUsd,
                propensity: one.propensity,
              },
              ...{ response_time_seconds: one.responseTimeSeconds, in_random_slice: each.inRandomSlice, vector_row: k },
            })),
          );
          expect(read).toEqual(expected);
          expect((await readdir(fresh)).sort()).toEqual(['outcomes.parquet', 'vectors.npz']);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('of the same rows has the same bytes', async () => {
    const all = Array.from({ length: 20 }, (_, n) => exampleRow(n));
    const sums = async () =>
      inFresh(async (fresh) => {
        await writeLlmRouterFolder(fresh, DATASET, inTurn(all), wish);
        await rm(join(fresh, 'configs'), { recursive: true });
        const files = (await readdir(fresh)).sort();
        const bytes = await Promise.all(files.map((file) => readFile(join(fresh, file))));
        return bytes.map((each) => createHash('sha256').update(each).digest('hex'));
      });
    expect(await sums()).toEqual(await sums());
  });
});

describe('a training folder of LLMRouter', () => {
  it('puts the cheapest of equally good models first, which is the one that LLMRouter takes for the best', async () => {
    await writeLlmRouterFolder(folder, DATASET, inTurn([exampleRow(1)]), wish);
    expect(await linesOf(join(folder, 'routing_data_train.jsonl'))).toMatchObject([
      {
        model_name: 'small-7b',
        performance: 0.5,
        embedding_id: 0,
        cost_usd: 0.1,
        metric: 'custom',
        task_name: 'production',
      },
      { model_name: 'large', performance: 0.5, embedding_id: 0, cost_usd: 0.2, ground_truth: '', response: null },
    ]);
  });

  it('counts what it leaves out, and of how many prompts the logged model alone is known', async () => {
    const given = [
      ...[exampleRow(1), exampleRow(2, { outcomes: [cell('large', 0, null)] }), exampleRow(3, { part: 'test' })],
      ...[exampleRow(4, { part: 'embargo' }), exampleRow(5, { vector: null }), exampleRow(6, { part: 'spanning' })],
    ];
    const written = await writeLlmRouterFolder(folder, DATASET, inTurn(given), wish);
    expect(written).toEqual({
      ...{ queries: { train: 2, test: 1 }, outcomes: { train: 3, test: 2 }, uncompared: 1, bestModels: 2 },
      leftOut: { otherParts: 2, withoutVector: 1, uncompared: 0 },
    });
    const compared = await inFresh((fresh) =>
      writeLlmRouterFolder(fresh, DATASET, inTurn(given), { ...wish, onlyCompared: true }),
    );
    expect(compared).toMatchObject({ queries: { train: 1, test: 1 }, uncompared: 0, leftOut: { uncompared: 1 } });
  });

  it('names its files by the place where it will be, with values that the estimators take', async () => {
    await writeLlmRouterFolder(folder, DATASET, inTurn([exampleRow(1), exampleRow(2)]), wish);
    const configs = await readdir(join(folder, 'configs'));
    expect(configs.sort()).toEqual(['knnrouter.yaml', 'mfrouter.yaml', 'mlprouter.yaml', 'svmrouter.yaml']);
    const knn = await readFile(join(folder, 'configs', 'knnrouter.yaml'), 'utf8');
    expect(knn).toContain('  routing_data_train: "/where/it/will be/routing_data_train.jsonl"\n');
    expect(knn).toContain('  n_neighbors: 2\n');
    expect(await readFile(join(folder, 'configs', 'mfrouter.yaml'), 'utf8')).toContain(`  text_dim: ${DIM}\n`);
    const models: unknown = JSON.parse(await readFile(join(folder, 'llm_data.json'), 'utf8'));
    expect(models).toMatchObject({
      'small-7b': { size: '7B', input_price: 0.1, output_price: null, model: 'small-7b' },
      large: { size: '' },
    });
  });

  it('is refused with TOO_FEW_PROMPTS when nothing is left to train on', async () => {
    const given = [exampleRow(1, { vector: null }), exampleRow(2, { part: 'test' })];
    await expect(writeLlmRouterFolder(folder, DATASET, inTurn(given), wish)).rejects.toMatchObject({
      ...{ code: 'TOO_FEW_PROMPTS', message: expect.stringContaining('1 have no vector') },
    });
  });
});

describe('rows of the first pipeline', () => {
  it('have its fields and no others, and are read back by their text', async () => {
    const given = [exampleRow(1), exampleRow(2, { task: 'mmlu' }), exampleRow(1)];
    expect(await writeSeedRows(folder, inTurn(given))).toEqual({
      ...{ 'routing_train_data.jsonl': 6, 'routing_test_data.jsonl': 0 },
    });
    const path = join(folder, 'routing_train_data.jsonl');
    expect((await linesOf(path))[0]).toEqual({
      ...{ query: 'prompt 1', model_name: 'large', response: null, response_time: null, token_num: null },
      ...{
        input_tokens: null,
        output_tokens: null,
        task_name: 'production',
        ground_truth: '',
        metric: 'custom',
        performance: 0.5,
      },
    });
    const { rows: read } = await readRoutingData(path, new Map());
    expect(read.map(({ query, task }) => [query, task])).toEqual([
      ...[
        ['prompt 1', undefined],
        ['prompt 2', 'mmlu'],
        ['prompt 1', undefined],
      ],
    ]);
  });
});
