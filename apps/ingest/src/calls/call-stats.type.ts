import { Field, Float, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { IngestGraph } from '../ingest.graph.js';

export enum CallGroup {
  MODEL = 'MODEL',
  DAY = 'DAY',
  SOURCE = 'SOURCE',
  STATUS = 'STATUS',
  DIALECT = 'DIALECT',
}
registerEnumType(CallGroup, {
  name: 'CallGroup',
  description: 'What calls are counted by.',
  registerIn: () => IngestGraph,
});

@ObjectType('CallStats', { registerIn: () => IngestGraph, description: 'Counts of a group of calls.' })
export class CallStatsType {
  @Field(() => String, {
    description: 'modelName, day (YYYY-MM-DD, UTC), id of the source, status or dialect; `unknown` without a model.',
  })
  key!: string;

  @Field(() => Int, { description: 'Calls.' })
  calls!: number;

  @Field(() => Int, { description: 'Calls that ended in ERROR, TIMEOUT or REFUSED.' })
  errors!: number;

  @Field(() => Float, { nullable: true, description: 'USD, over the calls whose cost is known; null when none is.' })
  costUsd!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Mean performance of the labelled calls, 0..1; null without any.',
  })
  meanPerformance!: number | null;

  @Field(() => Int, { description: 'Calls whose performance is known; 0 while labeling is not there.' })
  labelled!: number;

  @Field(() => Float, { nullable: true, description: 'Median response time, in seconds.' })
  responseTimeSecondsP50!: number | null;

  @Field(() => Float, { nullable: true, description: '95th percentile of the response time, in seconds.' })
  responseTimeSecondsP95!: number | null;
}
