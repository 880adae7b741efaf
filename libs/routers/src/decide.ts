import {
  accept,
  reject,
  SignalboxError,
  type CandidateScoreRecord,
  type DecisionRecord,
  type Result,
} from '@signalbox/contracts';
import { choose } from './choose.js';
import { faultOf, type CandidateAbility, type DecidableVersion, type DecideOptions } from './decide-input.js';
import type { FittedModel, Prediction } from './model.js';
import { predict } from './predict.js';

const REGION_PREFIX = 'region:';

/**
 * Chooses a candidate for one prompt. Pure: no clock, no chance but `u`; the same arguments give the same record.
 *
 * Incapable, unavailable and not allowed candidates are masked before scoring. Among the others `choose` names the greedy
 * candidate, by the very rule that evaluation scores: the highest quality - usd * cost - seconds * time, or the best single
 * candidate for an unfamiliar prompt and for a router without a gain out of fold.
 *
 * Exploration is epsilon-greedy over the n available candidates. `u` serves twice: below epsilon the decision explores, and
 * u / epsilon, then uniform on [0, 1), names the candidate. So each has probability epsilon / n, the greedy one 1 - epsilon more.
 *
 * @param vector the prompt's embedding, unit-norm; null when there is none (the embedder is down): the prompt counts as unfamiliar
 * @returns `NO_CANDIDATE_ALLOWED` when all are masked, `INVALID_INPUT` for an unknown candidate, a vector of another length or a
 *   number out of range, `ARTIFACT_INVALID` for a version whose parts do not fit each other
 */
export function decide(
  version: DecidableVersion,
  vector: Float32Array | null,
  options: DecideOptions,
): Result<DecisionRecord> {
  const { model, exploration } = version;
  const fault = faultOf(version, vector, options);
  if (fault) return { ok: false, error: fault };

  const reasons = model.candidates.map((candidate, i) => reasonsAgainst(candidate, version.abilities[i], options));
  const allowed = reasons.map((against) => against.length === 0);
  const masked = model.candidates.filter((_, i) => !allowed[i]);
  const prediction = vector === null ? meanPrediction(model) : predict(model, vector);
  const greedy = choose(model, prediction, options.tradeoff ?? model.tradeoff, allowed);
  if (greedy < 0) {
    return reject(
      'NO_CANDIDATE_ALLOWED',
      '',
      `All candidates of ${version.name} are masked: ${maskedBy(model, reasons)}.`,
    );
  }

  const { epsilon } = exploration;
  const available = model.candidates.flatMap((_, i) => (allowed[i] ? [i] : []));
  const explored = options.u < epsilon;
  // u / epsilon can round up to 1.
  const drawn = Math.min(Math.floor((options.u / epsilon) * available.length), available.length - 1);
  const scores = available.map((i): CandidateScoreRecord => ({
    candidate: model.candidates[i] ?? '',
    expectedQuality: prediction.quality[i] ?? NaN,
    expectedCostUsd: numberOrNull(prediction.costUsd[i]),
    probability: epsilon / available.length + (i === greedy ? 1 - epsilon : 0),
  }));
  const chosen = scores[explored ? drawn : available.indexOf(greedy)];
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

/** What masks a candidate, each as the argument that asks for it; nothing when it may be chosen. */
function reasonsAgainst(candidate: string, ability: CandidateAbility | undefined, options: DecideOptions): string[] {
  const { candidates, inputTokens, requires = [] } = options;
  const { maxInputTokens = null, capabilities = [], regions = [] } = ability ?? {};
  const missing = requires.filter((need) =>
    need.startsWith(REGION_PREFIX) ? !regions.includes(need.slice(REGION_PREFIX.length)) : !capabilities.includes(need),
  );
  return [
    ...(ability?.available ? [] : ['unavailable']),
    ...(candidates && !candidates.includes(candidate) ? ['not among candidates'] : []),
    ...(inputTokens !== undefined && maxInputTokens !== null && inputTokens > maxInputTokens
      ? [`inputTokens ${inputTokens}`]
      : []),
    ...missing.map((need) => `requires ${JSON.stringify(need)}`),
  ];
}

/** `requires "tools": small; unavailable: large`, in the order in which the reasons first stand. */
function maskedBy({ candidates }: FittedModel, reasons: readonly string[][]): string {
  const distinct = [...new Set(reasons.flat())];
  return distinct
    .map((reason) => `${reason}: ${candidates.filter((_, i) => reasons[i]?.includes(reason)).join(', ')}`)
    .join('; ');
}

/** Without a vector all that is known of a candidate is its mean; only a constant never needed more. */
function meanPrediction(model: FittedModel): Prediction {
  const mean = (name: string): Float64Array => Float64Array.from(model.tensors[name]?.data ?? []);
  return {
    quality: mean('qualityMean'),
    costUsd: mean('costMean'),
    seconds: mean('secondsMean'),
    familiar: model.type === 'constant',
  };
}

function numberOrNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
