import { Injectable } from '@nestjs/common';
import { boundedInterval, clusteredMean } from '@signalbox/routers';
import { CandidatesRepository } from './candidates.repository.js';
import { DriftRepository } from './drift.repository.js';
import { ReplayRepository } from './replay.repository.js';
import type { ReplayDriftType } from './replay.type.js';

/** How the models of logged answers have changed since. */
@Injectable()
export class DriftService {
  constructor(
    private readonly replays: ReplayRepository,
    private readonly candidates: CandidatesRepository,
    private readonly drifts: DriftRepository,
  ) {}

  /** @throws SignalboxError DEPENDENCY_UNAVAILABLE */
  async of(replayId: string): Promise<ReplayDriftType | null> {
    const replay = await this.replays.find(replayId);
    if (!replay) return null;
    const names = await this.candidates.namesOf(replay.candidates, replay.router);
    const differences = await this.drifts.differences(replayId, names);
    const draws = differences.map((_, index) => String(index));
    return {
      prompts: differences.length,
      meanDifference: differences.length === 0 ? null : clusteredMean(differences, draws).mean,
      meanDifferenceCi95: differences.length < 2 ? null : boundedInterval(differences, draws, [-1, 1]),
    };
  }
}
