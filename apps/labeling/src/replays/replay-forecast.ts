import { Injectable } from '@nestjs/common';
import type { CandidatePrice } from '@signalbox/contracts';
import { expectedHalfWidth } from '@signalbox/routers';
import { costOfTokens } from '../answering/chat.client.js';
import type { StoredFilter } from '../calls/call-filter.js';
import { JudgeStanding } from '../judges/judge-standing.js';
import { LabelerRepository } from '../labelers/labeler.repository.js';
import { comparisonUsd } from '../pairwise/comparison-cost.js';
import { CandidatesRepository } from './candidates.repository.js';
import { ASKED_AGAIN_SHARE } from './drift.repository.js';
import { EligibleRepository, type Eligible } from './eligible.repository.js';
import { varianceOfDifference } from './variance-of-difference.js';
import type { TargetedPlan } from './targeted-planner.js';

/** Scores of 0..1 deviate by no more; taken until enough labels tell how much they do. */
const WIDEST_DEVIATION = 0.5;

export interface Forecast {
  expectedHalfWidth: number | null;
  expectedCostUsd: number | null;
}

export interface ForecastAsked {
  filter: StoredFilter;
  candidates: readonly string[];
  router: string | null;
}

/** What a replay will tell and cost, before it begins, and who will judge it. */
@Injectable()
export class ReplayForecast {
  constructor(
    private readonly eligible: EligibleRepository,
    private readonly candidates: CandidatesRepository,
    private readonly labelers: LabelerRepository,
    private readonly standing: JudgeStanding,
  ) {}

  /**
   * Of every prompt being asked of every candidate.
   * @param effectivePrompts how many of equal weight tell as much
   */
  async of(asked: ForecastAsked, prompts: number, tokens: Eligible, effectivePrompts = prompts): Promise<Forecast> {
    const { filter, candidates, router } = asked;
    const prices = await this.candidates.prices(candidates, router);
    const names = await this.candidates.namesOf(candidates, router);
    const { ofModels, ofAll } = await this.eligible.deviations(filter);
    const deviations = candidates.map((name) => known(ofModels, names.get(name)) ?? ofAll ?? WIDEST_DEVIATION);
    const widest = Math.max(...deviations);
    const lengths = await this.eligible.outputTokens(filter);
    const costs = candidates.map((name) => {
      const outputTokens = known(lengths, names.get(name)) ?? tokens.meanOutputTokens;
      return costOf(prompts, { inputTokens: tokens.meanInputTokens, outputTokens }, prices.get(name));
    });
    return {
      expectedHalfWidth: prompts === 0 ? null : expectedHalfWidth(effectivePrompts, widest ** 2, [0, 1]),
      expectedCostUsd: sumOrNull(costs),
    };
  }

  /** Of asking the challenger's choice where it differs from the logged one, and the logged model again of the first prompts. */
  async ofDifferent(
    { filter, candidates, router }: ForecastAsked,
    { prompts, effectivePrompts }: TargetedPlan,
    { meanOutputTokens }: Eligible,
  ): Promise<Forecast> {
    const prices = await this.candidates.prices(candidates, router);
    const names = await this.candidates.namesOf(candidates, router);
    const lengths = await this.eligible.outputTokens(filter);
    const costs = prompts.flatMap(({ call: { inputTokens }, chosen }) => {
      if (!chosen?.differs) return [];
      const outputTokens = known(lengths, names.get(chosen.candidate)) ?? meanOutputTokens;
      return [costOf(1, { inputTokens, outputTokens }, prices.get(chosen.candidate))];
    });
    const priced = prompts.flatMap(({ call: { costUsd } }) => costUsd ?? []);
    const again = Math.ceil(ASKED_AGAIN_SHARE * prompts.length);
    const againUsd = priced.length === 0 ? null : (again * priced.reduce((sum, usd) => sum + usd, 0)) / priced.length;
    return {
      expectedHalfWidth: expectedHalfWidth(effectivePrompts, varianceOfDifference(prompts), [-1, 1]),
      expectedCostUsd: sumOrNull([...costs, againUsd]),
    };
  }

  /** USD for asking logged models that are no candidates again; null when what they cost is not known. */
  async ofAskingAgain({ filter, candidates, router }: ForecastAsked, prompts: number): Promise<number | null> {
    const names = await this.candidates.namesOf(candidates, router);
    const { share, meanCostUsd } = await this.eligible.ofOthers(filter, [...names.values()].flat());
    if (share === 0) return 0;
    return meanCostUsd === null ? null : Math.ceil(ASKED_AGAIN_SHARE * prompts) * share * meanCostUsd;
  }

  /** USD of comparing one answer with the logged one. @throws as {@link comparisonUsd} */
  async ofComparing(judgeId: string | null, tokens: Eligible): Promise<number | null> {
    return comparisonUsd(judgeId === null ? null : await this.labelers.byId(judgeId), tokens);
  }

  /** One judge for the whole replay, so that no comparison mixes two: the first by name whose labels count, else the first. */
  async judgeId(): Promise<string | null> {
    const judges = await this.labelers.judges();
    const counts = judges.find(await this.standing.now());
    return (counts ?? judges[0])?.id ?? null;
  }
}

function costOf(
  prompts: number,
  tokens: { inputTokens: number | null; outputTokens: number | null },
  price: CandidatePrice | undefined,
): number | null {
  const cost = price ? costOfTokens(tokens, price) : null;
  return cost === null ? null : prompts * cost;
}

/** What is known of a candidate by the first of its names of which anything is. */
const known = (byModel: ReadonlyMap<string, number>, names: readonly string[] = []): number | undefined =>
  names.map((name) => byModel.get(name.toLowerCase())).find((value) => value !== undefined);

/** One that is not known makes the sum unknown. */
export function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}
