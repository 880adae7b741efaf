import { Args, Context, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { SignalboxError } from '@signalbox/contracts';
import { type GraphContext } from '@signalbox/platform';
import { SourceService } from '../sources/source.service.js';
import { TraceSourceType } from '../sources/source.type.js';
import { ExtractTracesInput } from './extraction.input.js';
import { ExtractionService, type ShownExtraction } from './extraction.service.js';
import { ExtractionType } from './extraction.type.js';

@Resolver(() => ExtractionType)
export class ExtractionResolver {
  constructor(
    private readonly extractions: ExtractionService,
    private readonly sources: SourceService,
  ) {}

  @Mutation(() => ExtractionType, {
    description: 'Starts to read a source from one moment to another, and returns at once.',
  })
  extractTraces(
    @Args('input', { type: () => ExtractTracesInput, description: 'What to read.' }) input: ExtractTracesInput,
  ): Promise<ExtractionType> {
    return this.extractions.request(input);
  }

  @Query(() => ExtractionType, { nullable: true, description: 'One extraction; null when there is none of that id.' })
  extraction(
    @Args('id', { type: () => ID, description: 'Id of the extraction.' }) id: string,
  ): Promise<ExtractionType | null> {
    return this.extractions.find(id);
  }

  @ResolveField('source', () => TraceSourceType, { description: 'What is read.' })
  async source(@Parent() extraction: ShownExtraction, @Context() context: GraphContext): Promise<TraceSourceType> {
    const source = await context.loaders.load('TraceSource', extraction.sourceId, (ids) => this.sources.byId(ids));
    if (source) return source;
    throw new SignalboxError('INTERNAL', `The source of extraction ${extraction.id} is gone.`);
  }
}
