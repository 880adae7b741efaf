import { Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { correctedMean } from '@signalbox/routers';
import { storedFilter } from '../calls/call-filter.js';
import { QualityRepository } from './quality.repository.js';
import type { ModelQualityArgs, ModelQualityType } from './quality.type.js';

/** How good the logged answers of each model are, with the error of the judge that says so. */
@Injectable()
export class QualityService {
  constructor(private readonly scores: QualityRepository) {}

  /** @throws SignalboxError NOT_FOUND, INVALID_INPUT, DEPENDENCY_UNAVAILABLE (ingest) */
  async ofModels({ judge, filter }: ModelQualityArgs): Promise<ModelQualityType[]> {
    const version = await this.scores.newestVersion(judge);
    if (version === null)
      throw new SignalboxError('NOT_FOUND', `No call has a label of a judge ${JSON.stringify(judge)}.`);
    const models = await this.scores.ofModels(judge, version, storedFilter.parse(filter ?? {}));
    return models.map(({ modelName, judgeMean, judgeAlone, both }) => {
      const corrected = correctedMean({ judgeAlone, both });
      return {
        ...{ modelName, judgeMean, judged: judgeAlone.n + both.judge.n, labelledByPeople: both.human.n },
        ...{ mean: corrected?.mean ?? null, meanCi95: corrected?.ci95 ?? null },
      };
    });
  }
}
