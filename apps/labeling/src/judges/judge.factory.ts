import { Inject, Injectable } from '@nestjs/common';
import { Outbound } from '@signalbox/outbound';
import { unseal } from '@signalbox/platform';
import type { Budget } from '../answering/budget.js';
import { ChatClient } from '../answering/chat.client.js';
import { isPanel, type JudgeLabeler, type SingleJudge } from '../labelers/labeler.js';
import { LabelerRepository } from '../labelers/labeler.repository.js';
import { LABELING_ENVIRONMENT, type LabelingEnvironment } from '../labeling.environment.js';
import { PairwiseJudge } from '../pairwise/pairwise-judge.js';
import { PairwiseRepository } from '../pairwise/pairwise.repository.js';
import { Judge, type AnswerJudge } from './judge.js';
import { JudgeModel } from './judge-model.js';
import { Panel, type CountLost } from './panel.js';
import { VerdictRepository } from './verdict.repository.js';

@Injectable()
export class JudgeFactory {
  constructor(
    private readonly labelers: LabelerRepository,
    private readonly verdicts: VerdictRepository,
    private readonly pairwise: PairwiseRepository,
    private readonly outbound: Outbound,
    @Inject(LABELING_ENVIRONMENT) private readonly environment: LabelingEnvironment,
  ) {}

  async open(labeler: JudgeLabeler, budget: Budget, lost: CountLost): Promise<AnswerJudge> {
    if (!isPanel(labeler)) return new Judge(this.modelOf(labeler, budget), this.verdicts);
    const judges = await this.labelers.judges();
    const seated = (name: string): AnswerJudge => {
      const judge = judges.find((each) => each.name === name);
      if (!judge || isPanel(judge)) throw new Error(`the judge ${name} is gone`);
      return new Judge(this.modelOf(judge, budget), this.verdicts);
    };
    const { members, escalation } = labeler.settings;
    const panel = members.map(({ name }) => seated(name));
    return new Panel(labeler, panel, escalation && seated(escalation.name), lost);
  }

  /** Compares answers in pairs, with the same model and within the same budget. */
  openPairwise(labeler: SingleJudge, budget: Budget): PairwiseJudge {
    return new PairwiseJudge(this.modelOf(labeler, budget), this.pairwise);
  }

  private modelOf(labeler: SingleJudge, budget: Budget): JudgeModel {
    const { sealedCredentials, settings } = labeler;
    const { baseUrl, timeoutSeconds } = settings;
    const apiKey = sealedCredentials === null ? null : unseal(sealedCredentials, this.environment.secretKey);
    return new JudgeModel(labeler, new ChatClient({ baseUrl, apiKey, timeoutSeconds }, this.outbound), budget);
  }
}
