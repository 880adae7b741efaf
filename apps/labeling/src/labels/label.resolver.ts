import { Context, Float, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { type GraphContext } from '@signalbox/platform';
import { validate as isUuid } from 'uuid';
import { LlmCallType } from '../calls/call.type.js';
import { ReplayCellType } from '../replays/replay.type.js';
import { ReplayService } from '../replays/replay.service.js';
import { LabelRepository } from './label.repository.js';
import { PerformanceRepository, type ExplainedAnswer } from './performance.repository.js';
import { LabelCountType, LabelType, PerformanceExplanationType } from './label.type.js';

const onlyIds = (ids: readonly string[]): string[] => ids.filter((id) => isUuid(id));

/** What labeling adds to a call. */
@Resolver(() => LlmCallType)
export class LabelledCallResolver {
  constructor(
    private readonly labels: LabelRepository,
    private readonly performances: PerformanceRepository,
  ) {}

  @ResolveField('labels', () => [LabelType], {
    nullable: true,
    description: 'Opinions on the answer, the oldest first; the first 1000.',
  })
  async labelsOf(@Parent() { id }: LlmCallType, @Context() { loaders }: GraphContext): Promise<LabelType[]> {
    return (await loaders.load('labels', id, (ids) => this.labels.ofCalls(onlyIds(ids)))) ?? [];
  }

  @ResolveField('performance', () => Float, {
    nullable: true,
    description: 'Score of the answer after the label policy resolved its labels, 0..1; null when it is not known.',
  })
  performance(@Parent() { id }: LlmCallType, @Context() { loaders }: GraphContext): Promise<number | null> {
    return loaders.load('performance', id, (ids) => this.performances.performanceOf(onlyIds(ids)));
  }

  @ResolveField('performanceExplained', () => PerformanceExplanationType, {
    nullable: true,
    description: 'Which labels the performance comes of, and why the others do not count.',
  })
  async explained(
    @Parent() { id }: LlmCallType,
    @Context() { loaders }: GraphContext,
  ): Promise<PerformanceExplanationType | null> {
    const found = await loaders.load('explained', id, (ids) => this.performances.explain(onlyIds(ids)));
    return found && explanation(found);
  }
}

function explanation({ resolved, uses }: ExplainedAnswer): PerformanceExplanationType {
  return {
    performance: resolved?.performance ?? null,
    kind: resolved?.kind ?? null,
    labeler: resolved?.labeler ?? null,
    labels: uses.map(({ label: { id: labelId, kind, labeler, version, score }, counts, why }) => ({
      ...{ labelId, kind, score, counts, why },
      labeler: `${labeler}@${version}`,
    })),
  };
}

@Resolver(() => LabelType)
export class LabelResolver {
  constructor(
    private readonly labels: LabelRepository,
    private readonly replays: ReplayService,
  ) {}

  @Query(() => [LabelCountType], {
    description: 'How many labels there are by kind, on calls and on replayed cells, in the database.',
  })
  labelCounts(): Promise<LabelCountType[]> {
    return this.labels.counts();
  }

  @ResolveField('call', () => LlmCallType, {
    nullable: true,
    description: 'The logged call; null for a replayed cell, and while the call of a feedback has not been read.',
  })
  call(@Parent() { callId }: LabelType): LlmCallType | null {
    return callId === null ? null : { id: callId };
  }

  @ResolveField('replayCell', () => ReplayCellType, {
    nullable: true,
    description: 'The replayed cell; null for a logged call.',
  })
  async replayCell(
    @Parent() { replayCellId }: LabelType,
    @Context() { loaders }: GraphContext,
  ): Promise<ReplayCellType | null> {
    return replayCellId === null
      ? null
      : loaders.load('ReplayCell', replayCellId, (ids) => this.replays.cellsById(ids));
  }
}
