import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { RegistryGraph } from '../registry.graph.js';

@ObjectType('CandidateScore', {
  registerIn: () => RegistryGraph,
  description: 'What the version expects of a candidate for the prompt.',
})
export class CandidateScoreType {
  @Field(() => String, { description: 'Name of the candidate.' })
  candidate!: string;

  @Field(() => Float, { description: 'Expected quality of the answer, 0..1.' })
  expectedQuality!: number;

  @Field(() => Float, { nullable: true, description: 'Expected cost in USD; null when no cost was ever observed.' })
  expectedCostUsd!: number | null;

  @Field(() => Float, { description: 'Probability with which this candidate is chosen, exploration included, 0..1.' })
  probability!: number;
}

@ObjectType('Decision', {
  registerIn: () => RegistryGraph,
  description:
    'Which candidate answers a prompt. The probabilities are over the candidates that were available; store them with the call.',
})
export class DecisionType {
  @Field(() => ID, { description: 'uuid v7; put it on the span of the call as `signalbox.decision.id`.' })
  id!: string;

  @Field(() => String, { description: 'The candidate that was chosen.' })
  candidate!: string;

  @Field(() => Float, { description: 'Probability with which it was chosen, 0..1.' })
  propensity!: number;

  @Field(() => Boolean, { description: 'Whether it was drawn at random, to explore.' })
  explored!: boolean;

  @Field(() => Boolean, {
    description: 'Whether the prompt is unlike those of training, so that the best single candidate answers.',
  })
  fellBack!: boolean;

  @Field(() => [String], { description: 'Candidates that were left out: incapable, unavailable or not allowed.' })
  masked!: string[];

  @Field(() => String, { description: 'The version that decided, as `name@7`.' })
  routerVersion!: string;

  @Field(() => [CandidateScoreType], {
    description:
      'The candidates that were available. Empty for a version that was made without labels: nothing is known of them, and the one named first answers.',
  })
  scores!: CandidateScoreType[];

  @Field(() => Int, { description: 'Microseconds that deciding took, without embedding the prompt.' })
  decidedInMicroseconds!: number;
}
