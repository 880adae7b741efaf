import type { Dialect } from './dialect.js';

/** LiteLLM's StandardLoggingPayload, one for each call, which the format reads as a span with LiteLLM's own names. */
export const LITELLM_PAYLOAD: Dialect = {
  name: 'litellm-payload',
  signs: [{ scopes: ['litellm.standard_logging_payload'] }],
  fields: {
    requestModel: ['gen_ai.request.model', 'litellm.provider.model'],
    responseModel: ['gen_ai.response.model'],
    costUsd: ['litellm.cost.total'],
    userId: ['litellm.end_user.id', 'metadata.user_api_key_end_user_id', 'llm.user'],
    sessionId: ['session.id', 'metadata.requester_metadata#session_id'],
    requestId: ['litellm.call_id'],
    cacheHit: ['litellm.cache_hit'],
  },
  input: [
    { key: 'gen_ai.input.messages', shape: 'messages' },
    { key: 'gen_ai.prompt', shape: 'messages-or-text' },
  ],
  output: [
    { key: 'gen_ai.output.messages', shape: 'messages' },
    { key: 'gen_ai.completion', shape: 'messages-or-text' },
  ],
};
