import { Directive, Field, Float, ID, ObjectType } from '@nestjs/graphql';
import { DateTime, JobStatus, Problem } from '@signalbox/contracts/graphql';
import { GraphQLJSON } from 'graphql-scalars';
import { TrainingGraph } from '../training.graph.js';

@ObjectType('TrainingRun', {
  registerIn: () => TrainingGraph,
  description: 'Parameters, figures and artefact of one fit. `dataset` and `evaluation` are its data and its report.',
})
@Directive('@key(fields: "id")')
export class TrainingRunType {
  @Field(() => ID, { description: 'uuid.' })
  id!: string;

  @Field(() => String, { description: '`kmeans`, `knn` or `ridge`.' })
  routerType!: string;

  @Field(() => GraphQLJSON, {
    description: 'Hyper-parameters, chosen out of fold within train; empty until it has ended.',
  })
  params!: unknown;

  @Field(() => GraphQLJSON, {
    description: 'Out-of-fold figures of prompts that the fit had not seen, as fractions; empty until it has ended.',
  })
  metrics!: unknown;

  @Field(() => JobStatus, { description: 'Where the work stands.' })
  status!: JobStatus;

  @Field(() => DateTime, { nullable: true, description: 'When the fit began, UTC.' })
  startedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it ended, UTC.' })
  finishedAt!: Date | null;

  @Field(() => Float, { nullable: true, description: 'Seconds of search and fit.' })
  fitSeconds!: number | null;

  @Field(() => String, { nullable: true, description: 'sha256 of the ONNX file.' })
  modelSha256!: string | null;

  @Field(() => String, { nullable: true, description: 'Its run in MLflow; null where MLflow is not connected.' })
  mlflowRunId?: string | null;

  @Field(() => Problem, { nullable: true, description: 'Why it failed.' })
  problem!: Problem | null;
}
