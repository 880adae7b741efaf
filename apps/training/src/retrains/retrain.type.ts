import { Directive, Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { DateTime, JobStatus, Problem, Progress } from '@signalbox/contracts/graphql';
import { GraphQLJSON } from 'graphql-scalars';
import { TrainingGraph } from '../training.graph.js';

@ObjectType('Router', { registerIn: () => TrainingGraph })
@Directive('@key(fields: "name")')
export class RouterStub {
  @Field(() => String)
  name!: string;
}

@ObjectType('RouterVersion', { registerIn: () => TrainingGraph })
@Directive('@key(fields: "id", resolvable: false)')
export class RouterVersionStub {
  @Field(() => ID)
  id!: string;
}

@ObjectType('StageRecord', { registerIn: () => TrainingGraph, description: 'One stage of a retrain.' })
export class StageRecordType {
  @Field(() => String, { description: 'Its name, e.g. `label`.' })
  stage!: string;

  @Field(() => JobStatus, { description: 'Where it stands; QUEUED until the stages before it have succeeded.' })
  status!: JobStatus;

  @Field(() => Progress, { nullable: true, description: 'How far it is; null until it says so.' })
  progress!: Progress | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was asked for, UTC.' })
  startedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it ended, UTC.' })
  finishedAt!: Date | null;

  @Field(() => GraphQLJSON, { nullable: true, description: 'Counts, ids and hashes of what it made.' })
  output!: unknown;

  @Field(() => Problem, { nullable: true, description: 'Why it failed.' })
  problem!: Problem | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Service that the stage waits for: its owner, when it has not been heard of for 15 seconds. The stage goes on by itself when it is there.',
  })
  waitingFor?: string | null;
}

@ObjectType('Retrain', { registerIn: () => TrainingGraph, description: 'One walk through the loop for one router.' })
export class RetrainType {
  @Field(() => ID, { description: 'uuid v7.' })
  id!: string;

  @Field(() => JobStatus, { description: 'Where it stands.' })
  status!: JobStatus;

  @Field(() => String, { description: 'Why it was asked for.' })
  reason!: string;

  @Field(() => String, { description: 'Who asked; `anonymous` while authentication is not configured.' })
  requestedBy!: string;

  @Field(() => Int, { description: '1, and one more each time that it was resumed.' })
  attempt!: number;

  @Field(() => DateTime, { description: 'When it was asked for, UTC.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it ended, UTC.' })
  finishedAt!: Date | null;

  @Field(() => Problem, { nullable: true, description: 'Why it failed: the problem of the stage that did.' })
  problem!: Problem | null;
}
