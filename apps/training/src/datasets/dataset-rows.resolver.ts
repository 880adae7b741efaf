import { Args, Context, Int, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { connectionOf, DEFAULT_PAGE, type Connection } from '@signalbox/contracts/graphql';
import { type GraphContext } from '@signalbox/platform';
import { RouterStub } from '../retrains/retrain.type.js';
import { TrainingGraph } from '../training.graph.js';
import { DatasetRowType } from './dataset-row.type.js';
import { DatasetRowsService } from './dataset-rows.service.js';
import { DatasetEntity } from './dataset.entity.js';
import { DatasetType } from './dataset.type.js';

const DatasetRowConnection = connectionOf(
  'DatasetRow',
  () => DatasetRowType,
  () => TrainingGraph,
);

/** What is in a dataset. */
@Resolver(() => DatasetType)
export class DatasetContentResolver {
  constructor(private readonly service: DatasetRowsService) {}

  @ResolveField('router', () => RouterStub, { description: 'Router whose candidates count.' })
  router(@Parent() { router }: DatasetEntity): RouterStub {
    return { name: router };
  }

  @ResolveField('rows', () => DatasetRowConnection, {
    description: 'Its rows, in order of their ids; empty until it is frozen.',
  })
  rows(
    @Parent() { id }: DatasetEntity,
    @Args('first', { type: () => Int, nullable: true, description: 'Rows of a page, 1 to 200; 50 when absent.' })
    first: number | null,
    @Args('after', { type: () => String, nullable: true, description: 'endCursor of the page before.' })
    after: string | null,
  ): Promise<Connection<DatasetRowType>> {
    return this.service.page(id, first ?? DEFAULT_PAGE, after);
  }
}

@Resolver(() => DatasetRowType)
export class DatasetRowsResolver {
  constructor(private readonly service: DatasetRowsService) {}

  @ResolveField('vector', () => String, {
    nullable: true,
    description:
      'Vector of the prompt in the space that `Dataset.embedding` names: little-endian float32 numbers in base64. Null when it is not stored.',
  })
  vector(@Parent() { query, embedding }: DatasetRowType, @Context() { loaders }: GraphContext): Promise<string | null> {
    return loaders.load(`vectors of ${embedding}`, query, (queries) => this.service.vectorsOf(embedding, queries));
  }
}
