import type { DatasetRow, EvaluationRecord, ExplorationPolicy, JudgeRecord, ProblemRecord } from '@signalbox/contracts';
import {
  availableCandidates,
  choose,
  DEFAULT_EXPLORATION,
  evaluate,
  fullyObserved,
  matrixOf,
  predict,
  selectRows,
  type CheckedAnswer,
  type EvaluatedModel,
  type FittedModel,
  type MatrixOptions,
  type TrainingMatrix,
} from '@signalbox/routers';
import type { Champion, Spent } from '../work/tasks.js';

/** A policy of the gate as JSON: an unknown cost is null. By prompt, same prompts and order for all policies. */
interface StoredGatePolicy {
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
  /** What stands behind the outcomes, for the report of the gate. */
  notes: string[];
}

export interface CompareInput {
  /** The test part. */
  test: readonly DatasetRow[];
  /** Rows of any part whose logged answer people and a judge scored. */
  checked: readonly DatasetRow[];
  /** Calls of the test part, with an outcome or without. */
  testCalls: number;
  options: MatrixOptions;
  candidates: readonly string[];
  vectorOf: (textHash: string) => Float32Array | undefined;
  /** The default router first. */
  models: readonly FittedModel[];
  champion: ComparedChampion | null;
  spent: Spent | null;
  /** Whose scores are in the dataset, train as well. */
  judges: readonly JudgeRecord[];
}

export type ComparedChampion = Omit<Champion, 'model' | 'own'> & {
  model: FittedModel;
  /** By row, of a champion that reads vectors of another space than the dataset's. */
  vectorOf?: (id: string) => Float32Array;
};

/** The yardstick of all metrics together. */
const METRIC = 'METRIC';
/** What `evaluate` of libs/routers compares at the least. */
const MIN_PAIRED_PROMPTS = 30;
/** Sums of money depend on the order in which answers arrived, in the last digits of a float. */
const USD_STEPS = 1e9;

/**
 * Compares routers on prompts that training never saw. Pure. Qualities come from the random replay alone, where every candidate
 * was asked; the support of the logs comes from the prompts that were only logged. Without a replay the record says what logs
 * allow, or why they allow nothing, and there is nothing for a gate to decide on.
 *
 * Every router is valued with the exploration that it is or would be deployed with. All are compared on prompts that the champion was
 * not trained on either; when these are too few, the champion is left out, and with it what a gate needs.
 */
export function compare(input: CompareInput): { record: EvaluationRecord; gateInputs: (StoredGateInput | null)[] } {
  const { candidates, vectorOf, models, options } = input;
  const layOut = (rows: readonly DatasetRow[]): TrainingMatrix => matrixOf(rows, candidates, vectorOf, options).matrix;
  const { test, champion, refused: seen } = unseenByChampion(input, layOut);
  const { matrix: pairedMatrix, refused: mixed } = oneJudge(layOut(replayedAtRandom(test)));
  const loggedMatrix = layOut(test.filter((row) => Object.keys(row.replayed).length === 0));
  const [main] = models;
  const policies: EvaluatedModel[] = models.map((model) => ({ model, exploration: DEFAULT_EXPLORATION }));
  if (champion) policies.push({ policy: 'champion', ...champion });
  const { spent, refused: unpriced } = pricedSpending(input.spent);
  const common = {
    models: policies,
    bestSingle: main?.bestSingle ?? '',
    cheapest: main ? cheapestOf(main, availableCandidates(pairedMatrix)) : '',
    method: 'paired-replay' as const,
    checked: checkedAnswers(input, new Set(test)),
    ...(spent && { spent }),
  };
  const paired = evaluate({ ...common, test: pairedMatrix });
  const fromLogs = evaluate({ ...common, test: loggedMatrix });
  const { effectiveSampleSize, unsupportedShare } = fromLogs;
  const rows = completeRows(pairedMatrix);
  const observedShare = input.testCalls > 0 ? rows.length / input.testCalls : 0;
  const unfamiliarShare = joined([paired, pairedMatrix.n], [fromLogs, loggedMatrix.n]);
  const told = ({ notes }: EvaluationRecord) => ({
    judges: [...input.judges],
    notes: [...ungatedNotes(input.judges), ...notes],
  });
  const shared = { effectiveSampleSize, unsupportedShare, observedShare, unfamiliarShare };
  if (paired.method !== 'paired-replay') {
    const refused = [tooFewReplayed(rows.length), ...mixed, ...seen, ...fromLogs.refused];
    return {
      record: rounded({ ...fromLogs, ...shared, ...told(fromLogs), refused }),
      gateInputs: models.map(() => null),
    };
  }
  const { notes } = told(paired);
  const gateInputs = models.map((model) => champion && { ...gateInputOf(pairedMatrix, rows, model, champion), notes });
  const refused = [
    ...paired.refused,
    ...mixed,
    ...seen,
    ...unpriced,
    ...leftOut(pairedMatrix, rows.length),
    ...refusedByLogs(fromLogs, loggedMatrix.n),
  ];
  const record = rounded({ ...paired, ...shared, ...told(paired), refused });
  if (unpriced.length === 0) return { record, gateInputs };
  const results = record.results.map((result) => ({ ...result, savedNetUsdPerCall: null }));
  return { record: { ...record, results }, gateInputs };
}

