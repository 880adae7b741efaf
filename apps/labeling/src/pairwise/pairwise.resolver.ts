import { Context, Float, Int, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { type GraphContext } from '@signalbox/platform';
import { JudgeCalibrationType } from '../judges/calibration.type.js';
import { ReplayCellType, ReplayType } from '../replays/replay.type.js';
import { PairwiseService } from './pairwise.service.js';
import { PairwiseEvidenceType, PairwiseVerdictType } from './pairwise.type.js';

@Resolver(() => ReplayType)
export class ReplayPairwiseResolver {
  constructor(private readonly pairwise: PairwiseService) {}

  @ResolveField('pairwise', () => [PairwiseEvidenceType], {
    description: 'New answers beside the logged ones, by model; empty unless the replay was asked for it.',
  })
  evidence(@Parent() { id }: ReplayType): Promise<PairwiseEvidenceType[]> {
    return this.pairwise.evidence(id);
  }
}

@Resolver(() => ReplayCellType)
export class CellPreferencesResolver {
  constructor(private readonly pairwise: PairwiseService) {}

  @ResolveField('preferences', () => [PairwiseVerdictType], {
    description: 'What the judge of the replay says of this answer beside the logged one, one for each order.',
  })
  async preferences(
    @Parent() { id }: ReplayCellType,
    @Context() { loaders }: GraphContext,
  ): Promise<PairwiseVerdictType[]> {
    return (await loaders.load('preferences', id, (ids) => this.pairwise.preferences(ids))) ?? [];
  }
}

@Resolver(() => JudgeCalibrationType)
export class OrderConsistencyResolver {
  constructor(private readonly pairwise: PairwiseService) {}

  @ResolveField('orderConsistency', () => Float, {
    nullable: true,
    description: 'Of pairs of answers, the share on which it says the same in both orders, 0..1; null without pairs.',
  })
  async share(@Parent() judge: JudgeCalibrationType, @Context() context: GraphContext): Promise<number | null> {
    const found = await this.of(judge, context);
    return found && found.consistent / found.pairs;
  }

  @ResolveField('orderPairs', () => Int, { description: 'Pairs behind orderConsistency, of all replays.' })
  async pairs(@Parent() judge: JudgeCalibrationType, @Context() context: GraphContext): Promise<number> {
    return (await this.of(judge, context))?.pairs ?? 0;
  }

  private of({ judge, version }: JudgeCalibrationType, { loaders }: GraphContext) {
    return loaders.load('orderConsistency', `${judge}@${version}`, (names) => this.pairwise.consistency(names));
  }
}
