import { Args, Query, Resolver } from '@nestjs/graphql';
import { DecideArgs } from './decision.input.js';
import { DecisionType } from './decision.type.js';
import { DecisionsService } from './decisions.service.js';

@Resolver()
export class DecisionsResolver {
  constructor(private readonly decisions: DecisionsService) {}

  @Query(() => DecisionType, { name: 'decide', description: 'Which candidate should answer this prompt.' })
  decide(@Args() asked: DecideArgs): Promise<DecisionType> {
    return this.decisions.decide(asked);
  }
}
