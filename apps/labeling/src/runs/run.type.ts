import { JobStatus, Problem, Progress } from '@signalbox/contracts/graphql';
import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { LabelingGraph } from '../labeling.graph.js';

@ObjectType('LabelingRun', {
  registerIn: () => LabelingGraph,
  description: 'Scoring of many answers by metrics and judges.',
})
export class LabelingRunType {
  @Field(() => ID, { description: 'uuid.' })
  id!: string;

  @Field(() => JobStatus, { description: 'Where the work stands.' })
  status!: JobStatus;

  @Field(() => Progress, { description: 'In calls: those looked at by the metrics, and those scored by each judge.' })
  progress!: Progress;

  @Field(() => Int, { description: 'Scores that stand after the run, those that were there before included.' })
  labelled!: number;

  @Field(() => Int, {
    description: 'Answers without a score: a labeler abstained, a reply of the judge was no verdict, or it declined.',
  })
  abstained!: number;

  @Field(() => Int, { description: 'Of the abstained, replies of judges that were no verdict.' })
  unparseable!: number;

  @Field(() => Float, { nullable: true, description: 'Most that judges may spend, USD.' })
  budgetUsd!: number | null;

  @Field(() => Float, { description: 'Spent on judges, USD.' })
  spentUsd!: number;

  @Field(() => Int, { description: 'Verdicts whose price is not known; they count as 0 USD in spentUsd.' })
  unpriced!: number;

  @Field(() => Int, { description: 'Feedback that had been waiting for its call and was joined.' })
  feedbackJoined!: number;

  @Field(() => [String], { description: 'What one should know to read the numbers, e.g. that a price is unknown.' })
  notes!: string[];

  @Field(() => Problem, { nullable: true, description: 'Why it failed, or what it could not label.' })
  problem!: Problem | null;
}
