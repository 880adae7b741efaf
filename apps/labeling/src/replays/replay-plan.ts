import { Injectable } from '@nestjs/common';
import { JudgeStanding } from '../judges/judge-standing.js';
import type { Labeler } from '../labelers/labeler.js';
import { LabelerRepository } from '../labelers/labeler.repository.js';
import { ReplaySampling } from './replay.input.js';
import { ReplayRepository, type ReplayRow } from './replay.repository.js';
import { ReplayProspects } from './replay-prospects.js';
import { sumOrNull, type Forecast } from './replay-forecast.js';
import { TargetedPlanner, type TargetedPlan, type TargetedWish } from './targeted-planner.js';

/** Draws the prompts of a replay that a person asked for, before anything is paid. */
@Injectable()
export class ReplayPlan {
  constructor(
    private readonly replays: ReplayRepository,
    private readonly prospects: ReplayProspects,
    private readonly targeted: TargetedPlanner,
    private readonly labelers: LabelerRepository,
    private readonly standing: JudgeStanding,
  ) {}

  /** @throws SignalboxError what {@link TargetedPlanner.plan} throws, DEPENDENCY_UNAVAILABLE */
  async make(replay: ReplayRow): Promise<void> {
    const names = await this.prospects.candidates.namesOf(replay.candidates, replay.router);
    if (replay.sampling === ReplaySampling.RANDOM && !replay.onlyWhereDifferent) {
      const { prompts } = await this.prospects.eligible.summary(replay.filter);
      await this.replays.planRandom(replay, prompts, [...names.values()].flat());
      return;
    }
    const plan = await this.targeted.plan(replay, await this.wishOf(replay));
    // Where only the challenger's choices are asked, no logged model is among those that are asked anyway.
    const asked = replay.onlyWhereDifferent ? [] : [...names.values()].flat();
    await this.replays.planTargeted(replay, plan, await this.forecastOf(replay, plan), asked);
  }

  private async wishOf({ router, onlyWhereDifferent, judgeId }: ReplayRow): Promise<TargetedWish> {
    const known = router === null ? [] : await this.prospects.candidates.ofRouter(router, 'A replay for a router');
    // A name of its own goes before an alias of another one.
    const named = [
      ...known
        .flatMap(({ name, aliases }) => aliases.map((alias): [string, string] => [alias.toLowerCase(), name]))
        .reverse(),
      ...known.map(({ name }): [string, string] => [name.toLowerCase(), name]).reverse(),
    ];
    const candidateOf = new Map(named);
    if (!onlyWhereDifferent) return { comparable: null, candidateOf };
    const labelers = [...(await this.labelers.metrics()), ...(await this.countedJudge(judgeId))];
    return {
      comparable: {
        models: [...candidateOf.keys()],
        labelers: labelers.map(({ name, version }) => `${name}@${version}`),
      },
      candidateOf,
    };
  }

  /** Where a judge's labels do not count, new answers that it scored have no performance to compare. */
  private async countedJudge(id: string | null): Promise<Labeler[]> {
    const judge = id === null ? null : await this.labelers.byId(id);
    if (judge?.kind !== 'JUDGE') return [];
    const counts = await this.standing.now();
    return counts(judge) ? [judge] : [];
  }

  private async forecastOf(replay: ReplayRow, plan: TargetedPlan): Promise<Forecast> {
    const { forecast, eligible } = this.prospects;
    const tokens = await eligible.summary(replay.filter);
    if (replay.onlyWhereDifferent) return forecast.ofDifferent(replay, plan, tokens);
    const prompts = plan.prompts.length;
    const { expectedHalfWidth, expectedCostUsd } = await forecast.of(replay, prompts, tokens, plan.effectivePrompts);
    return {
      expectedHalfWidth,
      expectedCostUsd: sumOrNull([expectedCostUsd, await forecast.ofAskingAgain(replay, prompts)]),
    };
  }
}
