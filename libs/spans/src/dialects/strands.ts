import type { Dialect } from './dialect.js';

/** Strands Agents: OpenTelemetry's names, content in events as Bedrock's blocks, the first token in milliseconds. */
export const STRANDS: Dialect = {
  name: 'strands',
  signs: [{ scopes: ['strands.'] }],
  fields: {
    inputTokens: ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens'],
    outputTokens: ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens'],
    totalTokens: ['gen_ai.usage.total_tokens'],
    cachedInputTokens: ['gen_ai.usage.cache_read_input_tokens'],
    cacheWriteTokens: ['gen_ai.usage.cache_write_input_tokens'],
  },
  firstToken: [{ key: 'gen_ai.server.time_to_first_token', seconds: 1 }],
  input: [{ events: 'each' }],
  output: [{ events: 'each' }],
};
