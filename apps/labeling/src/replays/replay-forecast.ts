import { Inject, Injectable } from '@nestjs/common';
import type { CandidatePrice } from '@signalbox/contracts';
import { costOfTokens } from '../answering/chat.client.js';
import { CalibrationRepository } from '../judges/calibration.repository.js';
import { LabelerRepository } from '../labelers/labeler.repository.js';
import { LABELING_ENVIRONMENT, type LabelingEnvironment } from '../labeling.environment.js';
import { CandidatesRepository } from './candidates.repository.js';
import { EligibleRepository, type Eligible } from './eligible.repository.js';

/** Scores of 0..1 deviate by no more; taken until enough labels tell how much they do. */
const WIDEST_DEVIATION = 0.5;
const NORMAL_95 = 1.96;

export interface Forecast {
  expectedHalfWidth: number | null;
  expectedCostUsd: number | null;
}

/** What a replay will tell and cost, before it begins, and who will judge it. */
@Injectable()
export class ReplayForecast {
  constructor(
    private readonly eligible: EligibleRepository,
    private readonly candidates: CandidatesRepository,
    private readonly labelers: LabelerRepository,
    private readonly calibrations: CalibrationRepository,
    @Inject(LABELING_ENVIRONMENT) private readonly environment: LabelingEnvironment,
  ) {}

  async of(prompts: number, names: readonly string[], router: string | null, tokens: Eligible): Promise<Forecast> {
    const prices = await this.candidates.prices(names, router);
    const deviation = (await this.eligible.deviation()) ?? WIDEST_DEVIATION;
    return {
      expectedHalfWidth: prompts === 0 ? null : Math.min(1, (NORMAL_95 * deviation) / Math.sqrt(prompts)),
      expectedCostUsd: expectedCost(prompts, names, prices, tokens),
    };
  }

  /** One judge for the whole replay, so that no comparison mixes two: the first by name whose labels count, else the first. */
  async judgeId(): Promise<string | null> {
    const judges = await this.labelers.judges();
    const passed = await this.calibrations.passed();
    const counts = judges.find(
      ({ name, version, settings }) =>
        settings.allowUncalibrated ||
        this.environment.labelPolicy.allowUncalibrated.includes(name) ||
        passed.has(`${name}@${version}`),
    );
    return (counts ?? judges[0])?.id ?? null;
  }
}

function expectedCost(
  prompts: number,
  names: readonly string[],
  prices: ReadonlyMap<string, CandidatePrice>,
  { meanInputTokens, meanOutputTokens }: Eligible,
): number | null {
  let sum = 0;
  for (const name of names) {
    const price = prices.get(name);
    const cost = price ? costOfTokens({ inputTokens: meanInputTokens, outputTokens: meanOutputTokens }, price) : null;
    if (cost === null) return null;
    sum += prompts * cost;
  }
  return sum;
}
