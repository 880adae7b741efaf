import type { Dialect } from './dialect.js';
import { LITELLM_USAGE_OBJECT, litellmSigns } from './litellm.js';

/** LiteLLM of 2026 without LITELLM_OTEL_V2: messages as JSON, costs, one span for the proxy and the call. */
export const LITELLM_B: Dialect = {
  name: 'litellm-b',
  signs: litellmSigns([
    'gen_ai.input.messages',
    'gen_ai.output.messages',
    'gen_ai.usage.input_tokens',
    'gen_ai.cost',
    'gen_ai.operation.name',
  ]),
  fields: {
    provider: ['gen_ai.system'],
    totalTokens: ['gen_ai.usage.total_tokens'],
    costUsd: ['gen_ai.cost.total_cost'],
    inputCostUsd: ['gen_ai.cost.input_cost'],
    outputCostUsd: ['gen_ai.cost.output_cost'],
    requestId: ['litellm.call_id', 'gen_ai.request.id'],
    cacheHit: ['litellm.cache_hit'],
    cacheKey: ['hidden_params#cache_key'],
    modelAlias: ['hidden_params#additional_headers.x-litellm-model-group'],
  },
  fallbacks: LITELLM_USAGE_OBJECT,
  input: [
    { key: 'gen_ai.input.messages', shape: 'messages', system: 'gen_ai.system_instructions' },
    { events: 'content' },
  ],
  // Later releases leave the tool calls out of the messages.
  output: [
    { key: 'gen_ai.output.messages', shape: 'messages' },
    { key: 'gen_ai.completion', shape: 'indexed' },
    { events: 'content' },
  ],
};
