import { Args, ID, Int, Mutation, Query, Resolver, ResolveReference } from '@nestjs/graphql';
import { connectionOf, DEFAULT_PAGE, type Connection } from '@signalbox/contracts/graphql';
import { type GraphContext } from '@signalbox/platform';
import { TrainingGraph } from '../training.graph.js';
import { BuildDatasetInput } from './dataset.input.js';
import { DatasetType } from './dataset.type.js';
import { DatasetsService } from './datasets.service.js';

const DatasetConnection = connectionOf(
  'Dataset',
  () => DatasetType,
  () => TrainingGraph,
);

@Resolver(() => DatasetType)
export class DatasetsResolver {
  constructor(private readonly service: DatasetsService) {}

  @Mutation(() => DatasetType, { description: 'Starts to freeze what is known into a dataset, and returns at once.' })
  buildDataset(
    @Args('input', { type: () => BuildDatasetInput, description: 'What to freeze.' }) input: BuildDatasetInput,
  ): Promise<DatasetType> {
    return this.service.request(input);
  }

  @Query(() => DatasetType, { nullable: true, description: 'One dataset; null when there is none of that id.' })
  dataset(@Args('id', { type: () => ID, description: 'Id of the dataset.' }) id: string): Promise<DatasetType | null> {
    return this.service.find(id);
  }

  @Query(() => DatasetConnection, { description: 'Datasets, newest first.' })
  datasets(
    @Args('router', { type: () => String, nullable: true, description: 'Of this router; of all when absent.' })
    router: string | null,
    @Args('first', {
      type: () => Int,
      defaultValue: DEFAULT_PAGE,
      nullable: true,
      description: 'Datasets of a page, 1 to 200.',
    })
    first: number | null,
    @Args('after', { type: () => String, nullable: true, description: 'endCursor of the page before.' })
    after: string | null,
  ): Promise<Connection<DatasetType>> {
    return this.service.list(router ?? null, first, after);
  }

  @ResolveReference()
  reference({ id }: { id: string }, { loaders }: GraphContext): Promise<DatasetType | null> {
    return loaders.load('Dataset', id, (ids) => this.service.byId(ids));
  }
}
