import { Args, Int, Parent, ResolveField, Resolver, ResolveReference } from '@nestjs/graphql';
import { connectionOf, DEFAULT_PAGE, type Connection } from '@signalbox/contracts/graphql';
import { TrainingGraph } from '../training.graph.js';
import { RetrainType, RouterStub } from './retrain.type.js';
import { RetrainsService } from './retrains.service.js';

const RetrainConnection = connectionOf(
  'Retrain',
  () => RetrainType,
  () => TrainingGraph,
);

/** What this service adds to a router. */
@Resolver(() => RouterStub)
export class RouterResolver {
  constructor(private readonly service: RetrainsService) {}

  @ResolveField('retrains', () => RetrainConnection, { nullable: true, description: 'Its retrains, newest first.' })
  retrains(
    @Parent() { name }: RouterStub,
    @Args('first', { type: () => Int, nullable: true, description: 'Retrains of a page, 1 to 200; 50 when absent.' })
    first: number | null,
    @Args('after', { type: () => String, nullable: true, description: 'endCursor of the page before.' })
    after: string | null,
  ): Promise<Connection<RetrainType>> {
    return this.service.ofRouter(name, first ?? DEFAULT_PAGE, after);
  }

  /** Whether there is such a router is for registry to say. */
  @ResolveReference()
  reference({ name }: RouterStub): RouterStub {
    return { name };
  }
}
