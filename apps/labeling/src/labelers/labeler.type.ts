import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { LabelingGraph } from '../labeling.graph.js';

export enum LabelerKind {
  JUDGE = 'JUDGE',
  FEEDBACK = 'FEEDBACK',
  METRIC = 'METRIC',
  HUMAN = 'HUMAN',
}
registerEnumType(LabelerKind, {
  name: 'LabelerKind',
  description: 'Who gives an opinion on an answer.',
  registerIn: () => LabelingGraph,
});

@ObjectType('Labeler', { registerIn: () => LabelingGraph, description: 'A metric with known answers, or a judge.' })
export class LabelerType {
  @Field(() => String, { description: 'Unique name.' })
  name!: string;

  @Field(() => LabelerKind, { description: 'METRIC or JUDGE; people and feedback need no labeler.' })
  kind!: LabelerKind;

  @Field(() => String, {
    description:
      'Changes with the rules that the labels depend on: metric, or model, rubric and references of a judge, or judges of a panel.',
  })
  version!: string;

  @Field(() => Boolean, {
    description:
      'Whether its labels have earned a say in performance: a metric always, a judge when it agrees with people.',
  })
  calibrated!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: 'Known answers of a METRIC, a rule counted once; null for a judge.',
  })
  groundTruths!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Answers that a labelling run has a judge score at once; null for a metric.',
  })
  concurrency!: number | null;
}
