import type { Dialect } from './dialect.js';
import { LITELLM_RAW_SPAN_NAME } from './litellm.js';

/**
 * LiteLLM's copy of what it sent to the provider and got back, as Python's repr under `llm.<provider>.`, for which
 * `litellm.raw.` stands here. Read where the span above it says nothing.
 */
export const LITELLM_RAW: Dialect = {
  name: 'litellm-raw',
  signs: [{ names: [LITELLM_RAW_SPAN_NAME] }, { scopes: ['litellm'], keys: ['litellm.raw'] }],
  fields: {
    requestModel: ['litellm.raw.model'],
    responseModel: ['litellm.raw.model'],
    inputTokens: [
      'litellm.raw.usage#prompt_tokens',
      'litellm.raw.usage#input_tokens',
      'litellm.raw.usageMetadata#promptTokenCount',
    ],
    outputTokens: [
      'litellm.raw.usage#completion_tokens',
      'litellm.raw.usage#output_tokens',
      'litellm.raw.usageMetadata#candidatesTokenCount',
    ],
    totalTokens: ['litellm.raw.usage#total_tokens', 'litellm.raw.usageMetadata#totalTokenCount'],
    cachedInputTokens: [
      'litellm.raw.usage#prompt_tokens_details.cached_tokens',
      'litellm.raw.usage#cache_read_input_tokens',
    ],
    cacheWriteTokens: ['litellm.raw.usage#cache_creation_input_tokens'],
    reasoningTokens: ['litellm.raw.usage#completion_tokens_details.reasoning_tokens'],
    finishReason: ['litellm.raw.choices#0.finish_reason', 'litellm.raw.stop_reason'],
  },
  inputFallbacks: [
    { key: 'litellm.raw.messages', shape: 'messages', system: 'litellm.raw.system' },
    { key: 'litellm.raw.contents', shape: 'messages', system: 'litellm.raw.system_instruction' },
    { key: 'litellm.raw.input', shape: 'messages-or-text' },
    { key: 'litellm.raw.prompt', shape: 'messages-or-text' },
  ],
  outputFallbacks: [
    { key: 'litellm.raw.choices', shape: 'messages' },
    { key: 'litellm.raw.content', shape: 'messages-or-text' },
    { key: 'litellm.raw.output', shape: 'messages' },
    { key: 'litellm.raw.candidates', shape: 'messages' },
  ],
};
