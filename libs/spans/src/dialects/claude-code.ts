import type { Dialect } from './dialect.js';

/** Claude Code's own telemetry: bare names, which mean this on its spans only. Prompts are redacted by default. */
export const CLAUDE_CODE: Dialect = {
  name: 'claude-code',
  signs: [{ names: ['claude_code.llm_request'] }, { scopes: ['com.anthropic.claude_code'] }],
  kinds: [{ key: 'span.type', kinds: { 'claude_code.llm_request': 'llm', llm_request: 'llm' } }],
  names: [{ name: 'claude_code.llm_request', kind: 'llm' }],
  own: {
    requestModel: ['model'],
    inputTokens: ['input_tokens'],
    outputTokens: ['output_tokens'],
    cachedInputTokens: ['cache_read_tokens'],
    cacheWriteTokens: ['cache_creation_tokens'],
  },
  inputFallbacks: [
    { key: 'new_context', shape: 'messages-or-text' },
    { key: 'user_prompt', shape: 'messages-or-text' },
  ],
  outputFallbacks: [{ key: 'response.model_output', shape: 'messages-or-text' }],
  inputExcludesCached: true,
};
