import { Injectable } from '@nestjs/common';
import { PairwiseRepository, type OrderConsistency } from './pairwise.repository.js';
import {
  PairwiseOrder,
  PairwisePreference,
  type PairwiseEvidenceType,
  type PairwiseVerdictType,
} from './pairwise.type.js';

/** What judges prefer: answers of replays or the logged ones. */
@Injectable()
export class PairwiseService {
  constructor(private readonly verdicts: PairwiseRepository) {}

  async evidence(replayId: string): Promise<PairwiseEvidenceType[]> {
    const found = await this.verdicts.evidence(replayId);
    return found.map(({ consistent, unread, pairs, ...rest }) => ({
      ...{ ...rest, pairs, consistentPairs: consistent, unparseable: unread },
      shareConsistent: pairs === 0 ? null : consistent / pairs,
    }));
  }

  async preferences(cellIds: readonly string[]): Promise<Map<string, PairwiseVerdictType[]>> {
    const found = await this.verdicts.ofCells(cellIds);
    return new Map(
      [...found].map(([id, verdicts]) => [
        id,
        verdicts.map(({ judge, version, shown, preferred, rationale, costUsd }) => ({
          ...{ judge, version, rationale, costUsd, order: PairwiseOrder[shown] },
          preferred: preferred && PairwisePreference[preferred],
        })),
      ]),
    );
  }

  consistency(judges: readonly string[]): Promise<Map<string, OrderConsistency>> {
    return this.verdicts.consistency(judges);
  }
}
