/** Why a span is no call. The names are stable: they are shown, counted and stored. */
export const SKIP_REASONS = [
  'not_llm',
  'agent_span',
  'tool_span',
  'workflow_span',
  'retrieval_span',
  'embedding',
  'rerank',
  'moderation',
  'guardrail',
  'proxy_span',
  'wrapper_span',
  'internal_classifier',
  'retry_without_model',
  'no_start_time',
  'no_end_time',
  'malformed_span',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export type SpanRole = 'llm' | SkipReason;
