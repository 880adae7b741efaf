import { Field, Float, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { LabelingGraph } from '../labeling.graph.js';

export enum PairwiseOrder {
  LOGGED_FIRST = 'LOGGED_FIRST',
  REPLAYED_FIRST = 'REPLAYED_FIRST',
}
registerEnumType(PairwiseOrder, {
  name: 'PairwiseOrder',
  description: 'Which of two answers the judge saw first.',
  registerIn: () => LabelingGraph,
});

export enum PairwisePreference {
  LOGGED = 'LOGGED',
  REPLAYED = 'REPLAYED',
  TIE = 'TIE',
}
registerEnumType(PairwisePreference, {
  name: 'PairwisePreference',
  description: 'Which of two answers a judge holds to be better.',
  registerIn: () => LabelingGraph,
});

@ObjectType('PairwiseVerdict', {
  registerIn: () => LabelingGraph,
  description: 'What a judge says of a replayed answer beside the logged one of the same call. Evidence, and no label.',
})
export class PairwiseVerdictType {
  @Field(() => String, { description: 'Name of the judge.' })
  judge!: string;

  @Field(() => String, { description: 'Version of the judge, as of its labels.' })
  version!: string;

  @Field(() => PairwiseOrder, { description: 'Which answer it saw first.' })
  order!: PairwiseOrder;

  @Field(() => PairwisePreference, { nullable: true, description: 'The better one; null when the judge abstained.' })
  preferred!: PairwisePreference | null;

  @Field(() => String, { nullable: true, description: 'Why, in the words of the judge.' })
  rationale!: string | null;

  @Field(() => Float, { description: 'USD; 0 for one that was there for equal texts, or whose price is not known.' })
  costUsd!: number;
}

@ObjectType('PairwiseEvidence', {
  registerIn: () => LabelingGraph,
  description:
    'How the answers of one model compare with the logged ones, by the judge of the replay in both orders. Evidence, and no part of performance.',
})
export class PairwiseEvidenceType {
  @Field(() => String, { description: 'Model whose new answers were compared.' })
  candidate!: string;

  @Field(() => Int, { description: 'Answers on which the judge has a preference or a tie in both orders.' })
  pairs!: number;

  @Field(() => Int, { description: 'Of these, those on which it says the same in both orders.' })
  consistentPairs!: number;

  @Field(() => Int, { description: 'Consistent pairs of which the new answer is better.' })
  wins!: number;

  @Field(() => Int, { description: 'Consistent pairs of which neither is better.' })
  ties!: number;

  @Field(() => Int, { description: 'Consistent pairs of which the logged answer is better.' })
  losses!: number;

  @Field(() => Float, { nullable: true, description: 'consistentPairs / pairs, 0..1; null without pairs.' })
  shareConsistent!: number | null;

  @Field(() => Int, { description: 'Replies of the judge that were no verdict, refusals among them.' })
  unparseable!: number;
}
