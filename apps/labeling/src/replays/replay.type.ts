import { JobStatus, Problem, Progress } from '@signalbox/contracts/graphql';
import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { LabelingGraph } from '../labeling.graph.js';
import { ReplaySampling } from './replay.input.js';

@ObjectType('ReplayCell', {
  registerIn: () => LabelingGraph,
  description: 'The answer of one candidate to one replayed prompt.',
})
export class ReplayCellType {
  @Field(() => ID, { description: 'Derived from replay, call and candidate.' })
  id!: string;

  callId!: string;

  @Field(() => String, { description: 'The candidate that was asked.' })
  candidate!: string;

  @Field(() => String, { nullable: true, description: 'Text of its answer; null when it failed.' })
  response!: string | null;

  @Field(() => Float, { nullable: true, description: 'Score of the answer, 0..1; null while it has no usable label.' })
  performance!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'USD, as the endpoint reports it, else by the price of the candidate.',
  })
  costUsd!: number | null;

  @Field(() => Float, { nullable: true, description: 'Seconds, as the endpoint reports them, else as measured.' })
  responseTimeSeconds!: number | null;

  @Field(() => Problem, { nullable: true, description: 'Why there is no answer.' })
  problem!: Problem | null;

  @Field(() => Boolean, {
    description:
      'Whether it is no candidate of the replay but the model of the logged answer, asked again to measure drift.',
  })
  askedAgain!: boolean;
}

@ObjectType('ReplayDrift', {
  registerIn: () => LabelingGraph,
  description:
    'How the models of logged answers have changed since: new answers of the same models, by the same labeler.',
})
export class ReplayDriftType {
  @Field(() => Int, { description: 'Prompts with a score of both answers from one version of one labeler.' })
  prompts!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Mean score of the new answers less that of the logged ones, -1..1.',
  })
  meanDifference!: number | null;

  @Field(() => [Float], { nullable: true, description: '95 % interval of it; null with fewer than two prompts.' })
  meanDifferenceCi95!: [number, number] | null;
}

@ObjectType('ReplayComparison', {
  registerIn: () => LabelingGraph,
  description:
    'How a policy would have done on the prompts that were drawn, beside the answers as logged. A prompt counts for one over the probability with which it was drawn.',
})
export class ReplayComparisonType {
  @Field(() => String, {
    description: 'The candidate that gets every prompt, or the challenger, e.g. support-bot@7, whose choice does.',
  })
  policy!: string;

  @Field(() => Int, { description: 'Prompts that were drawn for it.' })
  prompts!: number;

  @Field(() => Int, {
    description:
      'Of these, those whose new answer has no score (yet); where only differences are asked, no pair of scores.',
  })
  unscored!: number;

  @Field(() => Float, { nullable: true, description: 'Mean score of its answers, 0..1; null of a challenger.' })
  mean!: number | null;

  @Field(() => [Float], { nullable: true, description: '95 % interval of it; null with fewer than two scores.' })
  meanCi95!: [number, number] | null;

  @Field(() => Int, {
    description:
      'Prompts whose new and logged answer have a score of one version of one labeler; of a challenger, those that differ.',
  })
  paired!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      'Mean score of its answers less that of the logged ones, -1..1; a prompt that it gives to whom answered counts as 0.',
  })
  meanDifference!: number | null;

  @Field(() => [Float], { nullable: true, description: '95 % interval of it; null with fewer than two pairs.' })
  meanDifferenceCi95!: [number, number] | null;
}

@ObjectType('Replay', {
  registerIn: () => LabelingGraph,
  description: 'Sampled prompts asked of several candidates, under a budget.',
})
export class ReplayType {
  @Field(() => ID, { description: 'uuid.' })
  id!: string;

  @Field(() => JobStatus, { description: 'Where the work stands.' })
  status!: JobStatus;

  @Field(() => Progress, { description: 'In cells: prompts times candidates, and logged models that are asked again.' })
  progress!: Progress;

  @Field(() => Int, { description: 'Prompts in the sample; 0 until it is drawn.' })
  prompts!: number;

  @Field(() => ReplaySampling, { description: 'How they are drawn.' })
  sampling!: ReplaySampling;

  @Field(() => Boolean, {
    description: "Whether the challenger's choice is asked, and only where it is another one than answered.",
  })
  onlyWhereDifferent!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: 'Prompts that the challenger gives to another candidate; null without onlyWhereDifferent.',
  })
  differentPrompts!: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'The version whose choices decide what is drawn or asked, e.g. support-bot@7; null where none does.',
  })
  routerVersion!: string | null;

  @Field(() => [String], { description: 'Names of the candidates.' })
  candidates!: string[];

  @Field(() => Float, {
    description: 'Most that candidates and judges may cost, USD; only calls in flight can exceed it.',
  })
  budgetUsd!: number;

  @Field(() => Float, { description: 'Spent on candidates and judges, USD.' })
  spentUsd!: number;

  @Field(() => Int, {
    description: 'Answers of candidates and judges whose price is not known; they count as 0 USD in spentUsd.',
  })
  unpriced!: number;

  @Field(() => [String], { description: 'What one should know to read the numbers, e.g. that a price is unknown.' })
  notes!: string[];

  @Field(() => Int, { description: 'Cells that were asked, failed ones included.' })
  cellCount!: number;

  @Field(() => Int, { description: 'Cells whose candidate gave no answer.' })
  failedCells!: number;

  @Field(() => Int, { description: 'Calls left out because they need tools.' })
  skippedForTools!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "Half of the 95 % interval to expect, 0..1, told before anything is paid: of one candidate's mean performance, with onlyWhereDifferent of the challenger's mean difference. Null until the sample is drawn, unless that is uniform.",
  })
  expectedHalfWidth!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'USD to expect of the candidates, from their prices and mean tokens, and of logged models that are asked again, from what they cost; null when one of these is unknown, and until the sample is drawn, unless that is uniform. Comparisons with the logged answers are part of it where the judge has prices; the verdicts on single answers come on top.',
  })
  expectedCostUsd!: number | null;

  @Field(() => Problem, { nullable: true, description: 'Why it failed or stopped.' })
  problem!: Problem | null;
}
