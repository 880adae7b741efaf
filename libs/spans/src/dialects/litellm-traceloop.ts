import type { Dialect } from './dialect.js';

/** LiteLLM's Traceloop logger, deprecated: the seed's span name with OpenLLMetry's attributes. */
export const LITELLM_TRACELOOP: Dialect = {
  name: 'litellm-traceloop',
  signs: [{ names: ['litellm.completion'], keys: ['gen_ai.prompt.0', 'gen_ai.completion.0'] }],
  fields: {
    requestModel: ['gen_ai.request.model'],
    responseModel: ['gen_ai.response.model'],
    inputTokens: ['gen_ai.usage.prompt_tokens'],
    outputTokens: ['gen_ai.usage.completion_tokens'],
    totalTokens: ['llm.usage.total_tokens'],
    userId: ['llm.user'],
  },
  input: [{ key: 'gen_ai.prompt', shape: 'indexed' }],
  output: [{ key: 'gen_ai.completion', shape: 'indexed' }],
  timesInSeconds: true,
};
