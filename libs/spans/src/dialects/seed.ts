import type { Dialect } from './dialect.js';

/** The names with which this pipeline was first described: prompt and answer are one attribute each. */
export const SEED: Dialect = {
  name: 'seed',
  signs: [
    { names: ['litellm.completion'] },
    { keys: ['gen_ai.prompt', 'gen_ai.completion', 'gen_ai.usage.prompt_tokens'] },
  ],
  names: [{ name: 'litellm.completion', kind: 'llm' }],
  fields: {
    responseModel: ['gen_ai.response.model'],
    inputTokens: ['gen_ai.usage.prompt_tokens'],
    outputTokens: ['gen_ai.usage.completion_tokens'],
    totalTokens: ['gen_ai.usage.total_tokens'],
  },
  input: [{ key: 'gen_ai.prompt', shape: 'messages-or-text' }],
  output: [{ key: 'gen_ai.completion', shape: 'messages-or-text' }],
};