/**
 * One comparison takes one version of one judge beside metrics: the one that scored most rows that are complete. What another scored is
 * left out and counted.
 */
function oneJudge(matrix: TrainingMatrix): { matrix: TrainingMatrix; refused: ProblemRecord[] } {
  const nameOf = (i: number): string => matrix.yardsticks?.[i]?.name ?? METRIC;
  const complete = Map.groupBy(completeRows(matrix), nameOf);
  complete.delete(METRIC);
  const [[main] = [], ...others] = [...complete].sort(
    ([nameA, a], [nameB, b]) => b.length - a.length || (nameA < nameB ? -1 : 1),
  );
  if (others.length === 0) return { matrix, refused: [] };
  const kept = Array.from({ length: matrix.n }, (_, i) => i).filter((i) => [METRIC, main].includes(nameOf(i)));
  const left = others.map(([name, rows]) => `${rows.length} by ${name}`).join(', ');
  const message = `paired: prompts scored by another labeler than ${main} are left out, since one comparison takes one version of one labeler: ${left}.`;
  const nextStep = 'Replay these prompts again, so that one judge scores the answers to all of them.';
  return { matrix: selectRows(matrix, kept), refused: [{ code: 'TOO_FEW_LABELS', message, nextStep }] };
}

/** @param unseen the rows of which the compared routers know nothing */
function checkedAnswers(
  { checked, candidates, vectorOf }: CompareInput,
  unseen: ReadonlySet<DatasetRow>,
): CheckedAnswer[] {
  return checked.flatMap((row) => {
    const candidate = candidates.indexOf(row.loggedCandidate ?? '');
    if (candidate < 0 || !row.checked) return [];
    const { people, judges } = row.checked;
    const vector = unseen.has(row) ? (vectorOf(row.textHash) ?? null) : null;
    return Object.entries(judges).map(([judge, score]) => ({
      ...{ id: row.id, judge, candidate, group: row.group, error: people - score, vector },
    }));
  });
}

/** A user who reads a report shall see that somebody let in scores which had not earned it. */
function ungatedNotes(judges: readonly JudgeRecord[]): string[] {
  return judges
    .filter(({ passedGate }) => !passedGate)
    .map(
      ({ judge, outcomes, reason }) =>
        `${outcomes} outcomes of the dataset are scores of the judge ${judge}, which had not passed its gate: ${reason} They count by allowUncalibrated, of the labeler or of LABEL_POLICY.`,
    );
}

function replayedAtRandom(test: readonly DatasetRow[]): DatasetRow[] {
  return test.filter((row) => row.inRandomSlice && Object.keys(row.replayed).length > 0);
}

