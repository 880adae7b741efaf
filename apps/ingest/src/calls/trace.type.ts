import { Field, Float, ObjectType } from '@nestjs/graphql';
import { DateTime } from '@signalbox/contracts/graphql';
import { IngestGraph } from '../ingest.graph.js';
import { LlmCallType } from './call.type.js';

@ObjectType('Trace', { registerIn: () => IngestGraph, description: 'The LLM calls of one trace.' })
export class TraceType {
  @Field(() => String, { description: '32 hex digits.' })
  traceId!: string;

  @Field(() => DateTime, { description: 'Start of its first LLM call, UTC.' })
  startedAt!: Date;

  @Field(() => Float, { description: 'From the start of its first to the end of its last LLM call, in seconds.' })
  durationSeconds!: number;

  @Field(() => [LlmCallType], { description: 'By start; the first 1000.' })
  calls!: LlmCallType[];

  @Field(() => Float, { nullable: true, description: 'USD, over the calls whose cost is known; null when none is.' })
  costUsd!: number | null;
}
