import { Directive, Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { DateTime, JobStatus, Problem, Progress } from '@signalbox/contracts/graphql';
import { GraphQLJSON } from 'graphql-scalars';
import { TrainingGraph } from '../training.graph.js';

@ObjectType('DatasetJudge', {
  registerIn: () => TrainingGraph,
  description: 'A judge whose scores are among the outcomes of a dataset.',
})
export class DatasetJudgeType {
  @Field(() => String, { description: '`name@version`.' })
  judge!: string;

  @Field(() => Int, { description: 'Cells prompt x candidate that it scored.' })
  outcomes!: number;

  @Field(() => Boolean, {
    description:
      'Whether it had passed its gate; one that had not counts by allowUncalibrated, of the labeler or of LABEL_POLICY.',
  })
  passedGate!: boolean;

  @Field(() => String, { description: 'Why it passed or not.' })
  reason!: string;
}

@ObjectType('Dataset', {
  registerIn: () => TrainingGraph,
  description:
    'A snapshot of outcomes with its split. Nothing of it changes, but that rows of calls which were forgotten are taken out. Counts are 0 and objects empty until it is frozen.',
})
@Directive('@key(fields: "id")')
export class DatasetType {
  @Field(() => ID, { description: 'uuid.' })
  id!: string;

  @Field(() => JobStatus, { description: 'Where the work stands.' })
  status!: JobStatus;

  @Field(() => Progress, { description: 'In prompts.' })
  progress!: Progress;

  @Field(() => Problem, { nullable: true, description: 'Why it failed.' })
  problem!: Problem | null;

  @Field(() => String, {
    nullable: true,
    description: 'sha256 of the content: rows, split and seed. The same data gives the same hash anywhere.',
  })
  hash!: string | null;

  @Field(() => DateTime, { description: 'When it was asked for, UTC. Not part of the content.' })
  createdAt!: Date;

  @Field(() => Int, { description: 'Rows: prompts as they were asked, with at least one outcome.' })
  prompts!: number;

  @Field(() => Int, {
    description:
      'Rows that were taken out since, with the calls that they came of; the other counts are as it was frozen.',
  })
  forgottenPrompts!: number;

  @Field(() => Int, { description: 'Cells prompt x candidate of which the outcome is known.' })
  outcomes!: number;

  @Field(() => Int, { description: 'Calls that the split was planned over, labelled or not.' })
  eligibleCalls!: number;

  @Field(() => [String], { description: 'Candidates of the router, in its order.' })
  candidates!: string[];

  @Field(() => Float, { description: 'outcomes / (prompts x candidates), 0..1.' })
  density!: number;

  @Field(() => GraphQLJSON, {
    description:
      '{method, testShare, validationShare (0: settings are chosen out of fold within train), embargoSeconds, cut (UTC), counts: prompts of train, test, spanning, embargo}.',
  })
  split!: unknown;

  @Field(() => GraphQLJSON, {
    description: 'What train and test share, measured on the texts; all counts of `shared` must be 0.',
  })
  leakReport!: unknown;

  @Field(() => GraphQLJSON, { description: 'Calls and facts that are not in it, counted by reason.' })
  leftOut!: unknown;

  @Field(() => [DatasetJudgeType], {
    description: 'Judges whose scores are in it, as they stood when it was frozen, in order of their names.',
  })
  judges!: DatasetJudgeType[];

  @Field(() => String, { description: 'Id of the space that the vectors of its texts lie in.' })
  embedding!: string;
}
