import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { DateTime } from '@signalbox/contracts/graphql';
import { TrainingGraph } from '../training.graph.js';
import { SplitMethod } from './dataset.input.js';

@ObjectType('DatasetParts', { registerIn: () => TrainingGraph, description: 'Prompts of each part of a split.' })
export class DatasetPartsType {
  @Field(() => Int, { description: 'What routers are fitted on.' })
  train!: number;

  @Field(() => Int, { description: 'Prompts that nothing like was seen before; looked at once.' })
  test!: number;

  @Field(() => Int, {
    description: 'After the cut, but of a group that was seen before it: part of the as-it-comes test alone.',
  })
  spanning!: number;

  @Field(() => Int, { description: 'Too close before the cut to be trained on.' })
  embargo!: number;
}

@ObjectType('DatasetSplit', { registerIn: () => TrainingGraph, description: 'How train and test are told apart.' })
export class DatasetSplitType {
  @Field(() => SplitMethod, { description: 'The method that was asked for.' })
  method!: SplitMethod;

  @Field(() => Float, { description: 'Share of the prompts that was asked for, 0..1.' })
  testShare!: number;

  @Field(() => Float, { nullable: true, description: 'Seconds before the cut; null where time makes no split.' })
  embargoSeconds!: number | null;

  @Field(() => DateTime, { nullable: true, description: 'The first moment of the test, UTC.' })
  cut!: Date | null;

  @Field(() => DatasetPartsType, { description: 'Of all calls that the split was planned over, labelled or not.' })
  calls!: DatasetPartsType;
}

@ObjectType('DatasetLeaks', {
  registerIn: () => TrainingGraph,
  description:
    'What train and test share, measured on the texts and not taken from the groups that the split was made with.',
})
export class DatasetLeaksType {
  @Field(() => Boolean, { description: 'True when nothing is shared; a dataset that shares anything is refused.' })
  clean!: boolean;

  @Field(() => Int, { description: 'Groups of which train and test each have a prompt.' })
  sharedGroups!: number;

  @Field(() => Int, { description: 'Texts that are in train and in test.' })
  sharedTexts!: number;

  @Field(() => Int, { description: 'Test prompts that a chain of near-duplicates connects to a training prompt.' })
  nearDuplicateTests!: number;

  @Field(() => Int, {
    nullable: true,
    description: 'Conversations in train and in test; null when they were not known.',
  })
  sharedConversations!: number | null;

  @Field(() => Int, { description: 'Groups of prompts that are the same, nearly the same or of one conversation.' })
  groups!: number;

  @Field(() => Int, { description: 'Rows whose text another row has too.' })
  duplicateRows!: number;

  @Field(() => Int, { description: 'Groups that lie on both sides of the cut.' })
  spanningGroups!: number;

  @Field(() => DatasetPartsType, { description: 'Of the rows.' })
  rows!: DatasetPartsType;
}
