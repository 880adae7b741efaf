import { DateTime, CallStatus } from '@signalbox/contracts/graphql';
import { Directive, Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { GraphQLJSON } from 'graphql-scalars';
import { IngestGraph } from '../ingest.graph.js';

@ObjectType('LlmCall', {
  registerIn: () => IngestGraph,
  description: 'One request to one LLM, as it was read from traces.',
})
@Directive('@key(fields: "id")')
export class LlmCallType {
  @Field(() => ID, {
    description: 'Derived from start, trace and span: the same span is the same call wherever it is read.',
  })
  id!: string;

  @Field(() => String, { description: '32 hex digits.' })
  traceId!: string;

  @Field(() => String, { description: '16 hex digits.' })
  spanId!: string;

  @Field(() => String, { description: 'Vocabulary that the span spoke, e.g. `litellm-b`.' })
  dialect!: string;

  @Field(() => DateTime, { description: 'Start, UTC.' })
  startedAt!: Date;

  @Field(() => Float, { description: 'From the start to the end of the answer, in seconds.' })
  responseTimeSeconds!: number;

  @Field(() => Float, { nullable: true, description: 'From the start to the first token, in seconds.' })
  timeToFirstTokenSeconds!: number | null;

  @Field(() => String, { nullable: true, description: 'Text of the last user message.' })
  query!: string | null;

  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'The conversation sent: [{role, content, toolCalls?, toolCallId?}].',
  })
  messages!: unknown;

  @Field(() => String, { nullable: true, description: 'Text of the answer.' })
  response!: string | null;

  @Field(() => GraphQLJSON, { nullable: true, description: 'Tools that the model called: [{id?, name, arguments}].' })
  toolCalls!: unknown;

  @Field(() => String, { nullable: true, description: 'Model that was asked for.' })
  requestModel!: string | null;

  @Field(() => String, { nullable: true, description: 'Model that answered.' })
  responseModel!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The candidate that an alias resolves to, else the response model.',
  })
  modelName!: string | null;

  @Field(() => String, { nullable: true, description: 'Who runs the model, as the span names it.' })
  provider!: string | null;

  @Field(() => Int, { nullable: true, description: 'Tokens of the prompt, cached ones included.' })
  inputTokens!: number | null;

  @Field(() => Int, { nullable: true, description: 'Tokens of the answer, reasoning included.' })
  outputTokens!: number | null;

  @Field(() => Int, { nullable: true, description: 'Tokens in all.' })
  totalTokens!: number | null;

  @Field(() => Int, { nullable: true, description: 'Tokens of the prompt that came from a cache.' })
  cachedInputTokens!: number | null;

  @Field(() => Int, { nullable: true, description: 'Tokens of reasoning, a part of the output.' })
  reasoningTokens!: number | null;

  @Field(() => Float, { nullable: true, description: 'USD; null when neither reported nor computable from prices.' })
  costUsd!: number | null;

  @Field(() => Boolean, { description: 'Whether the cost was computed from the price of the candidate.' })
  costEstimated!: boolean;

  @Field(() => String, { nullable: true, description: 'Conversation.' })
  sessionId!: string | null;

  @Field(() => String, { nullable: true, description: 'User, as the traces name them.' })
  userId!: string | null;

  @Field(() => String, { nullable: true, description: "The gateway's own id of the request." })
  requestId!: string | null;

  @Field(() => CallStatus, { description: 'How the call ended.' })
  status!: CallStatus;

  @Field(() => String, { nullable: true, description: 'Type of the error, as the span names it.' })
  errorType!: string | null;

  @Field(() => String, { nullable: true, description: 'Why the model stopped, e.g. `stop`.' })
  finishReason!: string | null;

  @Field(() => String, { nullable: true, description: 'Decision of the serving policy that chose the model.' })
  decisionId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Candidate that the serving policy chose, before retries and fallbacks.',
  })
  chosenCandidate!: string | null;

  @Field(() => Float, { nullable: true, description: 'Probability of that choice, 0..1; null when unknown.' })
  propensity!: number | null;

  @Field(() => GraphQLJSON, { nullable: true, description: 'Probability of every available candidate: {name: 0..1}.' })
  probabilities!: unknown;

  @Field(() => String, { nullable: true, description: 'Router that decided, as `name@7`.' })
  routerVersion!: string | null;

  @Field(() => Boolean, { description: 'Whether texts were cut on their way here.' })
  truncated!: boolean;

  @Field(() => Int, { description: 'Pieces of personal data that were taken out.' })
  redactions!: number;
}
