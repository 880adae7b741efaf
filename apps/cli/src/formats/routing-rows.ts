import { accept, reject, type Result } from '@signalbox/contracts';
import { z } from 'zod';
import type { ExportedOutcome, ExportedRow } from './exported-dataset.js';

/** What stands for a task that nobody named, in the pipeline that wrote these rows first. */
const UNNAMED_TASK = 'production';
const METRIC = 'custom';

/** The fields of a row of the first pipeline. Answers and their tokens are no part of a dataset, and so unknown. */
export function seedRow({ query, task }: ExportedRow, outcome: ExportedOutcome) {
  return {
    ...{ query, model_name: outcome.candidate, response: null, response_time: outcome.responseTimeSeconds },
    ...{ token_num: null, input_tokens: null, output_tokens: null },
    ...{ task_name: task ?? UNNAMED_TASK, ground_truth: '', metric: METRIC, performance: outcome.performance },
  };
}

/** LLMRouter's query row. */
export function queryRow({ query, task }: ExportedRow) {
  return { task_name: task ?? UNNAMED_TASK, query, ground_truth: '', metric: METRIC, choices: null, task_id: null };
}

/** LLMRouter's routing row, and two columns that it does not look at, so that nothing is lost on the way back. */
export function routingRow(row: ExportedRow, outcome: ExportedOutcome, embeddingId: number) {
  return {
    ...queryRow(row),
    ...{ model_name: outcome.candidate, response: null, token_num: null, input_tokens: null, output_tokens: null },
    ...{ response_time: outcome.responseTimeSeconds, performance: outcome.performance, embedding_id: embeddingId },
    ...{ user_id: null, fig_id: null, group: row.group, cost_usd: outcome.costUsd },
  };
}

/** One answer, read from a routing row. */
export interface RoutingOutcome {
  /** Equal for the rows of one question. */
  question: string;
  query: string;
  task: string | null;
  group: string | null;
  outcome: { candidate: string; performance: number; costUsd: number | null; responseTimeSeconds: number | null };
  tokens: { input: number; output: number } | null;
}

const amount = z.number({ error: 'must be a number, 0 or more' }).min(0, { error: 'must be 0 or more' }).nullish();
const text = z.string({ error: (issue) => (issue.input === undefined ? 'is missing' : 'must be text') });
const PERFORMANCE = 'must be a number from 0 to 1; rows without a label cannot be read';
const routing = z.object(
  {
    query: text.refine((query) => query.trim() !== '', 'must not be empty'),
    model_name: text
      .min(1, { error: 'must not be empty' })
      .refine((name) => name !== '__proto__', 'a model cannot be named __proto__'),
    performance: z.number({ error: PERFORMANCE }).min(0, { error: PERFORMANCE }).max(1, { error: PERFORMANCE }),
    embedding_id: z.union([z.int(), z.string()], { error: 'must be a whole number' }).nullish(),
    task_name: text.nullish(),
    ground_truth: z.unknown(),
    metric: z.unknown(),
    response_time: amount,
    input_tokens: amount,
    output_tokens: amount,
    group: text.nullish(),
    cost_usd: amount,
  },
  { error: 'The line is not one JSON object' },
);

/**
 * Reads a routing row of LLMRouter, or of the first pipeline, whose rows have no `embedding_id`.
 * @returns `ROUTING_DATA_BROKEN` with what is wrong; never text of a prompt
 */
export function parseRoutingRow(line: string): Result<RoutingOutcome> {
  const json = jsonOf(line);
  if (json === undefined) return reject('ROUTING_DATA_BROKEN', '', 'Not valid JSON.');
  const parsed = routing.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.map(String).join('.') ?? '';
    return reject('ROUTING_DATA_BROKEN', place, `${issue?.message ?? 'Not a routing row'}.`);
  }
  const { data } = parsed;
  const { embedding_id: id, task_name: task, ground_truth: truth, metric, query, input_tokens, output_tokens } = data;
  return accept({
    question: JSON.stringify(id === null || id === undefined ? [task, query, truth, metric] : [id, query]),
    query,
    task: task === UNNAMED_TASK ? null : (task ?? null),
    group: data.group ?? null,
    outcome: {
      candidate: data.model_name,
      performance: data.performance,
      costUsd: data.cost_usd ?? null,
      responseTimeSeconds: data.response_time ?? null,
    },
    tokens:
      typeof input_tokens === 'number' && typeof output_tokens === 'number'
        ? { input: input_tokens, output: output_tokens }
        : null,
  });
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
