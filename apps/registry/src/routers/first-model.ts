import type { DatasetRow } from '@signalbox/contracts';
import { constantFitter, matrixOf, type FittedModel, type Tensor } from '@signalbox/routers';
import type { LabelledCall } from './evidence.repository.js';
import type { CandidateSettings } from './router-settings.js';

/** With fewer scored answers a mean is off by more than candidates differ. */
const ENOUGH_LABELS = 20;
/** The order in which labels are believed; see the label policy of scoring. */
const KINDS = ['METRIC', 'HUMAN', 'JUDGE', 'FEEDBACK'];

export interface FirstModel {
  model: FittedModel;
  /** For the manifest: `labels` used (null: labels could not be read), of which kind, and `knownCandidates` with 20 or more. */
  metrics: Record<string, number | null>;
}

/** Whether a manifest is of a version that chose without labels: nothing is known about its candidates. */
export function knowsNothing({ routerType, metrics }: { routerType: string; metrics: FirstModel['metrics'] }): boolean {
  return routerType === 'constant' && metrics.knownCandidates === 0;
}

/**
 * Version 1 of a router: always the candidate that is best by the labels there are, or the first one named (that is available) when
 * no candidate has 20 labels of one yardstick.
 *
 * One comparison uses one yardstick: a labeler at one version, or all task metrics together, since the prompt and not the candidate
 * says which metric scores it. The yardstick that compares most candidates is taken, then the one believed first.
 * Candidates that are not available are described by their labels, and never chosen.
 *
 * @param calls null when labels cannot be read
 */
export function firstModel(
  candidates: readonly CandidateSettings[],
  calls: readonly LabelledCall[] | null,
): FirstModel {
  const names = candidates.map(({ name }) => name);
  const available = candidates.filter((candidate) => candidate.available).map(({ name }) => name);
  const choosable = available.length > 0 ? available : names;
  const yardstick = bestYardstick(rowsByYardstick(candidates, new Set(choosable), calls ?? []));
  if (!yardstick || yardstick.known === 0) {
    return {
      model: uninformed(names, choosable[0] ?? ''),
      metrics: { labels: calls === null ? null : (yardstick?.rows.length ?? 0), knownCandidates: 0 },
    };
  }
  const rowsOfChoosable = yardstick.rows.filter(({ loggedCandidate }) => choosable.includes(loggedCandidate ?? ''));
  const { bestSingle } = constantModel(rowsOfChoosable, choosable);
  return {
    model: { ...constantModel(yardstick.rows, names), bestSingle },
    metrics: {
      labels: yardstick.rows.length,
      [`labels.${yardstick.kind}`]: yardstick.rows.length,
      knownCandidates: yardstick.known,
    },
  };
}

function constantModel(rows: readonly DatasetRow[], names: readonly string[]): FittedModel {
  return constantFitter.fit(matrixOf(rows, names, () => new Float32Array(0)).matrix, {}, { seed: 0 });
}

interface Yardstick {
  kind: string;
  rows: DatasetRow[];
  /** Candidates that may be chosen and have enough labels. */
  known: number;
}

function rowsByYardstick(
  candidates: readonly CandidateSettings[],
  choosable: ReadonlySet<string>,
  calls: readonly LabelledCall[],
): Yardstick[] {
  const byLabel = new Map(
    candidates.flatMap(({ name, aliases }) => [name, ...aliases].map((label) => [label.toLowerCase(), name])),
  );
  const yardsticks = new Map<string, { kind: string; rows: DatasetRow[]; counts: Map<string, number> }>();
  for (const call of calls) {
    const answered = byLabel.get(call.responseModel ?? '') ?? byLabel.get(call.modelName ?? '');
    if (answered === undefined) continue;
    const key = call.kind === 'METRIC' ? 'METRIC' : call.labeler;
    const yardstick = yardsticks.get(key) ?? { kind: call.kind, rows: [], counts: new Map<string, number>() };
    yardsticks.set(key, yardstick);
    yardstick.rows.push(rowOf(call, answered, byLabel.get(call.chosenCandidate ?? '')));
    yardstick.counts.set(answered, (yardstick.counts.get(answered) ?? 0) + 1);
  }
  return [...yardsticks.values()].map(({ kind, rows, counts }) => ({
    kind,
    rows,
    known: [...counts].filter(([name, count]) => choosable.has(name) && count >= ENOUGH_LABELS).length,
  }));
}

function bestYardstick(yardsticks: readonly Yardstick[]): Yardstick | undefined {
  const [best] = [...yardsticks].sort(
    (a, b) => b.known - a.known || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || b.rows.length - a.rows.length,
  );
  return best;
}

function rowOf(call: LabelledCall, answered: string, chosen: string | undefined): DatasetRow {
  // A retry or fallback answered where the choice was another: its chance is not the one that was logged.
  const propensity = chosen === answered ? call.propensity : null;
  return {
    id: call.id,
    textHash: '',
    query: '',
    task: null,
    group: call.id,
    part: 'train',
    startedAt: null,
    loggedCandidate: answered,
    probabilities: null,
    logged: {
      performance: call.performance,
      responseTimeSeconds: call.responseTimeSeconds,
      source: 'logged',
      labeler: call.labeler,
      ...(call.costUsd !== null && { costUsd: call.costUsd }),
      ...(propensity !== null && { propensity }),
    },
    replayed: {},
    inRandomSlice: false,
  };
}

/** All candidates are marked as never observed: their equal means are a form, not a finding. */
function uninformed(names: readonly string[], bestSingle: string): FittedModel {
  const filled = (value: number): Tensor => ({
    shape: [names.length],
    data: new Float32Array(names.length).fill(value),
  });
  return {
    type: 'constant',
    candidates: [...names],
    dim: 0,
    bestSingle,
    params: { alwaysBestSingle: 1, ...Object.fromEntries(names.map((name) => [`unobserved:${name}`, 1])) },
    tensors: { qualityMean: filled(0), costMean: filled(NaN), secondsMean: filled(NaN) },
    tradeoff: { usd: 0, seconds: 0 },
  };
}
