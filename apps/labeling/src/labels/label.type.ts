import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { DateTime } from '@signalbox/contracts/graphql';
import { LabelingGraph } from '../labeling.graph.js';
import { LabelerKind } from '../labelers/labeler.type.js';

@ObjectType('Label', {
  registerIn: () => LabelingGraph,
  description: 'One opinion on one answer: of a logged call or of a replayed cell.',
})
export class LabelType {
  @Field(() => ID, { description: 'uuid v7.' })
  id!: string;

  callId!: string | null;

  replayCellId!: string | null;

  @Field(() => LabelerKind, { description: 'Who gave it.' })
  kind!: LabelerKind | keyof typeof LabelerKind;

  @Field(() => String, { description: 'Name of the labeler; `human` and `feedback` for people.' })
  labeler!: string;

  @Field(() => String, { description: 'Version of the labeler.' })
  labelerVersion!: string;

  @Field(() => Float, { nullable: true, description: '0..1; null when the labeler abstained.' })
  score!: number | null;

  @Field(() => Boolean, { description: 'Whether the labeler could not tell. An abstention is no opinion.' })
  abstained!: boolean;

  @Field(() => String, { nullable: true, description: 'Why, in words.' })
  rationale!: string | null;

  @Field(() => Float, {
    nullable: true,
    description: 'What this label cost, USD; 0 where a verdict on an equal answer was reused.',
  })
  costUsd!: number | null;

  @Field(() => DateTime, { description: 'When it was given, UTC.' })
  createdAt!: Date;
}

@ObjectType('LabelUse', { registerIn: () => LabelingGraph, description: 'What became of one label of an answer.' })
export class LabelUseType {
  @Field(() => ID, { description: 'Id of the label.' })
  labelId!: string;

  @Field(() => LabelerKind, { description: 'Who gave it.' })
  kind!: LabelerKind | keyof typeof LabelerKind;

  @Field(() => String, { description: '`name@version` of the labeler.' })
  labeler!: string;

  @Field(() => Float, { nullable: true, description: '0..1; null when the labeler abstained.' })
  score!: number | null;

  @Field(() => Boolean, { description: 'Whether the performance comes of it.' })
  counts!: boolean;

  @Field(() => String, { description: 'Why it counts, or does not.' })
  why!: string;
}

@ObjectType('PerformanceExplanation', {
  registerIn: () => LabelingGraph,
  description: 'Where the performance of an answer comes from, by the label policy.',
})
export class PerformanceExplanationType {
  @Field(() => Float, { nullable: true, description: '0..1; null when no label is usable.' })
  performance!: number | null;

  @Field(() => LabelerKind, { nullable: true, description: 'The kind that decides.' })
  kind!: LabelerKind | keyof typeof LabelerKind | null;

  @Field(() => String, {
    nullable: true,
    description: '`name@version` that decides; of a weighted mean `name@version*weight` of each.',
  })
  labeler!: string | null;

  @Field(() => [LabelUseType], { description: 'Its labels, the oldest first; the first 1000.' })
  labels!: LabelUseType[];
}

@ObjectType('LabelCount', { registerIn: () => LabelingGraph, description: 'Labels of one kind, over all answers.' })
export class LabelCountType {
  @Field(() => LabelerKind, { description: 'Who gave them.' })
  kind!: LabelerKind | keyof typeof LabelerKind;

  @Field(() => Int, { description: 'Labels with a score.' })
  labels!: number;

  @Field(() => Int, {
    description: 'Answers without a score: the labeler abstained, or a reply of the judge was no verdict.',
  })
  abstained!: number;
}
