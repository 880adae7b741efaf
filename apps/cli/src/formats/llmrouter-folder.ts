import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SignalboxError, type CandidatePrice } from '@signalbox/contracts';
import { writeTorchTensor } from './array-files.js';
import { outcomeOfEach, type ExportedDataset, type ExportedOutcome, type ExportedRow } from './exported-dataset.js';
import { LineFile } from './line-file.js';
import { LLMROUTER_FILES as FILES, routerConfigs } from './router-configs.js';
import { queryRow, routingRow } from './routing-rows.js';
import { VectorSpool } from './vector-spool.js';

export interface LlmRouterWish {
  /** Leave out queries of which one model's outcome alone is known. */
  onlyCompared: boolean;
  /** Vectors of texts in the space of the dataset; null where none can be made here. */
  embed: ((texts: readonly string[]) => Promise<Float32Array[]>) | null;
  /** Where the folder will be in the end. */
  path: string;
}

export interface WrittenLlmRouter {
  queries: { train: number; test: number };
  outcomes: { train: number; test: number };
  /** Queries of the training part of which one model's outcome alone is known; LLMRouter takes that model for the best. */
  uncompared: number;
  /** Models that LLMRouter will find best of a query of the training part. */
  bestModels: number;
  /** Rows that are not in the folder. */
  leftOut: { otherParts: number; withoutVector: number; uncompared: number };
}

/**
 * Writes a training folder of LLMRouter: see docs/formats.md for its files. `embedding_id` counts the rows of the dataset, so
 * that a prompt which was asked twice is two queries, and nothing has to be kept in memory.
 *
 * @throws SignalboxError TOO_FEW_PROMPTS when nothing is left to train on
 */
export async function writeLlmRouterFolder(
  folder: string,
  dataset: ExportedDataset,
  rows: AsyncIterable<ExportedRow>,
  wish: LlmRouterWish,
): Promise<WrittenLlmRouter> {
  const spool = await VectorSpool.create(join(folder, 'vectors.raw'));
  try {
    return await writeFiles(folder, dataset, rows, { ...wish, spool });
  } finally {
    await spool.close();
  }
}

async function writeFiles(
  folder: string,
  dataset: ExportedDataset,
  rows: AsyncIterable<ExportedRow>,
  { spool, ...wish }: LlmRouterWish & { spool: VectorSpool },
): Promise<WrittenLlmRouter> {
  const file = (name: string) => LineFile.create(join(folder, name));
  const queries = { train: await file(FILES.query_data_train), test: await file(FILES.query_data_test) };
  const outcomes = { train: await file(FILES.routing_data_train), test: await file(FILES.routing_data_test) };
  const leftOut = { otherParts: 0, withoutVector: 0, uncompared: 0 };
  const best = new Set<string>();
  let uncompared = 0;
  try {
    for await (const row of rows) {
      const { part, vector } = row;
      const cells = cheapestFirst(outcomeOfEach(row.outcomes), dataset.candidates);
      if (part !== 'train' && part !== 'test') leftOut.otherParts += 1;
      else if (vector === null) leftOut.withoutVector += 1;
      else if (wish.onlyCompared && cells.length < 2) leftOut.uncompared += 1;
      else {
        const id = await spool.add(vector);
        await queries[part].write(queryRow(row));
        for (const cell of cells) await outcomes[part].write(routingRow(row, cell, id));
        if (part === 'test') continue;
        best.add(bestOf(cells));
        if (cells.length < 2) uncompared += 1;
      }
    }
  } finally {
    for (const each of [...Object.values(queries), ...Object.values(outcomes)]) await each.close();
  }
  refuseEmpty(queries.train.lines, leftOut);
  const { dim } = spool;
  await writeTorchTensor(join(folder, FILES.query_embedding_data), spool);
  await writeModels(folder, dataset.candidates, wish.embed);
  await mkdir(join(folder, 'configs'));
  const configs = routerConfigs({ folder: wish.path, dim, trainQueries: queries.train.lines });
  for (const [name, text] of Object.entries(configs)) await writeFile(join(folder, 'configs', name), text);
  const linesOf = ({ train, test }: typeof queries) => ({ train: train.lines, test: test.lines });
  return { queries: linesOf(queries), outcomes: linesOf(outcomes), uncompared, bestModels: best.size, leftOut };
}

/** LLMRouter labels a query by the first of its best rows: the cheapest, if the cheapest comes first. */
function cheapestFirst(outcomes: readonly ExportedOutcome[], candidates: readonly CandidatePrice[]): ExportedOutcome[] {
  const place = new Map(candidates.map(({ name }, k) => [name, k]));
  const placeOf = ({ candidate }: ExportedOutcome) => place.get(candidate) ?? candidates.length;
  const costOf = ({ costUsd }: ExportedOutcome) => costUsd ?? Number.MAX_VALUE;
  return [...outcomes].sort((left, right) => costOf(left) - costOf(right) || placeOf(left) - placeOf(right));
}

function bestOf(cells: readonly ExportedOutcome[]): string {
  const top = Math.max(...cells.map(({ performance }) => performance));
  return cells.find(({ performance }) => performance === top)?.candidate ?? '';
}

function refuseEmpty(trainQueries: number, { withoutVector, uncompared }: WrittenLlmRouter['leftOut']): void {
  if (trainQueries > 0) return;
  throw new SignalboxError(
    'TOO_FEW_PROMPTS',
    `No row is left to train on: ${withoutVector} have no vector, and ${uncompared} the outcome of one model alone.`,
    'Build the dataset anew with its texts embedded, replay prompts with replayCalls, or leave --only-compared out.',
  );
}

async function writeModels(
  folder: string,
  candidates: readonly CandidatePrice[],
  embed: LlmRouterWish['embed'],
): Promise<void> {
  const models = candidates.map((candidate) => ({ name: candidate.name, facts: factsOf(candidate) }));
  const asJson = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
  const data = Object.fromEntries(models.map(({ name, facts }) => [name, facts]));
  await writeFile(join(folder, FILES.llm_data), asJson(data));
  if (embed === null) return;
  const vectors = await embed(models.map(({ facts }) => facts.feature));
  const embedded = models.map(
    ({ name, facts }, k) => [name, { ...facts, embedding: [...(vectors[k] ?? [])] }] as const,
  );
  await writeFile(join(folder, FILES.llm_embedding_data), asJson(Object.fromEntries(embedded)));
}

/** Prices in USD per million tokens, null when unknown. LLMRouter asks every model for a size: an empty one is none. */
function factsOf({ name, inputPrice, outputPrice }: CandidatePrice) {
  const size = /(?:^|[^a-z0-9.])(\d+(?:\.\d+)?)b(?![a-z0-9])/i.exec(name)?.[1];
  const price = (value: number | null) => (value === null ? 'an unknown price' : `${value} USD`);
  const parameters = size === undefined ? '' : ` with ${size} billion parameters`;
  return {
    size: size === undefined ? '' : `${size}B`,
    feature: `${name} is a language model${parameters}. A million input tokens cost ${price(inputPrice)}, a million output tokens ${price(outputPrice)}.`,
    ...{ input_price: inputPrice, output_price: outputPrice, model: name, service: '' },
  };
}
