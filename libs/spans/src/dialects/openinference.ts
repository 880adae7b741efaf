import type { Dialect } from './dialect.js';

/** Arize's OpenInference, of Phoenix and of the instrumentations named `openinference.instrumentation.*`. */
export const OPENINFERENCE: Dialect = {
  name: 'openinference',
  signs: [{ scopes: ['openinference.'] }, { keys: ['openinference.span.kind', 'llm.input_messages'] }],
  kinds: [
    {
      key: 'openinference.span.kind',
      kinds: {
        llm: 'llm',
        agent: 'agent_span',
        chain: 'workflow_span',
        tool: 'tool_span',
        retriever: 'retrieval_span',
        embedding: 'embedding',
        reranker: 'rerank',
        guardrail: 'guardrail',
        evaluator: 'not_llm',
      },
    },
  ],
  fields: {
    requestModel: ['llm.model_name', 'llm.request.model_name'],
    responseModel: ['llm.response.model_name'],
    provider: ['llm.provider', 'llm.system'],
    inputTokens: ['llm.token_count.prompt'],
    outputTokens: ['llm.token_count.completion'],
    totalTokens: ['llm.token_count.total'],
    cachedInputTokens: ['llm.token_count.prompt_details.cache_read'],
    cacheWriteTokens: ['llm.token_count.prompt_details.cache_write'],
    reasoningTokens: ['llm.token_count.completion_details.reasoning'],
    costUsd: ['llm.cost.total'],
    sessionId: ['session.id'],
    userId: ['user.id'],
    finishReason: ['llm.finish_reason'],
  },
  fallbacks: { sessionId: ['metadata#session_id', 'metadata#thread_id'] },
  input: [
    { key: 'llm.prompts', shape: 'messages-or-text' },
    { key: 'llm.input_messages', shape: 'indexed' },
  ],
  output: [{ key: 'llm.output_messages', shape: 'indexed' }],
  inputFallbacks: [{ key: 'input.value', shape: 'messages-or-text' }],
  outputFallbacks: [{ key: 'output.value', shape: 'messages-or-text' }],
};
