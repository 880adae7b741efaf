import { CALL_TYPES } from './call-types.js';
import type { Dialect } from './dialect.js';

/** LiteLLM with LITELLM_OTEL_V2=true: OpenTelemetry's names and its own under `litellm.`; content is off by default. */
export const LITELLM_C: Dialect = {
  name: 'litellm-c',
  signs: [{ scopes: ['litellm'], keys: ['litellm.call_type', 'litellm.cost', 'litellm.request'] }],
  firstKinds: [
    // A call that the gateway makes for itself is no user's call, whatever else the span says.
    { key: 'litellm.request.purpose', any: 'internal_classifier' },
    // Images, speech and transcription share `generate_content` with text.
    {
      key: 'litellm.call_type',
      kinds: Object.fromEntries(Object.entries(CALL_TYPES).filter(([, kind]) => kind !== 'llm')),
    },
  ],
  fields: {
    requestModel: ['gen_ai.request.model', 'litellm.provider.model'],
    deployedModel: ['litellm.provider.model'],
    costUsd: ['litellm.cost.total'],
    inputCostUsd: ['litellm.cost.input'],
    outputCostUsd: ['litellm.cost.output'],
    userId: ['litellm.end_user.id', 'litellm.metadata.user_api_key_end_user_id'],
    requestId: ['litellm.call_id'],
    cacheHit: ['litellm.cache_hit'],
  },
  fallbacks: {
    userId: ['litellm.metadata.user_api_key_user_id'],
    errorType: ['litellm.provider.error.code'],
  },
  input: [{ key: 'gen_ai.input.messages', shape: 'messages' }],
  output: [{ key: 'gen_ai.output.messages', shape: 'messages' }],
};
