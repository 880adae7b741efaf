import type { Dialect } from './dialect.js';

/** Names that OpenTelemetry had, or that emitters took for OpenTelemetry's, and that spans still carry. */
export const OTEL_GENAI_DEPRECATED: Dialect = {
  name: 'otel-genai-deprecated',
  signs: [{ keys: ['gen_ai'] }],
  fields: {
    provider: ['gen_ai.system'],
    inputTokens: ['gen_ai.usage.prompt_tokens'],
    outputTokens: ['gen_ai.usage.completion_tokens'],
    totalTokens: ['gen_ai.usage.total_tokens'],
    cachedInputTokens: [
      'gen_ai.usage.cache_read_input_tokens',
      'gen_ai.usage.cache_read_tokens',
      'gen_ai.usage.details.cache_read_tokens',
      'gen_ai.usage.details.cache_read_input_tokens',
      'gen_ai.usage.input_cached_tokens',
      'gen_ai.usage.cached_input_tokens',
    ],
    cacheWriteTokens: [
      'gen_ai.usage.cache_creation_input_tokens',
      'gen_ai.usage.cache_write_tokens',
      'gen_ai.usage.cache_write_input_tokens',
    ],
    reasoningTokens: ['gen_ai.usage.reasoning_tokens'],
    userId: ['gen_ai.user'],
    finishReason: ['gen_ai.response.finish_reason'],
    errorType: ['error.code'],
    errorMessage: ['exception', 'error'],
    cacheHit: ['gen_ai.cache.hit'],
  },
  input: [{ events: 'each' }, { events: 'content' }],
  output: [{ events: 'each' }, { events: 'content' }],
};
