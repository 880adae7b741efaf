import type { Dialect } from './dialect.js';
import { LITELLM_USAGE_OBJECT, litellmSigns } from './litellm.js';

/** Generation B under OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental: no raw span, one event of details. */
export const LITELLM_B_EXPERIMENTAL: Dialect = {
  name: 'litellm-b-experimental',
  signs: litellmSigns(['gen_ai.provider.name']),
  fields: {
    provider: ['gen_ai.provider.name'],
    totalTokens: ['gen_ai.usage.total_tokens'],
    cachedInputTokens: ['gen_ai.usage.cache_read.input_tokens'],
    cacheWriteTokens: ['gen_ai.usage.cache_creation.input_tokens'],
    costUsd: ['gen_ai.cost.total_cost'],
    requestId: ['litellm.call_id', 'gen_ai.request.id'],
    cacheHit: ['litellm.cache_hit'],
  },
  fallbacks: LITELLM_USAGE_OBJECT,
  input: [
    { key: 'gen_ai.input.messages', shape: 'messages', system: 'gen_ai.system_instructions' },
    { events: 'details' },
  ],
  // Later releases leave the tool calls out of the messages.
  output: [
    { key: 'gen_ai.output.messages', shape: 'messages' },
    { key: 'gen_ai.completion', shape: 'indexed' },
    { events: 'details' },
  ],
};
