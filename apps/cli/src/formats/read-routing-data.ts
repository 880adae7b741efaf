import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { reject, SignalboxError, type OutcomeMatrixRow, type Rejection } from '@signalbox/contracts';
import { z } from 'zod';
import { readText } from '../files.js';
import { linesOf } from './lines-of.js';
import { parseRoutingRow, type RoutingOutcome } from './routing-rows.js';

export interface BrokenLine extends Rejection {
  file: string;
  line: number;
}

/** USD per million tokens, by model. */
export type TokenPrices = ReadonlyMap<string, { input: number; output: number }>;

interface Question {
  query: string;
  task: string | null;
  group: string | null;
  outcomes: Map<string, OutcomeMatrixRow['outcomes'][string]>;
}

/**
 * Brings the answers of one question together, in order of its first. A model that answered the same question again begins another
 * row of that text, since it was asked again: nothing is overwritten.
 */
export async function readRoutingData(
  path: string,
  prices: TokenPrices,
): Promise<{ rows: OutcomeMatrixRow[]; broken: BrokenLine[] }> {
  const all: Question[] = [];
  const asked = new Map<string, Question[]>();
  const broken: BrokenLine[] = [];
  for await (const { number, text } of linesOf(path)) {
    const row = text === null ? reject('ROUTING_DATA_BROKEN', '', 'The line is no UTF-8.') : parseRoutingRow(text);
    if (!row.ok) broken.push({ ...row.error, file: basename(path), line: number });
    else {
      const { question, query, task, group, outcome } = row.value;
      const times = asked.get(question) ?? [];
      let free = times.find(({ outcomes }) => !outcomes.has(outcome.candidate));
      if (free === undefined) {
        free = { query, task, group, outcomes: new Map() };
        all.push(free);
        asked.set(question, [...times, free]);
      }
      free.outcomes.set(outcome.candidate, cellOf(row.value, prices));
    }
  }
  return { rows: all.map(rowOf), broken };
}

function cellOf({ outcome, tokens }: RoutingOutcome, prices: TokenPrices): OutcomeMatrixRow['outcomes'][string] {
  const { candidate, performance, responseTimeSeconds } = outcome;
  const price = prices.get(candidate);
  const fromTokens = tokens && price ? (tokens.input * price.input + tokens.output * price.output) / 1e6 : null;
  const costUsd = outcome.costUsd ?? fromTokens;
  return {
    performance,
    ...(costUsd !== null && { costUsd }),
    ...(responseTimeSeconds !== null && { responseTimeSeconds }),
  };
}

function rowOf({ query, task, group, outcomes }: Question): OutcomeMatrixRow {
  return {
    query,
    ...(task !== null && { task }),
    ...(group !== null && { group }),
    outcomes: Object.fromEntries(outcomes),
  };
}

export interface RoutingFolder {
  train: string;
  test: string | null;
  prices: TokenPrices;
}

const price = z.number().min(0).nullish();
const llmData = z.record(z.string(), z.looseObject({ input_price: price, output_price: price }));

/**
 * Finds the files of LLMRouter in a folder and the folders in it, by the names that LLMRouter and the first pipeline give them.
 * @throws SignalboxError NOT_FOUND, or INVALID_INPUT where it is not plain which file is meant
 */
export async function findRoutingData(folder: string): Promise<RoutingFolder> {
  const files = await readdir(folder, { recursive: true });
  const found = (pattern: RegExp) => files.filter((file) => pattern.test(basename(file))).sort();
  const one = (what: string, names: readonly string[]): string | null => {
    if (names.length <= 1) return names[0] === undefined ? null : join(folder, names[0]);
    const message = `${folder} holds ${names.length} files of ${what}: ${names.join(', ')}.`;
    throw new SignalboxError('INVALID_INPUT', message, 'Name the file itself instead of the folder.');
  };
  const train = one('training outcomes', found(/routing.*train.*\.jsonl$/i));
  if (train === null) {
    const message = `${folder} holds no file such as routing_data_train.jsonl or default_routing_train_data.jsonl.`;
    throw new SignalboxError('NOT_FOUND', message, 'Name the folder, or the file itself.');
  }
  const models = one('models', found(/^(llm_data|default_llm)\.json$/i));
  return {
    train,
    test: one('test outcomes', found(/routing.*test.*\.jsonl$/i)),
    prices: models === null ? new Map() : await pricesIn(models),
  };
}

async function pricesIn(path: string): Promise<TokenPrices> {
  const parsed = llmData.safeParse(jsonOf(await readText(path)));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const message = `${path}, ${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}`;
    throw new SignalboxError(
      'INVALID_INPUT',
      message,
      'Correct the file, or move it out of the folder: it is read for prices.',
    );
  }
  const prices = Object.entries(parsed.data).flatMap(([name, { input_price: input, output_price: output }]) =>
    typeof input === 'number' && typeof output === 'number' ? [[name, { input, output }] as const] : [],
  );
  return new Map(prices);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
