import { Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { equalStrata, targetedSample } from '@signalbox/datasets';
import { effectiveSize } from '@signalbox/routers';
import type { LoadedVersion } from '@signalbox/runtime';
import { isUnfiltered } from '../calls/call-filter.js';
import { PoolRepository, type PooledCall } from './pool.repository.js';
import { PromptVectors } from './prompt-vectors.js';
import { ReplaySampling } from './replay.input.js';
import type { ReplayRow } from './replay.repository.js';
import { RouterChoices, type Choice } from './router-choices.js';
import { SamplePlanner } from './sample-planner.js';

/** Of each replay, what is drawn uniformly, whatever the rest is after: only of that may an evaluation be made. */
const RANDOM_SHARE = 0.2;
/** Among so many times the prompts that are wanted the strata and the uncertain ones are looked for. */
const POOL_FACTOR = 5;
/** Their vectors are 40 MB. */
const MOST_POOLED = 20_000;
/** Prompts on which the two best candidates are equal are drawn twenty-one times as often as those on which they are a point apart. */
const LEAST_MARGIN = 0.05;

/** A prompt that was drawn. */
export interface PlannedPrompt {
  call: PooledCall;
  inclusion: number;
  inRandomSlice: boolean;
  /** What the challenger chooses, by the name to ask it by, and whether that is another one than answered; null where nobody asked. */
  chosen: { candidate: string; differs: boolean; expectedQuality: number; expectedOfLogged: number | null } | null;
}

export interface TargetedPlan {
  prompts: PlannedPrompt[];
  /** Prompts of equal weight that would tell as much. */
  effectivePrompts: number;
  /** Calls that were looked at, of which the version may choose no candidate. */
  leftOut: number;
}

export interface TargetedWish {
  /** Which logged answers a new one can be compared with; null where none is. */
  comparable: { models: readonly string[]; labelers: readonly string[] } | null;
  /** Candidate of the router by its names in lower case. */
  candidateOf: ReadonlyMap<string, string>;
}

/** Draws the prompts of a replay that is after some more than others, or that asks only where a challenger chooses otherwise. */
@Injectable()
export class TargetedPlanner {
  constructor(
    private readonly pool: PoolRepository,
    private readonly vectors: PromptVectors,
    private readonly choices: RouterChoices,
    private readonly threads: SamplePlanner,
  ) {}

  /** @throws SignalboxError NO_CALLS, NO_CANDIDATE_ALLOWED (of no prompt at all), and what {@link RouterChoices} throws */
  async plan(replay: ReplayRow, { comparable, candidateOf }: TargetedWish): Promise<TargetedPlan> {
    const { filter, seed, sampleSize, sampling, onlyWhereDifferent } = replay;
    const wanted = sampling === ReplaySampling.RANDOM ? sampleSize : Math.min(POOL_FACTOR * sampleSize, MOST_POOLED);
    const size = Math.max(sampleSize, wanted);
    const pool = await this.pool.draw({ filter, seed, size, comparable });
    if (pool.calls.length === 0) throw comparable ? nothingToCompare() : nothingToReplay();
    const version = await this.versionOf(replay);
    const needed = version?.embedding || sampling === ReplaySampling.STRATIFIED;
    const vectors = needed ? await this.vectors.of(pool.calls.map(({ query }) => query)) : [];
    const candidates = onlyWhereDifferent
      ? replay.candidates.map((name) => candidateOf.get(name.toLowerCase()) ?? name)
      : null;
    const looked = pool.calls.flatMap((call, i) => {
      const vector = vectors[i] ?? null;
      const choice = version && this.choices.of(version, vector, { inputTokens: call.inputTokens, candidates });
      return version && !choice ? [] : [{ call, vector, choice }];
    });
    if (version && looked.length === 0) {
      const why = `${version.name} may choose none of the candidates for any of the ${pool.calls.length} prompts.`;
      throw new SignalboxError('NO_CANDIDATE_ALLOWED', why);
    }
    const strata =
      sampling === ReplaySampling.STRATIFIED
        ? await this.threads.cluster(
            looked.map(({ vector }) => vector),
            seed,
          )
        : looked.map(() => 0);
    const equal = equalStrata(strata);
    const items = looked.map(({ call, choice }, i) => ({
      id: call.id,
      weight: (sampling === ReplaySampling.UNCERTAIN ? weightOf(choice) : equal[i]) ?? 1,
      stratum: strata[i] ?? 0,
    }));
    const drawn = targetedSample(items, { size: sampleSize, randomShare: RANDOM_SHARE, seed });
    const byId = new Map(looked.map((each) => [each.call.id, each]));
    const prompts = drawn.flatMap(({ id, inclusion, inRandomSlice }): PlannedPrompt[] => {
      const found = byId.get(id);
      if (!found) return [];
      const { call, choice } = found;
      const chosen =
        onlyWhereDifferent && choice ? comparedWithLogged(call, choice, replay.candidates, candidateOf) : null;
      const inSlice = inRandomSlice && isUnfiltered(filter) && chosen === null;
      return [{ call, inclusion: (inclusion * pool.calls.length) / pool.eligible, inRandomSlice: inSlice, chosen }];
    });
    return {
      prompts,
      effectivePrompts: effectiveSize(prompts.map(({ inclusion }) => 1 / inclusion)),
      leftOut: pool.calls.length - looked.length,
    };
  }

  private async versionOf({ router, version, manifestSha256 }: ReplayRow): Promise<LoadedVersion | null> {
    if (router === null || version === null || manifestSha256 === null) return null;
    return this.choices.load(router, { version, manifestSha256 });
  }
}

const weightOf = (choice: Choice | null): number => 1 / (LEAST_MARGIN + Math.max(0, choice?.margin ?? 1));

function comparedWithLogged(
  { answeredBy }: PooledCall,
  { candidate, expectedQuality }: Choice,
  asked: readonly string[],
  candidateOf: ReadonlyMap<string, string>,
): PlannedPrompt['chosen'] {
  const logged = answeredBy.flatMap((name) => (name === null ? [] : (candidateOf.get(name) ?? [])))[0];
  const byName = asked.find((name) => (candidateOf.get(name.toLowerCase()) ?? name) === candidate) ?? candidate;
  return {
    candidate: byName,
    differs: logged !== candidate,
    expectedQuality: expectedQuality.get(candidate) ?? NaN,
    expectedOfLogged: (logged === undefined ? undefined : expectedQuality.get(logged)) ?? null,
  };
}

export function nothingToReplay(): SignalboxError {
  return new SignalboxError(
    'NO_CALLS',
    'No call can be replayed: none is answered with text, whole, and without tools.',
  );
}

function nothingToCompare(): SignalboxError {
  return new SignalboxError(
    'NO_CALLS',
    'No call is left to draw from: none whose prompt can be replayed was answered by a candidate of the router and has a label of a labeler that can score new answers.',
    'Label logged calls of the router first, by a metric or by the judge of the replay (labelCalls), or widen the filter.',
  );
}
