import { Field, Float, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { DateTime } from '@signalbox/contracts/graphql';
import { TrainingGraph } from '../training.graph.js';

export enum DatasetPart {
  TRAIN = 'train',
  TEST = 'test',
  SPANNING = 'spanning',
  EMBARGO = 'embargo',
}
registerEnumType(DatasetPart, {
  name: 'DatasetPart',
  description: 'On which side of the split a row lies.',
  valuesMap: {
    TRAIN: { description: 'Routers are fitted on it.' },
    TEST: { description: 'Routers are evaluated on it, once.' },
    SPANNING: {
      description: 'After the cut, of a group that has rows before it: neither trained on nor part of the test.',
    },
    EMBARGO: { description: 'Too close before the cut to be trained on.' },
  },
});

export enum OutcomeSource {
  LOGGED = 'logged',
  REPLAYED = 'replayed',
}
registerEnumType(OutcomeSource, {
  name: 'OutcomeSource',
  description: 'Where an answer came from.',
  valuesMap: {
    LOGGED: { description: 'The application asked for it.' },
    REPLAYED: { description: 'A replay asked for it.' },
  },
});

@ObjectType('DatasetOutcome', {
  registerIn: () => TrainingGraph,
  description: 'What is known of one answer. A candidate that was both logged and replayed has two.',
})
export class DatasetOutcomeType {
  @Field(() => String, { description: 'Candidate that answered.' })
  candidate!: string;

  @Field(() => OutcomeSource, { description: 'Where the answer came from.' })
  source!: OutcomeSource;

  @Field(() => Float, { description: 'Quality, 0..1.' })
  performance!: number;

  @Field(() => String, { description: 'Labeler that scored it, `name@version`.' })
  labeler!: string;

  @Field(() => Float, { nullable: true, description: 'USD; null when unknown.' })
  costUsd!: number | null;

  @Field(() => Float, { nullable: true, description: 'Seconds; null when unknown, and of replayed answers.' })
  responseTimeSeconds!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Probability that the serving policy chose this candidate, 0..1; null when unknown, and of replayed answers.',
  })
  propensity!: number | null;
}

@ObjectType('DatasetRow', {
  registerIn: () => TrainingGraph,
  description: 'One prompt of a dataset, as it was asked once, with every outcome that is known of it.',
})
export class DatasetRowType {
  @Field(() => ID, { description: 'Id of the call that asked it.' })
  id!: string;

  @Field(() => String, { description: 'The prompt.' })
  query!: string;

  @Field(() => String, { nullable: true, description: 'Its task; null when unknown.' })
  task!: string | null;

  @Field(() => String, {
    description: 'Equal texts, near-duplicates and conversations share one, which lies in one part.',
  })
  group!: string;

  @Field(() => DatasetPart, { description: 'On which side of the split it lies.' })
  part!: DatasetPart;

  @Field(() => DateTime, { nullable: true, description: 'When it was asked, UTC.' })
  startedAt!: Date | null;

  @Field(() => [DatasetOutcomeType], { description: 'The logged one first, then those of the replay, by candidate.' })
  outcomes!: DatasetOutcomeType[];

  @Field(() => Boolean, { description: 'Whether it is of the part of a replay that was drawn uniformly at random.' })
  inRandomSlice!: boolean;

  /** Space of the vectors of its dataset. */
  embedding!: string;
}
