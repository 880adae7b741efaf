import { Directive, Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { Problem } from '@signalbox/contracts/graphql';
import { GraphQLJSON } from 'graphql-scalars';
import { DatasetJudgeType } from '../datasets/dataset.type.js';
import { TrainingGraph } from '../training.graph.js';

@ObjectType('FrontierPoint', {
  registerIn: () => TrainingGraph,
  description: 'Quality and cost of a policy at one tradeoff.',
})
export class FrontierPointType {
  @Field(() => String, { description: 'A router at a tradeoff, or a candidate alone.' })
  policy!: string;

  @Field(() => Float, { nullable: true, description: 'Quality points per USD; null for a candidate alone.' })
  tradeoff!: number | null;

  @Field(() => Float, { description: 'Mean performance, 0..1.' })
  quality!: number;

  @Field(() => Float, { description: 'USD a call.' })
  costUsdPerCall!: number;
}

@ObjectType('PolicyAsPeople', {
  registerIn: () => TrainingGraph,
  description:
    "What people would say of a policy that a judge scored: corrected by the answers that both scored. Intervals are 95 % and carry the judge's error.",
})
export class PolicyAsPeopleType {
  @Field(() => Float, { description: 'Mean performance, 0..1.' })
  quality!: number;

  @Field(() => [Float], { description: 'Lower and upper bound.' })
  qualityCi95!: number[];

  @Field(() => Float, { description: 'Paired difference in quality to the best single candidate; a fraction.' })
  gainOverBestSingle!: number;

  @Field(() => [Float], { description: 'Lower and upper bound.' })
  gainCi95!: number[];
}

@ObjectType('PolicyResult', {
  registerIn: () => TrainingGraph,
  description:
    'One policy on the test prompts. Intervals are 95 %, clustered by group; null is a number that the data cannot support.',
})
export class PolicyResultType {
  @Field(() => String, {
    description: '`logged`, `random`, `cheapest`, `bestSingle`, `oracle`, `champion` or the type of a router.',
  })
  policy!: string;

  @Field(() => Float, { description: 'Mean performance, 0..1.' })
  quality!: number;

  @Field(() => [Float], { nullable: true, description: 'Lower and upper bound.' })
  qualityCi95!: number[] | null;

  @Field(() => Float, { nullable: true, description: 'USD a call.' })
  costUsdPerCall!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Paired difference in quality to the best single candidate, which is chosen on train; a fraction.',
  })
  gainOverBestSingle!: number | null;

  @Field(() => [Float], { nullable: true, description: 'Lower and upper bound.' })
  gainCi95!: number[] | null;

  @Field(() => Float, { nullable: true, description: '(quality - best single) / (oracle - best single).' })
  gapRecovered!: number | null;

  @Field(() => GraphQLJSON, { description: 'Share of the prompts by candidate, 0..1.' })
  share!: unknown;

  @Field(() => Float, {
    nullable: true,
    description:
      'USD a call saved against the policy as logged, net of what judges and replay cost, spread over the calls of the dataset.',
  })
  savedNetUsdPerCall!: number | null;

  @Field(() => PolicyAsPeopleType, {
    nullable: true,
    description:
      'Null where no judge scored, where people scored fewer than 20 of its answers of a candidate, and for the oracle; `notes` of the evaluation says which.',
  })
  asPeople?: PolicyAsPeopleType | null;
}

@ObjectType('Evaluation', {
  registerIn: () => TrainingGraph,
  description: 'A report on prompts that training never saw.',
})
@Directive('@key(fields: "id")')
export class EvaluationType {
  @Field(() => ID, { description: 'uuid.' })
  id!: string;

  @Field(() => String, { description: '`paired-replay`, or `off-policy` where too few prompts were replayed.' })
  method!: string;

  @Field(() => Int, { description: 'Prompts that were compared.' })
  prompts!: number;

  @Field(() => [PolicyResultType], { description: 'The policies.' })
  results!: PolicyResultType[];

  @Field(() => [FrontierPointType], { description: 'What tradeoffs give, and the candidates alone.' })
  frontier!: FrontierPointType[];

  @Field(() => Float, {
    nullable: true,
    description:
      "Mean quality under the default router's frontier between the cheapest and the dearest candidate, 0..1.",
  })
  aiq!: number | null;

  @Field(() => Float, {
    description: 'Share of the test prompts of which the outcome of every candidate is known, 0..1.',
  })
  observedShare!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Effective number of logged test calls like the default router would make.',
  })
  effectiveSampleSize!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of logged test calls where the log never makes its choice, 0..1.',
  })
  unsupportedShare!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Share of test prompts that fall back to the best single candidate, being unlike those of train, 0..1.',
  })
  unfamiliarShare!: number | null;

  @Field(() => [DatasetJudgeType], { description: 'Judges whose scores are in its dataset, those of train as well.' })
  judges!: DatasetJudgeType[];

  @Field(() => [String], {
    description:
      'What one should know to read the numbers: judges that count without having passed their gate, and whose scores an interval is of.',
  })
  notes!: string[];

  @Field(() => [Problem], { description: 'What the data cannot support, and why.' })
  refused!: Problem[];
}
