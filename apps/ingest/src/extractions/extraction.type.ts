import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { DateTime, JobStatus, Problem, Progress } from '@signalbox/contracts/graphql';
import { GraphQLJSON } from 'graphql-scalars';
import { IngestGraph } from '../ingest.graph.js';

@ObjectType('SkippedSpans', {
  registerIn: () => IngestGraph,
  description: 'Spans whose LLM call is not stored, or that report none.',
})
export class SkippedSpansType {
  @Field(() => String, {
    description:
      'Why, e.g. `not_llm`; `forgotten`: the call was removed by deleteUserData, or is one of a user whose data was to be deleted; `expired`: it is older than its source keeps; `set_aside`: a trace that was sent here and cannot be read.',
  })
  reason!: string;

  @Field(() => Int, { description: 'Spans.' })
  count!: number;
}

@ObjectType('Coverage', {
  registerIn: () => IngestGraph,
  description: 'How complete what was read is: of the LLM calls found, how many carry each fact.',
})
export class CoverageType {
  @Field(() => Int, { description: 'LLM calls found, those that were stored before included.' })
  calls!: number;

  @Field(() => Int, { description: 'Calls with the text of the prompt.' })
  withQuery!: number;

  @Field(() => Int, { description: 'Calls with the text of the answer.' })
  withResponse!: number;

  @Field(() => Int, { description: 'Calls that name a model.' })
  withModel!: number;

  @Field(() => Int, { description: 'Calls with input and output tokens.' })
  withTokens!: number;

  @Field(() => Int, { description: 'Calls that report a cost.' })
  withCost!: number;

  @Field(() => Int, { description: 'Calls with the propensity of the choice of their model.' })
  withPropensity!: number;

  @Field(() => Int, { description: 'Calls whose texts were cut.' })
  truncated!: number;

  @Field(() => GraphQLJSON, { description: 'Calls by vocabulary of their spans: {dialect: calls}.' })
  byDialect!: unknown;
}

@ObjectType('Extraction', {
  registerIn: () => IngestGraph,
  description: 'One reading of a source from one moment to another.',
})
export class ExtractionType {
  @Field(() => ID, { description: 'uuid v7.' })
  id!: string;

  @Field(() => DateTime, { description: 'Traces with a span at or after this are read, UTC.' })
  from!: Date;

  @Field(() => DateTime, { description: 'Traces with a span before this are read, UTC.' })
  to!: Date;

  @Field(() => JobStatus, { description: 'Where the work stands.' })
  status!: JobStatus;

  @Field(() => Progress, { description: 'In spans read; how many there are is known at the end.' })
  progress!: Progress;

  @Field(() => Int, { description: 'Spans: callsStored + callsDuplicate + spansMerged + the sum of skipped.' })
  spansRead!: number;

  @Field(() => Int, { description: 'Calls that were new.' })
  callsStored!: number;

  @Field(() => Int, { description: 'Calls that were stored before.' })
  callsDuplicate!: number;

  @Field(() => Int, {
    description:
      'Calls stored from a part of their trace that the whole trace showed to be another call; they were removed.',
  })
  callsSuperseded!: number;

  @Field(() => Int, { description: 'Spans that report a call which another span reports too.' })
  spansMerged!: number;

  @Field(() => [SkippedSpansType], { description: 'Spans of which no call is stored, by reason.' })
  skipped!: SkippedSpansType[];

  @Field(() => CoverageType, { description: 'How complete what was read is.' })
  coverage!: CoverageType;

  @Field(() => Boolean, { description: 'Whether everything in the time range was read.' })
  complete!: boolean;

  @Field(() => Problem, { nullable: true, description: 'Why it failed, or what it could not read.' })
  problem!: Problem | null;
}
