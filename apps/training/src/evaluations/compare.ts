import type { DatasetRow, EvaluationRecord, ProblemRecord } from '@signalbox/contracts';
import {
  choose,
  evaluate,
  matrixOf,
  predict,
  type EvaluatedModel,
  type FittedModel,
  type TrainingMatrix,
} from '@signalbox/routers';

/** A policy of the gate as JSON: an unknown cost is null. By prompt, same prompts and order for all policies. */
export interface StoredGatePolicy {
  name: string;
  choices: string[];
  quality: number[];
  costUsd: (number | null)[];
}

/** What `gate` of libs/routers takes, but for how many gates there were before. */
export interface StoredGateInput {
  challenger: StoredGatePolicy;
  champion: StoredGatePolicy;
  bestSingle: StoredGatePolicy;
  /** Cluster of each prompt. */
  groups: string[];
}

export interface CompareInput {
  /** The test part. */
  test: readonly DatasetRow[];
  candidates: readonly string[];
  vectorOf: (textHash: string) => Float32Array | undefined;
  /** The default router first. */
  models: readonly FittedModel[];
  champion: { name: string; model: FittedModel } | null;
  spent: { judgeUsd: number; replayUsd: number; calls: number } | null;
}

/**
 * Compares routers on prompts that training never saw. Pure. Qualities come from the random replay alone, where every candidate
 * was asked; the support of the logs comes from the prompts that were only logged. Without a replay the record says what logs
 * allow, or why they allow nothing, and there is nothing for a gate to decide on.
 */
export function compare(input: CompareInput): { record: EvaluationRecord; gateInputs: (StoredGateInput | null)[] } {
  const { test, candidates, vectorOf, models, champion, spent } = input;
  const replayed = test.filter((row) => row.inRandomSlice && Object.keys(row.replayed).length > 0);
  const onlyLogged = test.filter((row) => Object.keys(row.replayed).length === 0);
  const pairedMatrix = matrixOf(replayed, candidates, vectorOf).matrix;
  const loggedMatrix = matrixOf(onlyLogged, candidates, vectorOf).matrix;
  const [main] = models;
  const policies: EvaluatedModel[] = models.map((model) => ({ model }));
  if (champion) policies.push({ policy: 'champion', model: champion.model });
  const common = {
    models: policies,
    bestSingle: main?.bestSingle ?? '',
    cheapest: main ? cheapestOf(main) : '',
    method: 'paired-replay' as const,
    ...(spent && { spent }),
  };
  const paired = evaluate({ ...common, test: pairedMatrix });
  const fromLogs = evaluate({ ...common, test: loggedMatrix });
  const { effectiveSampleSize, unsupportedShare } = fromLogs;
  const rows = completeRows(pairedMatrix);
  const observedShare = test.length > 0 ? rows.length / test.length : 0;
  const unfamiliarShare = joined([paired, pairedMatrix.n], [fromLogs, loggedMatrix.n]);
  const shared = { effectiveSampleSize, unsupportedShare, observedShare, unfamiliarShare };
  if (paired.method !== 'paired-replay') {
    const refused = [tooFewReplayed(rows.length), ...fromLogs.refused];
    return { record: { ...fromLogs, ...shared, refused }, gateInputs: models.map(() => null) };
  }
  const gateInputs = models.map((model) => champion && gateInputOf(pairedMatrix, rows, model, champion));
  return { record: { ...paired, ...shared }, gateInputs };
}

/** By the mean cost on train; the best single candidate where no cost is known. */
function cheapestOf({ candidates, bestSingle, tensors }: FittedModel): string {
  const costs = Array.from(tensors.costMean?.data ?? [], (cost, c) => ({ cost, name: candidates[c] ?? bestSingle }));
  const known = costs.filter(({ cost }) => Number.isFinite(cost)).sort((a, b) => a.cost - b.cost);
  return known[0]?.name ?? bestSingle;
}

/** Rows on which every candidate's quality is known. */
function completeRows({ n, candidates, quality }: TrainingMatrix): number[] {
  const m = candidates.length;
  return Array.from({ length: n }, (_, i) => i).filter((i) => !quality.subarray(i * m, (i + 1) * m).some(Number.isNaN));
}

function joined(...parts: [EvaluationRecord, number][]): number | null {
  const known = parts.filter(([record]) => record.unfamiliarShare !== null);
  const prompts = known.reduce((sum, [, n]) => sum + n, 0);
  if (prompts === 0) return null;
  return known.reduce((sum, [record, n]) => sum + (record.unfamiliarShare ?? 0) * n, 0) / prompts;
}

function tooFewReplayed(complete: number): ProblemRecord {
  const least = 30; // what `evaluate` of libs/routers compares at the least
  const message =
    complete < least
      ? `paired: ${complete} prompts of the test part have the outcome of every candidate; ${least - complete} more are needed.`
      : 'paired: a candidate has no outcome on any prompt of the test part.';
  return {
    code: 'TOO_FEW_PROMPTS',
    message,
    nextStep: 'Replay more prompts: give triggerRetrain a replayEndpoint and a replayBudgetUsd.',
  };
}

function gateInputOf(
  matrix: TrainingMatrix,
  rows: readonly number[],
  model: FittedModel,
  champion: { name: string; model: FittedModel },
): StoredGateInput {
  const best = matrix.candidates.indexOf(model.bestSingle);
  return {
    challenger: policyOf(`challenger (${model.type})`, matrix, rows, choicesOf(matrix, model)),
    champion: policyOf(`champion ${champion.name}`, matrix, rows, choicesOf(matrix, champion.model)),
    bestSingle: policyOf(`best single candidate ${model.bestSingle}`, matrix, rows, () => best),
    groups: rows.map((i) => matrix.groups[i] ?? ''),
  };
}

function choicesOf({ vectors, dim }: TrainingMatrix, model: FittedModel): (row: number) => number {
  return (i) => choose(model, predict(model, vectors.subarray(i * dim, (i + 1) * dim)), model.tradeoff);
}

function policyOf(
  name: string,
  { candidates, quality, costUsd }: TrainingMatrix,
  rows: readonly number[],
  choiceOf: (row: number) => number,
): StoredGatePolicy {
  const m = candidates.length;
  const choices = rows.map(choiceOf);
  const at = (values: Float64Array): number[] => rows.map((i, k) => values[i * m + (choices[k] ?? 0)] ?? NaN);
  return {
    name,
    choices: choices.map((c) => candidates[c] ?? ''),
    quality: at(quality),
    costUsd: at(costUsd).map((cost) => (Number.isNaN(cost) ? null : cost)),
  };
}
