import { Injectable } from '@nestjs/common';
import { Outbound } from '@signalbox/outbound';
import { CandidatesRepository } from './candidates.repository.js';
import { EligibleRepository } from './eligible.repository.js';
import { ReplayForecast } from './replay-forecast.js';
import { RouterChoices } from './router-choices.js';

/** What a replay could draw from, whom it could ask and by whose choice, and what it would tell and cost. */
@Injectable()
export class ReplayProspects {
  constructor(
    readonly eligible: EligibleRepository,
    readonly candidates: CandidatesRepository,
    readonly choices: RouterChoices,
    readonly forecast: ReplayForecast,
    readonly outbound: Outbound,
  ) {}
}
