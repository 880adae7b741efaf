import type { Dialect } from './dialect.js';
import { LITELLM_PROXY_SPAN_NAME, LITELLM_SPAN_NAME, litellmSigns } from './litellm.js';

/** LiteLLM to about 2025: OpenLLMetry's names, every item of metadata as an attribute, Python's `str` of lists. */
export const LITELLM_A: Dialect = {
  name: 'litellm-a',
  signs: litellmSigns(),
  names: [
    { name: LITELLM_SPAN_NAME, kind: 'llm' },
    { name: LITELLM_PROXY_SPAN_NAME, having: 'gen_ai.request.model', kind: 'llm' },
    { name: LITELLM_PROXY_SPAN_NAME, kind: 'proxy_span' },
    { name: 'Failed Proxy Server Request', kind: 'proxy_span' },
    { name: 'guardrail', kind: 'guardrail' },
  ],
  // Its first releases do not say that they embed.
  kinds: [{ key: 'gen_ai.request.model', matching: [{ pattern: /embed/, kind: 'embedding' }] }],
  fields: {
    requestModel: ['gen_ai.request.model'],
    responseModel: ['gen_ai.response.model'],
    provider: ['gen_ai.system'],
    inputTokens: ['gen_ai.usage.prompt_tokens'],
    outputTokens: ['gen_ai.usage.completion_tokens'],
    totalTokens: ['llm.usage.total_tokens', 'gen_ai.usage.total_tokens'],
    costUsd: ['hidden_params#response_cost'],
    sessionId: ['metadata.session_id', 'metadata.requester_metadata#session_id'],
    userId: ['metadata.user_api_key_end_user_id', 'llm.user'],
    requestId: ['hidden_params#litellm_call_id', 'metadata.litellm_call_id'],
    cacheHit: ['metadata.cache_hit', 'hidden_params#cache_hit', 'cache_hit'],
  },
  fallbacks: { userId: ['metadata.requester_metadata#trace_user_id', 'metadata.user_api_key_user_id'] },
  // No call id is written; callers know the response's.
  own: { requestId: ['gen_ai.response.id'] },
  // From Python 3.11 on, the names of its constants stand where their values should.
  input: [
    { key: 'gen_ai.prompt', shape: 'indexed' },
    { key: 'SpanAttributes.LLM_PROMPTS', shape: 'indexed' },
  ],
  output: [
    { key: 'gen_ai.completion', shape: 'indexed' },
    { key: 'SpanAttributes.LLM_COMPLETIONS', shape: 'indexed' },
  ],
  namesProviderWhenAsked: true,
};
