import {
  Args,
  Context,
  ID,
  Int,
  Mutation,
  Parent,
  Query,
  ResolveField,
  Resolver,
  ResolveReference,
} from '@nestjs/graphql';
import { SignalboxError } from '@signalbox/contracts';
import { connectionOf, DEFAULT_PAGE, type Connection } from '@signalbox/contracts/graphql';
import { type GraphContext } from '@signalbox/platform';
import { DatasetType } from '../datasets/dataset.type.js';
import { DatasetsService } from '../datasets/datasets.service.js';
import { EvaluationType } from '../evaluations/evaluation.type.js';
import { EvaluationsRepository } from '../evaluations/evaluations.repository.js';
import { TrainingGraph } from '../training.graph.js';
import { RunEntity } from './run.entity.js';
import { TrainRouterInput } from './run.input.js';
import { TrainingRunType } from './run.type.js';
import { RunsService } from './runs.service.js';

const TrainingRunConnection = connectionOf(
  'TrainingRun',
  () => TrainingRunType,
  () => TrainingGraph,
);

@Resolver(() => TrainingRunType)
export class RunsResolver {
  constructor(
    private readonly runs: RunsService,
    private readonly datasets: DatasetsService,
    private readonly evaluations: EvaluationsRepository,
  ) {}

  @Mutation(() => TrainingRunType, {
    description: 'Starts to fit a router on a dataset and to evaluate it, and returns at once.',
  })
  trainRouter(
    @Args('input', { type: () => TrainRouterInput, description: 'What to fit.' }) input: TrainRouterInput,
  ): Promise<TrainingRunType> {
    return this.runs.request(input);
  }

  @Query(() => TrainingRunType, {
    nullable: true,
    description: 'One training run; null when there is none of that id.',
  })
  trainingRun(
    @Args('id', { type: () => ID, description: 'Id of the training run.' }) id: string,
  ): Promise<TrainingRunType | null> {
    return this.runs.find(id);
  }

  @Query(() => TrainingRunConnection, { description: 'Training runs, newest first.' })
  trainingRuns(
    @Args('router', { type: () => String, nullable: true, description: 'Of this router; of all when absent.' })
    router: string | null,
    @Args('first', {
      type: () => Int,
      defaultValue: DEFAULT_PAGE,
      nullable: true,
      description: 'Runs of a page, 1 to 200.',
    })
    first: number | null,
    @Args('after', { type: () => String, nullable: true, description: 'endCursor of the page before.' })
    after: string | null,
  ): Promise<Connection<TrainingRunType>> {
    return this.runs.list(router ?? null, first, after);
  }

  @ResolveField('dataset', () => DatasetType, { description: 'What it was trained on.' })
  async dataset(@Parent() { id, datasetId }: RunEntity, @Context() { loaders }: GraphContext): Promise<DatasetType> {
    const dataset = await loaders.load('Dataset', datasetId, (ids) => this.datasets.byId(ids));
    if (dataset) return dataset;
    throw new SignalboxError('INTERNAL', `The dataset of training run ${id} is gone.`);
  }

  @ResolveField('evaluation', () => EvaluationType, {
    nullable: true,
    description: 'Its report; null until it is evaluated.',
  })
  evaluation(
    @Parent() { evaluationId }: RunEntity,
    @Context() { loaders }: GraphContext,
  ): Promise<EvaluationType | null> {
    if (evaluationId === null) return Promise.resolve(null);
    return loaders.load('Evaluation', evaluationId, (ids) => this.evaluations.byId(ids));
  }

  @ResolveReference()
  reference({ id }: { id: string }, { loaders }: GraphContext): Promise<TrainingRunType | null> {
    return loaders.load('TrainingRun', id, (ids) => this.runs.byId(ids));
  }
}
