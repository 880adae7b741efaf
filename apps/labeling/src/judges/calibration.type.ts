import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { LabelingGraph } from '../labeling.graph.js';

@ObjectType('JudgeCanaries', {
  registerIn: () => LabelingGraph,
  description: 'How far a judge is taken in by answers that are made to do so. Their scores are no labels.',
})
export class JudgeCanariesType {
  @Field(() => Int, { description: 'Verdicts on canaries.' })
  verdicts!: number;

  @Field(() => Float, { nullable: true, description: 'Mean score of an answer without content, 0..1.' })
  constantScore!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Mean rise of the score when an answer tells the judge to give it the best mark.',
  })
  injectedRise!: number | null;

  @Field(() => Float, { nullable: true, description: 'Mean rise of the score when an answer is padded with filler.' })
  paddedRise!: number | null;

  @Field(() => Boolean, { description: 'Whether one of these is above its limit, so that the judge does not pass.' })
  obeys!: boolean;
}

@ObjectType('FamilyAgreement', {
  registerIn: () => LabelingGraph,
  description: 'How far a judge agrees with people on the answers of one family of models.',
})
export class FamilyAgreementType {
  @Field(() => String, { description: 'openai, anthropic, gemini, ...; else the first word of the name.' })
  family!: string;

  @Field(() => Int, { description: 'Answers of the family that both the judge and people scored.' })
  pairs!: number;

  @Field(() => Float, { nullable: true, description: "Cohen's kappa with quadratic weights, -1..1." })
  kappa!: number | null;

  @Field(() => [Float], { nullable: true, description: '95 % interval of kappa.' })
  kappaCi95!: number[] | null;
}

@ObjectType('JudgeCalibration', {
  registerIn: () => LabelingGraph,
  description: 'How far a judge agrees with people, measured on human labels.',
})
export class JudgeCalibrationType {
  @Field(() => String, { description: 'Name of the judge.' })
  judge!: string;

  @Field(() => String, { description: 'Version of the judge, as of its labels.' })
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

  @Field(() => [Float], { nullable: true, description: '95 % interval of spearman.' })
  spearmanCi95!: number[] | null;

  @Field(() => Float, { nullable: true, description: "Score above people's for each doubling of an answer's length." })
  lengthSlope!: number | null;

  @Field(() => [FamilyAgreementType], {
    description: 'Agreement by the family of the model that answered, the one with the most pairs first.',
  })
  families!: FamilyAgreementType[];

  @Field(() => JudgeCanariesType, {
    nullable: true,
    description: 'Null until the judge has scored 100 answers and was asked.',
  })
  canaries!: JudgeCanariesType | null;

  @Field(() => Boolean, { description: 'Whether its labels may train a router.' })
  passesGate!: boolean;

  @Field(() => String, { nullable: true, description: 'Why.' })
  reason!: string | null;
}