/** A group with a member that the champion may have been trained on tells it about the others. */
function unseenByChampion(
  { test, champion }: CompareInput,
  layOut: (rows: readonly DatasetRow[]) => TrainingMatrix,
): { test: readonly DatasetRow[]; champion: ComparedChampion | null; refused: ProblemRecord[] } {
  const from = champion?.unseenFromMs ?? null;
  if (champion === null || from === null) return { test, champion, refused: [] };
  const maySee = (row: DatasetRow): boolean => row.startedAt === null || row.startedAt < from;
  const seen = new Set(test.filter(maySee).map(({ group }) => group));
  const unseen = test.filter(({ group }) => !seen.has(group));
  const complete = completeRows(layOut(replayedAtRandom(unseen))).length;
  if (seen.size === 0 || complete >= MIN_PAIRED_PROMPTS) return { test: unseen, champion, refused: [] };
  const message =
    `champion: ${champion.name} may have been trained on prompts before ${new Date(from).toISOString()}; ` +
    `after that ${complete} prompts of the test part have the outcome of every candidate, ${MIN_PAIRED_PROMPTS} are needed.`;
  const nextStep = 'Read newer traces, or take a smaller testShare, so that the test part begins after that time.';
  return { test, champion: null, refused: [{ code: 'TOO_FEW_PROMPTS', message, nextStep }] };
}

function pricedSpending(spent: Spent | null): { spent: Spent | null; refused: ProblemRecord[] } {
  if (spent === null) return { spent, refused: [] };
  const { judgeUsd, replayUsd, unpriced } = spent;
  const known = { ...spent, judgeUsd: inUsdSteps(judgeUsd), replayUsd: inUsdSteps(replayUsd) };
  if (unpriced === 0) return { spent: known, refused: [] };
  const message = `savedNet: the price of ${unpriced} answers of judges and candidates is not known, so what was spent is not either.`;
  const nextStep = 'Give the candidates and the judge their inputPrice and outputPrice, and retrain.';
  return { spent: known, refused: [{ code: 'INVALID_INPUT', message, nextStep }] };
}

/** Replayed prompts that are in no comparison, by the candidates whose answers are missing. */
function leftOut(matrix: TrainingMatrix, complete: number): ProblemRecord[] {
  if (complete === matrix.n) return [];
  const available = availableCandidates(matrix);
  const missing = matrix.candidates.flatMap((name, c) => {
    const count = fullyObserved(
      matrix,
      available.map((is, k) => is && k === c),
    ).filter((known) => !known).length;
    return count > 0 ? [`${name} has none on ${count}`] : [];
  });
  const message = `paired: ${matrix.n - complete} of ${matrix.n} replayed prompts are left out, since a scored answer is missing: ${missing.join(', ')}.`;
  const nextStep = 'See the outcomes of the replay for the reasons, and replay again where a candidate failed.';
  return [{ code: 'TOO_FEW_LABELS', message, nextStep }];
}

/** The oracle that logs cannot give is in the paired comparison. */
function refusedByLogs({ refused }: EvaluationRecord, rows: number): ProblemRecord[] {
  if (rows === 0) return [];
  return refused
    .filter(({ code }) => code !== 'ORACLE_UNAVAILABLE')
    .map((problem) => ({ ...problem, message: `prompts that were only logged: ${problem.message}` }));
}

function rounded(record: EvaluationRecord): EvaluationRecord {
  const orNull = (usd: number | null): number | null => (usd === null ? null : inUsdSteps(usd));
  return {
    ...record,
    results: record.results.map((result) => ({
      ...result,
      costUsdPerCall: orNull(result.costUsdPerCall),
      savedNetUsdPerCall: orNull(result.savedNetUsdPerCall),
    })),
    frontier: record.frontier.map((point) => ({ ...point, costUsdPerCall: inUsdSteps(point.costUsdPerCall) })),
  };
}

function inUsdSteps(usd: number): number {
  return Math.round(usd * USD_STEPS) / USD_STEPS;
}

