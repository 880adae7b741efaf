import type { Dialect } from './dialect.js';

/** Google's Agent Development Kit: `call_llm`, which newer releases put around `generate_content`. */
export const GOOGLE_ADK: Dialect = {
  name: 'google-adk',
  signs: [{ scopes: ['gcp.vertex.agent'] }, { keys: ['gcp.vertex.agent.llm_request'] }],
  names: [{ name: 'call_llm', scope: 'gcp.vertex.agent', kind: 'llm' }],
  fields: {
    requestModel: ['gcp.vertex.agent.llm_request#model'],
    responseModel: ['gcp.vertex.agent.llm_response#model_version'],
    inputTokens: ['gcp.vertex.agent.llm_response#usage_metadata.prompt_token_count'],
    outputTokens: ['gcp.vertex.agent.llm_response#usage_metadata.candidates_token_count'],
    totalTokens: ['gcp.vertex.agent.llm_response#usage_metadata.total_token_count'],
    cachedInputTokens: ['gcp.vertex.agent.llm_response#usage_metadata.cached_content_token_count'],
    reasoningTokens: ['gcp.vertex.agent.llm_response#usage_metadata.thoughts_token_count'],
    sessionId: ['gcp.vertex.agent.session_id'],
    finishReason: ['gcp.vertex.agent.llm_response#finish_reason'],
  },
  fallbacks: { userId: ['kagent.user_id'] },
  inputFallbacks: [
    {
      key: 'gcp.vertex.agent.llm_request#contents',
      shape: 'messages',
      system: 'gcp.vertex.agent.llm_request#config.system_instruction',
    },
  ],
  outputFallbacks: [{ key: 'gcp.vertex.agent.llm_response#content', shape: 'messages' }],
};
