import type { Sign } from './dialect.js';

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
