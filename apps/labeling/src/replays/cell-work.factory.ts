import { Inject, Injectable } from '@nestjs/common';
import { Outbound } from '@signalbox/outbound';
import { unseal } from '@signalbox/platform';
import type { Budget } from '../answering/budget.js';
import { ChatClient } from '../answering/chat.client.js';
import { JudgeFactory } from '../judges/judge.factory.js';
import type { CountLost } from '../judges/panel.js';
import { isPanel } from '../labelers/labeler.js';
import { LabelerRepository } from '../labelers/labeler.repository.js';
import { LABELING_ENVIRONMENT, type LabelingEnvironment } from '../labeling.environment.js';
import { CandidatesRepository } from './candidates.repository.js';
import { CellWork } from './cell-work.js';
import type { ReplayRow } from './replay.repository.js';

@Injectable()
export class CellWorkFactory {
  constructor(
    private readonly candidates: CandidatesRepository,
    private readonly labelers: LabelerRepository,
    private readonly judges: JudgeFactory,
    private readonly outbound: Outbound,
    @Inject(LABELING_ENVIRONMENT) private readonly environment: LabelingEnvironment,
  ) {}

  /** @param asked names of all that the replay asks */
  async open(replay: ReplayRow, asked: readonly string[], budget: Budget, lost: CountLost): Promise<CellWork> {
    const { endpoint, sealedCredentials, judgeId, router } = replay;
    const apiKey = sealedCredentials === null ? null : unseal(sealedCredentials, this.environment.secretKey);
    const labeler = judgeId === null ? null : await this.labelers.byId(judgeId);
    const pairwise = replay.pairwise && labeler?.kind === 'JUDGE' && !isPanel(labeler) ? labeler : null;
    return new CellWork(replay, {
      chat: new ChatClient({ baseUrl: endpoint, apiKey }, this.outbound),
      judge: labeler?.kind === 'JUDGE' ? await this.judges.open(labeler, budget, lost) : null,
      pairwise: pairwise && this.judges.openPairwise(pairwise, budget),
      budget,
      prices: await this.candidates.prices(asked, router),
    });
  }
}
