import { Args, Float, ID, Int, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { connectionOf, type Connection } from '@signalbox/contracts/graphql';
import { LlmCallType } from '../calls/call.type.js';
import { LabelingGraph } from '../labeling.graph.js';
import { ComparisonService } from './comparison.service.js';
import { DriftService } from './drift.service.js';
import { ReplayCallsInput } from './replay.input.js';
import { ReplayService } from './replay.service.js';
import { ReplayCellType, ReplayComparisonType, ReplayDriftType, ReplayType } from './replay.type.js';

const ReplayCellConnection = connectionOf(
  'ReplayCell',
  () => ReplayCellType,
  () => LabelingGraph,
);

@Resolver(() => ReplayType)
export class ReplayResolver {
  constructor(
    private readonly replays: ReplayService,
    private readonly drifts: DriftService,
    private readonly comparison: ComparisonService,
  ) {}

  @Query(() => ReplayType, { nullable: true, description: 'A replay; null when there is none of that id.' })
  replay(@Args('id', { type: () => ID, description: 'Id of the replay.' }) id: string): Promise<ReplayType | null> {
    return this.replays.find(id);
  }

  @Mutation(() => ReplayType, {
    description:
      'Starts asking sampled prompts of several candidates; what it will tell and cost stands in the answer.',
  })
  replayCalls(
    @Args('input', { type: () => ReplayCallsInput, description: 'Which prompts, of whom, for how much.' })
    input: ReplayCallsInput,
  ): Promise<ReplayType> {
    return this.replays.request(input);
  }

  @ResolveField('drift', () => ReplayDriftType, {
    nullable: true,
    description:
      'Of the logged models that are candidates, and of 5 % of the others, which are asked again: how they answer now.',
  })
  drift(@Parent() { id }: ReplayType): Promise<ReplayDriftType | null> {
    return this.drifts.of(id);
  }

  @ResolveField('comparisons', () => [ReplayComparisonType], {
    description: 'Each candidate beside the answers as logged, or the challenger alone; as far as the replay has come.',
  })
  comparisons(@Parent() { id }: ReplayType): Promise<ReplayComparisonType[]> {
    return this.comparison.of(id);
  }

  @ResolveField('halfWidth', () => Float, {
    nullable: true,
    description: 'The half width that was reached of what expectedHalfWidth foretold, the widest of the candidates.',
  })
  halfWidth(@Parent() { id }: ReplayType): Promise<number | null> {
    return this.comparison.halfWidth(id);
  }

  @ResolveField('cells', () => ReplayCellConnection, { description: 'Cells that were asked, in order of their ids.' })
  cells(
    @Parent() { id }: ReplayType,
    @Args('first', { type: () => Int, nullable: true, defaultValue: 50, description: 'Cells of a page, 1 to 200.' })
    first: number | null,
    @Args('after', { type: () => String, nullable: true, description: 'endCursor of the page before.' })
    after: string | null,
  ): Promise<Connection<ReplayCellType>> {
    return this.replays.cells(id, first ?? 50, after ?? null);
  }
}

@Resolver(() => ReplayCellType)
export class ReplayCellResolver {
  @ResolveField('call', () => LlmCallType, { description: 'The call whose prompt was asked again.' })
  call(@Parent() { callId }: ReplayCellType): LlmCallType {
    return { id: callId };
  }
}
