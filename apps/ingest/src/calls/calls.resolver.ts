import { Args, Context, ID, Parent, Query, ResolveField, Resolver, ResolveReference } from '@nestjs/graphql';
import { SignalboxError } from '@signalbox/contracts';
import { connectionOf, type Connection } from '@signalbox/contracts/graphql';
import { type GraphContext } from '@signalbox/platform';
import { IngestGraph } from '../ingest.graph.js';
import { SourceService } from '../sources/source.service.js';
import { TraceSourceType } from '../sources/source.type.js';
import { CallStatsArgs, LlmCallsArgs } from './call.args.js';
import { CallStatsType } from './call-stats.type.js';
import { LlmCallEntity } from './call.entity.js';
import { LlmCallType } from './call.type.js';
import { CallsService } from './calls.service.js';
import { TraceType } from './trace.type.js';

const LlmCallConnection = connectionOf(
  'LlmCall',
  () => LlmCallType,
  () => IngestGraph,
);

@Resolver(() => LlmCallType)
export class CallsResolver {
  constructor(
    private readonly calls: CallsService,
    private readonly sources: SourceService,
  ) {}

  @Query(() => LlmCallConnection, { description: 'LLM calls, newest first.' })
  llmCalls(@Args() { filter, first, after }: LlmCallsArgs): Promise<Connection<LlmCallType>> {
    return this.calls.list(filter, first ?? 50, after);
  }

  @Query(() => LlmCallType, { nullable: true, description: 'One LLM call; null when there is none of that id.' })
  llmCall(
    @Args('id', { type: () => ID, description: 'Id of the call.' }) id: string,
    @Context() context: GraphContext,
  ): Promise<LlmCallType | null> {
    return this.load(id, context);
  }

  @Query(() => TraceType, { nullable: true, description: 'The LLM calls of a trace; null when there is none.' })
  trace(
    @Args('traceId', { type: () => String, description: '32 hex digits.' }) traceId: string,
  ): Promise<TraceType | null> {
    return this.calls.trace(traceId);
  }

  @Query(() => [CallStatsType], {
    description: 'Counts of calls by group, in order of the key; the first 1000 groups.',
  })
  callStats(@Args() { filter, groupBy }: CallStatsArgs): Promise<CallStatsType[]> {
    return this.calls.stats(filter, groupBy);
  }

  @ResolveField('source', () => TraceSourceType, { description: 'Where the call was first read from.' })
  async source(@Parent() call: LlmCallEntity, @Context() context: GraphContext): Promise<TraceSourceType> {
    const source = await context.loaders.load('TraceSource', call.sourceId, (ids) => this.sources.byId(ids));
    if (source) return source;
    throw new SignalboxError('INTERNAL', `The source of call ${call.id} is gone.`);
  }

  @ResolveReference()
  reference(reference: { id: string }, context: GraphContext): Promise<LlmCallType | null> {
    return this.load(reference.id, context);
  }

  private load(id: string, { loaders }: GraphContext): Promise<LlmCallEntity | null> {
    return loaders.load('LlmCall', id, (ids) => this.calls.byId(ids));
  }
}
