import { SignalboxError, type PolicyResultRecord } from '@signalbox/contracts';
import {
  choose,
  evaluateInDetail,
  predict,
  train,
  type FittedModel,
  type RouterType,
  type TrainingMatrix,
} from '@signalbox/routers';

/** Decisions that are timed, and as many before them that are not. */
const TIMED_DECISIONS = 300;
const BEST_QUALITY = { usd: 0, seconds: 0 } as const;

export interface PolicyFigures {
  quality: number;
  costUsdPerCall: number | null;
}

export interface RouterReport extends PolicyFigures {
  gainOverBestSingle: number | null;
  gainCi95: [number, number] | null;
  gapRecovered: number | null;
  aiq: number | null;
  costSavedAt98: number | null;
  /** Sweep over the tradeoff (quality points per USD), best quality first. */
  frontier: { tradeoff: number | null; quality: number; costUsdPerCall: number }[];
  params: Record<string, number>;
  fitSeconds: number | null;
  decideMicrosecondsP50: number;
  share: Record<string, number>;
  unfamiliarShare: number;
  /** The tradeoff that a deployed version would start with, chosen out of fold, and what it gives on the test prompts. */
  atDefaultTradeoff: PolicyFigures & Pick<RouterReport, 'gainOverBestSingle' | 'gainCi95'> & { usd: number };
}

export interface MatrixEvaluation {
  data: {
    prompts: number;
    candidates: string[];
    split: {
      kind: 'grouped-random' | 'task' | 'file';
      seed: number;
      trainPrompts: number;
      testPrompts: number;
      trainPromptsLeftOutAsLeaks: number;
    };
    /** Test prompts on which every candidate's outcome is known; policies are compared on these. */
    comparedPrompts: number;
  };
  /** The router that a service would register. */
  default: string;
  baselines: {
    random: PolicyFigures;
    /** All null when no candidate's cost is known. */
    cheapest: (PolicyFigures & { candidate: string }) | { candidate: null; quality: null; costUsdPerCall: null };
    bestSingle: PolicyFigures & { candidate: string };
    oracle: PolicyFigures;
    singlesHull: { aiq: number | null };
  };
  routers: Record<string, RouterReport>;
}

export interface MatrixParts {
  train: TrainingMatrix;
  test: TrainingMatrix;
  types: readonly RouterType[];
  seed: number;
  split: MatrixEvaluation['data']['split'];
  /** Seconds of a monotonic clock. */
  now: () => number;
}

/**
 * Fits each type on train and compares it on test, at tradeoff 0 and at the tradeoff that training chose.
 * At least 30 test rows must have the outcome of every candidate.
 */
export function evaluateRouters({ train: trainRows, test, types, seed, split, now }: MatrixParts): MatrixEvaluation {
  const trained = train(trainRows, { types, seed, gatePrompts: test.n, now });
  const first = trained[0];
  if (!first) throw new SignalboxError('INVALID_INPUT', 'No router was named.');
  const cheapest = cheapestOf(first.model);
  const { bestSingle } = first.model;
  const detail = evaluateInDetail({
    models: trained.flatMap(({ type, model }) => [
      { policy: type, model, tradeoff: BEST_QUALITY },
      { policy: `${type} at its tradeoff`, model },
    ]),
    test,
    bestSingle,
    // Without any cost some candidate has to stand in; its figures are not reported.
    cheapest: cheapest ?? bestSingle,
    method: 'outcome-matrix',
  });
  const { record } = detail;
  const resultOf = (policy: string): PolicyResultRecord => {
    const found = record.results.find((result) => result.policy === policy);
    if (found && record.method === 'outcome-matrix') return found;
    throw new Error(`The test rows allow no paired comparison of ${policy}.`);
  };
  const figures = (policy: string): PolicyFigures => {
    const { quality, costUsdPerCall } = resultOf(policy);
    return { quality, costUsdPerCall };
  };
  const routers = Object.fromEntries(
    trained.map(({ type, model, params, fitSeconds, alwaysBestSingle }): [string, RouterReport] => {
      const { gainOverBestSingle, gainCi95, gapRecovered, share } = resultOf(type);
      const own = detail.routers[type];
      const chosen = resultOf(`${type} at its tradeoff`);
      return [
        type,
        {
          ...figures(type),
          gainOverBestSingle,
          gainCi95,
          gapRecovered,
          aiq: own?.aiq ?? null,
          costSavedAt98: own?.costSavedAt98 ?? null,
          frontier: (own?.frontier ?? []).map(({ tradeoff, quality, costUsdPerCall }) => ({
            tradeoff,
            quality,
            costUsdPerCall,
          })),
          params: { ...params, ...(alwaysBestSingle && { alwaysBestSingle: 1 }) },
          fitSeconds,
          decideMicrosecondsP50: decisionMicroseconds(model, test, now),
          share,
          unfamiliarShare: own?.unfamiliarShare ?? 0,
          atDefaultTradeoff: {
            usd: model.tradeoff.usd,
            ...figures(chosen.policy),
            gainOverBestSingle: chosen.gainOverBestSingle,
            gainCi95: chosen.gainCi95,
          },
        },
      ];
    }),
  );
  return {
    data: { prompts: trainRows.n + test.n, candidates: test.candidates, split, comparedPrompts: record.prompts },
    default: first.type,
    baselines: {
      random: figures('random'),
      cheapest:
        cheapest === null
          ? { candidate: null, quality: null, costUsdPerCall: null }
          : { candidate: cheapest, ...figures('cheapest') },
      bestSingle: { candidate: bestSingle, ...figures('bestSingle') },
      oracle: figures('oracle'),
      singlesHull: { aiq: detail.singlesHullAiq },
    },
    routers,
  };
}

/** Lowest mean cost on train, of the candidates whose cost is known; null when none is. */
function cheapestOf(model: FittedModel): string | null {
  const costs = Array.from(model.tensors.costMean?.data ?? []);
  const known = costs.filter((cost) => !Number.isNaN(cost));
  return model.candidates[costs.indexOf(Math.min(...known))] ?? null;
}

/** Median time of one decision on a vector, without the embedding of its text. */
function decisionMicroseconds(model: FittedModel, { vectors, dim, n }: TrainingMatrix, now: () => number): number {
  const times: number[] = [];
  for (let k = 0; k < 2 * TIMED_DECISIONS; k += 1) {
    const i = k % n;
    const vector = vectors.subarray(i * dim, (i + 1) * dim);
    const start = now();
    choose(model, predict(model, vector), model.tradeoff);
    if (k >= TIMED_DECISIONS) times.push((now() - start) * 1e6);
  }
  return times.sort((a, b) => a - b)[TIMED_DECISIONS / 2] ?? 0;
}
