import type { ChatMessage, ToolCall } from '@signalbox/contracts';
import type { CallStatus } from '@signalbox/contracts/graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of the partitioned table; `storeCalls` alone inserts. */
@Entity({ schema: 'ingest', name: 'llm_call' })
export class LlmCallEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'trace_id' })
  traceId!: string;

  @Column('text', { name: 'span_id' })
  spanId!: string;

  @Column('uuid', { name: 'source_id' })
  sourceId!: string;

  @Column('text')
  dialect!: string;

  @Column('timestamptz', { name: 'started_at' })
  startedAt!: Date;

  @Column('float8', { name: 'response_time_seconds' })
  responseTimeSeconds!: number;

  @Column('float8', { name: 'time_to_first_token_seconds', nullable: true })
  timeToFirstTokenSeconds!: number | null;

  @Column('text', { nullable: true })
  query!: string | null;

  @Column('jsonb', { nullable: true })
  messages!: ChatMessage[] | null;

  @Column('text', { nullable: true })
  response!: string | null;

  @Column('jsonb', { name: 'tool_calls', nullable: true })
  toolCalls!: ToolCall[] | null;

  @Column('text', { name: 'request_model', nullable: true })
  requestModel!: string | null;

  @Column('text', { name: 'response_model', nullable: true })
  responseModel!: string | null;

  @Column('text', { name: 'model_name', nullable: true })
  modelName!: string | null;

  @Column('text', { nullable: true })
  provider!: string | null;

  @Column('integer', { name: 'input_tokens', nullable: true })
  inputTokens!: number | null;

  @Column('integer', { name: 'output_tokens', nullable: true })
  outputTokens!: number | null;

  @Column('integer', { name: 'total_tokens', nullable: true })
  totalTokens!: number | null;

  @Column('integer', { name: 'cached_input_tokens', nullable: true })
  cachedInputTokens!: number | null;

  @Column('integer', { name: 'reasoning_tokens', nullable: true })
  reasoningTokens!: number | null;

  @Column('float8', { name: 'cost_usd', nullable: true })
  costUsd!: number | null;

  @Column('boolean', { name: 'cost_estimated' })
  costEstimated!: boolean;

  @Column('text', { name: 'session_id', nullable: true })
  sessionId!: string | null;

  @Column('text', { name: 'user_id', nullable: true })
  userId!: string | null;

  @Column('text', { name: 'request_id', nullable: true })
  requestId!: string | null;

  @Column('text')
  status!: CallStatus;

  @Column('text', { name: 'error_type', nullable: true })
  errorType!: string | null;

  @Column('text', { name: 'finish_reason', nullable: true })
  finishReason!: string | null;

  @Column('text', { name: 'decision_id', nullable: true })
  decisionId!: string | null;

  @Column('text', { name: 'chosen_candidate', nullable: true })
  chosenCandidate!: string | null;

  @Column('float8', { nullable: true })
  propensity!: number | null;

  @Column('jsonb', { nullable: true })
  probabilities!: Record<string, number> | null;

  @Column('text', { name: 'router_version', nullable: true })
  routerVersion!: string | null;

  @Column('boolean')
  truncated!: boolean;

  @Column('integer')
  redactions!: number;
}
