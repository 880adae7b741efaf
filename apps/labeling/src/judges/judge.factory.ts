import { Inject, Injectable } from '@nestjs/common';
import { Outbound } from '@signalbox/outbound';
import { unseal } from '@signalbox/platform';
import type { Budget } from '../answering/budget.js';
import { ChatClient } from '../answering/chat.client.js';
import type { JudgeLabeler } from '../labelers/labeler.js';
import { LABELING_ENVIRONMENT, type LabelingEnvironment } from '../labeling.environment.js';
import { Judge } from './judge.js';
import { VerdictRepository } from './verdict.repository.js';

@Injectable()
export class JudgeFactory {
  constructor(
    private readonly verdicts: VerdictRepository,
    private readonly outbound: Outbound,
    @Inject(LABELING_ENVIRONMENT) private readonly environment: LabelingEnvironment,
  ) {}

  open(labeler: JudgeLabeler, budget: Budget): Judge {
    const { sealedCredentials, settings } = labeler;
    const { baseUrl, timeoutSeconds } = settings;
    const apiKey = sealedCredentials === null ? null : unseal(sealedCredentials, this.environment.secretKey);
    return new Judge(
      labeler,
      new ChatClient({ baseUrl, apiKey, timeoutSeconds }, this.outbound),
      this.verdicts,
      budget,
    );
  }
}
