import type { Dialect } from './dialect.js';

/** Langfuse: its SDK's spans, and its exports of observations. */
export const LANGFUSE: Dialect = {
  name: 'langfuse',
  signs: [{ keys: ['langfuse.observation.type'] }],
  kinds: [
    {
      key: 'langfuse.observation.type',
      kinds: {
        generation: 'llm',
        span: 'not_llm',
        event: 'not_llm',
        agent: 'agent_span',
        tool: 'tool_span',
        chain: 'workflow_span',
        retriever: 'retrieval_span',
        embedding: 'embedding',
        guardrail: 'guardrail',
        evaluator: 'not_llm',
      },
    },
  ],
  fields: {
    requestModel: ['langfuse.observation.model.name'],
    inputTokens: ['langfuse.observation.usage_details#input', 'langfuse.observation.usage_details#prompt_tokens'],
    outputTokens: ['langfuse.observation.usage_details#output', 'langfuse.observation.usage_details#completion_tokens'],
    totalTokens: ['langfuse.observation.usage_details#total', 'langfuse.observation.usage_details#total_tokens'],
    cachedInputTokens: ['langfuse.observation.usage_details#input_cached_tokens'],
    reasoningTokens: ['langfuse.observation.usage_details#output_reasoning_tokens'],
    costUsd: ['langfuse.observation.cost_details#total'],
    sessionId: ['langfuse.session.id'],
    userId: ['langfuse.user.id'],
    errorMessage: ['langfuse.observation.status_message'],
  },
  firstToken: [{ key: 'langfuse.observation.completion_start_time', clock: true }],
  input: [
    { key: 'langfuse.observation.input#prompt', shape: 'messages-or-text' },
    { key: 'langfuse.observation.input', shape: 'messages-or-transcript' },
  ],
  output: [{ key: 'langfuse.observation.output', shape: 'messages-or-text' }],
};
