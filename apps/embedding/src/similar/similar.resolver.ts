import { Args, Int, Query, Resolver } from '@nestjs/graphql';
import { SimilarCallType } from './similar-call.type.js';
import { SimilarService } from './similar.service.js';

const DEFAULT_FIRST = 10;

@Resolver(() => SimilarCallType)
export class SimilarResolver {
  constructor(private readonly similar: SimilarService) {}

  @Query(() => [SimilarCallType], { description: 'Calls whose prompts are nearest to a text, nearest first.' })
  similarCalls(
    @Args('text', { type: () => String, description: 'Any text.' }) text: string,
    @Args('first', { type: () => Int, defaultValue: DEFAULT_FIRST, nullable: true, description: 'Calls, 1 to 200.' })
    first: number | null,
  ): Promise<SimilarCallType[]> {
    return this.similar.find(text, first ?? DEFAULT_FIRST);
  }
}