/** By the mean cost on train; the best single candidate where no cost is known. */
function cheapestOf({ candidates, bestSingle, tensors }: FittedModel, available: readonly boolean[]): string {
  const costs = Array.from(tensors.costMean?.data ?? [], (cost, c) => ({ cost, name: candidates[c] ?? bestSingle }));
  const known = costs.filter(({ cost }, c) => available[c] && Number.isFinite(cost)).sort((a, b) => a.cost - b.cost);
  return known[0]?.name ?? bestSingle;
}

/** Rows that were asked of every available candidate, with a known quality. */
function completeRows(matrix: TrainingMatrix): number[] {
  return fullyObserved(matrix, availableCandidates(matrix)).flatMap((is, i) => (is ? [i] : []));
}

function joined(...parts: [EvaluationRecord, number][]): number | null {
  const known = parts.filter(([record]) => record.unfamiliarShare !== null);
  const prompts = known.reduce((sum, [, n]) => sum + n, 0);
  if (prompts === 0) return null;
  return known.reduce((sum, [record, n]) => sum + (record.unfamiliarShare ?? 0) * n, 0) / prompts;
}

function tooFewReplayed(complete: number): ProblemRecord {
  const message =
    complete < MIN_PAIRED_PROMPTS
      ? `paired: ${complete} prompts of the test part have the outcome of every candidate; ${MIN_PAIRED_PROMPTS - complete} more are needed.`
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
  champion: ComparedChampion,
): Omit<StoredGateInput, 'notes'> {
  const best = matrix.candidates.indexOf(model.bestSingle);
  const policy = (name: string, choiceOf: (row: number) => number, exploration: ExplorationPolicy) =>
    policyOf(name, matrix, rows, { choiceOf, exploration });
  return {
    challenger: policy(`challenger (${model.type})`, choicesOf(matrix, model), DEFAULT_EXPLORATION),
    champion: policy(
      `champion ${champion.name}`,
      choicesOf(matrix, champion.model, champion.vectorOf),
      champion.exploration,
    ),
    bestSingle: policy(`best single candidate ${model.bestSingle}`, () => best, { epsilon: 0 }),
    groups: rows.map((i) => matrix.groups[i] ?? ''),
  };
}

function choicesOf(
  matrix: TrainingMatrix,
  model: FittedModel,
  vectorOf?: ComparedChampion['vectorOf'],
): (row: number) => number {
  const { ids, vectors, dim } = matrix;
  const available = availableCandidates(matrix);
  return (i) => {
    const vector = vectorOf?.(ids[i] ?? '') ?? vectors.subarray(i * dim, (i + 1) * dim);
    return choose(model, predict(model, vector), model.tradeoff, available);
  };
}

/** Choices are the greedy ones: exploring alone makes no other policy. Quality and cost are those of the policy with exploration. */
function policyOf(
  name: string,
  matrix: TrainingMatrix,
  rows: readonly number[],
  { choiceOf, exploration }: { choiceOf: (row: number) => number; exploration: ExplorationPolicy },
): StoredGatePolicy {
  const { candidates, quality, costUsd } = matrix;
  const { epsilon } = exploration;
  const m = candidates.length;
  const available = availableCandidates(matrix).flatMap((is, c) => (is ? [c] : []));
  const choices = rows.map(choiceOf);
  const at = (values: Float64Array): number[] =>
    rows.map((i, k) => {
      const chosen = values[i * m + (choices[k] ?? 0)] ?? NaN;
      if (epsilon === 0) return chosen;
      const explored = available.reduce((sum, c) => sum + (values[i * m + c] ?? NaN), 0) / available.length;
      return (1 - epsilon) * chosen + epsilon * explored;
    });
  return {
    name,
    choices: choices.map((c) => candidates[c] ?? ''),
    quality: at(quality),
    costUsd: at(costUsd).map((cost) => (Number.isNaN(cost) ? null : cost)),
  };
}
