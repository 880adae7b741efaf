import { Args, Int, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { connectionOf, type Connection } from '@signalbox/contracts/graphql';
import { ExtractionService } from '../extractions/extraction.service.js';
import { ExtractionType } from '../extractions/extraction.type.js';
import { IngestGraph } from '../ingest.graph.js';
import { CreateTraceSourceInput } from './source.input.js';
import { SourceService } from './source.service.js';
import { TraceSourceType } from './source.type.js';

const ExtractionConnection = connectionOf(
  'Extraction',
  () => ExtractionType,
  () => IngestGraph,
);

@Resolver(() => TraceSourceType)
export class SourceResolver {
  constructor(
    private readonly sources: SourceService,
    private readonly extractions: ExtractionService,
  ) {}

  @Query(() => [TraceSourceType], { description: 'Every trace source, by name.' })
  traceSources(): Promise<TraceSourceType[]> {
    return this.sources.list();
  }

  @Mutation(() => TraceSourceType, { description: 'Adds a backend to read traces from.' })
  createTraceSource(
    @Args('input', { type: () => CreateTraceSourceInput, description: 'The backend.' }) input: CreateTraceSourceInput,
  ): Promise<TraceSourceType> {
    return this.sources.create(input);
  }

  @ResolveField('extractions', () => ExtractionConnection, { description: 'Readings of this source, newest first.' })
  extractionsOf(
    @Parent() source: TraceSourceType,
    @Args('first', { type: () => Int, nullable: true, description: 'Extractions of a page, 1 to 200; 50 when absent.' })
    first: number | null,
    @Args('after', { type: () => String, nullable: true, description: 'endCursor of the page before.' })
    after: string | null,
  ): Promise<Connection<ExtractionType>> {
    return this.extractions.ofSource(source.id, first ?? 50, after);
  }
}
