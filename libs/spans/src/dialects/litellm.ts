import type { FieldName, Fields, Sign } from './dialect.js';

/** What the generations of LiteLLM's OpenTelemetry callback share. */
export const LITELLM_SPAN_NAME = 'litellm_request';
export const LITELLM_PROXY_SPAN_NAME = 'Received Proxy Server Request';
/** The copy of the provider's request and response, beneath the span that has the facts. */
export const LITELLM_RAW_SPAN_NAME = 'raw_gen_ai_request';

/** A caller's generation_name may replace the span's name; then the scope still tells. */
export function litellmSigns(keys?: readonly string[]): readonly Sign[] {
  return [
    { names: [LITELLM_SPAN_NAME, LITELLM_PROXY_SPAN_NAME], keys },
    { scopes: ['litellm'], keys },
  ];
}

/** Generation B copies the provider's whole count into its metadata, as Python prints it. */
export const LITELLM_USAGE_OBJECT: Fields = {
  cachedInputTokens: [
    'metadata.usage_object#prompt_tokens_details.cached_tokens',
    'metadata.usage_object#cache_read_input_tokens',
  ],
  cacheWriteTokens: ['metadata.usage_object#cache_creation_input_tokens'],
  reasoningTokens: ['metadata.usage_object#completion_tokens_details.reasoning_tokens'],
};

/** What it writes for a provider that it does not know, and for a caller that came with its proxy's own key. */
export const LITELLM_PLACEHOLDERS: Partial<Record<FieldName, string>> = {
  provider: 'Unknown',
  userId: 'default_user_id',
};
