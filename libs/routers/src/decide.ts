import { accept, reject, SignalboxError, type CandidateScoreRecord, type DecisionRecord, type Result, type Tradeoff } from '@signalbox/contracts';
import { faultOf, type CandidateAbility, type DecidableVersion, type DecideOptions } from './decide-input.js';
import type { FittedModel, Prediction } from './model.js';
import { byCodeUnit } from './order.js';
import { predict } from './predict.js';

const REGION_PREFIX = 'region:';

interface Scored {
  candidate: string;
  quality: number;
  costUsd: number | null;
  utility: number;
  /** False when the tradeoff weighs a cost or a time that was never observed. */
  comparable: boolean;
}

/**
 * Chooses a candidate for one prompt. Pure: no clock, no chance but `u`; the same arguments give the same record.
 *
 * Incapable, unavailable and not allowed candidates are masked before scoring. Among the others the highest
 * `quality - tradeoff.usd * cost - tradeoff.seconds * time` is the greedy choice; ties go to the lower cost, then to the name.
 * A candidate whose cost or time is weighed but was never observed comes after all those that can be compared.
 * A constant router, one without a gain out of fold (`alwaysBestSingle`) and an unfamiliar prompt take the best single
 * candidate or, where that is masked, the greedy choice.
 *
 * Exploration is epsilon-greedy over the n available candidates. `u` serves twice: below epsilon the decision explores, and
 * u / epsilon, then uniform on [0, 1), names the candidate; so each has probability epsilon / n, the greedy one 1 - epsilon more.
 *
 * @param vector the prompt's embedding; null when there is none (the embedder is down): then the prompt counts as unfamiliar.
 * @returns `NO_CANDIDATE_ALLOWED` when all are masked, `INVALID_INPUT` for an unknown candidate or a number out of range.
 */
export function decide(
  version: DecidableVersion,
  vector: Float32Array | null,
  options: DecideOptions,
): Result<DecisionRecord> {
  const { model, exploration } = version;
  const fault = faultOf(version, vector, options);
  if (fault) return { ok: false, error: fault };

  const allowed = model.candidates.map((candidate, i) => isAllowed(candidate, version.abilities[i], options));
  const available = model.candidates.filter((_, i) => allowed[i]);
  const masked = model.candidates.filter((_, i) => !allowed[i]);
  if (available.length === 0) {
    return reject('NO_CANDIDATE_ALLOWED', '', `All candidates of ${version.name} are masked: ${masked.join(', ')}.`);
  }

  const prediction = expectations(model, vector);
  const scored = score(model.candidates, prediction, options.tradeoff ?? model.tradeoff).filter((_, i) => allowed[i]);
  const takesBestSingle = model.type === 'constant' || model.params.alwaysBestSingle === 1 || !prediction.familiar;
  const [best] = scored.toSorted(byPreference);
  const greedy = takesBestSingle && available.includes(model.bestSingle) ? model.bestSingle : best?.candidate;

  const { epsilon } = exploration;
  const scores = scored.map(({ candidate, quality, costUsd }): CandidateScoreRecord => {
    const probability = epsilon / available.length + (candidate === greedy ? 1 - epsilon : 0);
    return { candidate, expectedQuality: quality, expectedCostUsd: costUsd, probability };
  });
  const explored = options.u < epsilon;
  // u / epsilon can round up to 1.
  const drawn = Math.min(Math.floor((options.u / epsilon) * available.length), available.length - 1);
  const chosen = explored ? scores[drawn] : scores.find(({ candidate }) => candidate === greedy);
  if (!chosen) throw new SignalboxError('INTERNAL', `${version.name} chose a candidate that it did not score.`);
  return accept({
    candidate: chosen.candidate,
    propensity: chosen.probability,
    explored,
    fellBack: !prediction.familiar,
    masked,
    routerVersion: version.name,
    scores,
  });
}

function isAllowed(candidate: string, ability: CandidateAbility | undefined, options: DecideOptions): boolean {
  if (!ability?.available) return false;
  if (options.candidates && !options.candidates.includes(candidate)) return false;
  const { maxInputTokens, capabilities, regions } = ability;
  if (options.inputTokens !== undefined && maxInputTokens !== null && options.inputTokens > maxInputTokens) return false;
  return (options.requires ?? []).every((need) =>
    need.startsWith(REGION_PREFIX) ? regions.includes(need.slice(REGION_PREFIX.length)) : capabilities.includes(need),
  );
}

/** Without a vector all that is known of a candidate is its mean. */
function expectations(model: FittedModel, vector: Float32Array | null): Prediction {
  if (vector !== null && model.type !== 'constant') return predict(model, vector);
  const mean = (name: string): Float64Array => Float64Array.from(model.tensors[name]?.data ?? []);
  return {
    quality: mean('qualityMean'),
    costUsd: mean('costMean'),
    seconds: mean('secondsMean'),
    familiar: model.type === 'constant',
  };
}

function score(candidates: string[], prediction: Prediction, tradeoff: Tradeoff): Scored[] {
  return candidates.map((candidate, i) => {
    const quality = prediction.quality[i] ?? NaN;
    const costUsd = numberOrNull(prediction.costUsd[i]);
    const seconds = numberOrNull(prediction.seconds[i]);
    const comparable = (tradeoff.usd === 0 || costUsd !== null) && (tradeoff.seconds === 0 || seconds !== null);
    const utility = quality - tradeoff.usd * (costUsd ?? 0) - tradeoff.seconds * (seconds ?? 0);
    return { candidate, quality, costUsd, utility, comparable };
  });
}

function byPreference(a: Scored, b: Scored): number {
  if (a.comparable !== b.comparable) return a.comparable ? -1 : 1;
  if (a.utility !== b.utility) return b.utility - a.utility;
  const [costA, costB] = [a.costUsd ?? Infinity, b.costUsd ?? Infinity];
  if (costA !== costB) return costA - costB;
  return byCodeUnit(a.candidate, b.candidate);
}

function numberOrNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
