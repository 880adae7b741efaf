import { Injectable } from '@nestjs/common';
import { compareCandidate, compareChoices, type Comparison } from './compare-with-logged.js';
import { ComparisonRepository } from './comparison.repository.js';
import { ReplayRepository } from './replay.repository.js';

/** What a replay tells, as far as it has come. */
@Injectable()
export class ComparisonService {
  constructor(
    private readonly replays: ReplayRepository,
    private readonly compared: ComparisonRepository,
  ) {}

  /** Each candidate beside the answers as logged; the challenger alone where only its choices were asked. */
  async of(replayId: string): Promise<Comparison[]> {
    const replay = await this.replays.find(replayId);
    if (!replay) return [];
    if (replay.onlyWhereDifferent)
      return [compareChoices(`${replay.router ?? ''}@${replay.version ?? ''}`, await this.compared.prompts(replayId))];
    const byCandidate = Map.groupBy(await this.compared.cells(replayId), ({ candidate }) => candidate);
    return replay.candidates.map((candidate) => compareCandidate(candidate, byCandidate.get(candidate) ?? []));
  }

  /** Of what `expectedHalfWidth` foretold, the one that was reached. */
  async halfWidth(replayId: string): Promise<number | null> {
    const halves = (await this.of(replayId)).flatMap(({ meanCi95, meanDifferenceCi95 }) => {
      const interval = meanCi95 ?? meanDifferenceCi95;
      return interval ? [(interval[1] - interval[0]) / 2] : [];
    });
    return halves.length === 0 ? null : Math.max(...halves);
  }
}
