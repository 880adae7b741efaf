import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { LabelingGraph } from '../labeling.graph.js';

@ObjectType('JudgeCalibration', {
  registerIn: () => LabelingGraph,
  description: 'How far a judge agrees with people, measured on human labels.',
})
export class JudgeCalibrationType {
  @Field(() => String, { description: 'Name of the judge.' })
  judge!: string;

  @Field(() => String, { description: 'Version of the judge: model and rubric.' })
  version!: string;

  @Field(() => Int, { description: 'Answers that both the judge and people scored.' })
  pairs!: number;

  @Field(() => Float, {
    nullable: true,
    description: "Cohen's kappa with quadratic weights, -1..1; null when it is not defined.",
  })
  kappa!: number | null;

  @Field(() => [Float], { nullable: true, description: '95 % interval of kappa.' })
  kappaCi95!: number[] | null;

  @Field(() => Float, { nullable: true, description: 'Rank correlation, -1..1.' })
  spearman!: number | null;

  @Field(() => Float, { nullable: true, description: "Score above people's for each doubling of an answer's length." })
  lengthSlope!: number | null;

  @Field(() => Boolean, { description: 'Whether its labels may train a router.' })
  passesGate!: boolean;

  @Field(() => String, { nullable: true, description: 'Why.' })
  reason!: string | null;
}
