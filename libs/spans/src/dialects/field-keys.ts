/**
 * Where each field of a call may lie on a span, in order of precedence: the first that holds a value wins.
 * `key#a.b` reads member a.b of the JSON (or Python repr) that attribute `key` holds. `litellm.raw.*` stands for
 * LiteLLM's `llm.<provider>.*`. A new dialect is read by adding its keys at their place here, or, when a key means
 * something else elsewhere, in `DIALECT_KEYS`.
 */
export const FIELD_KEYS = {
  requestModel: [
    'gen_ai.request.model',
    'llm.request.model_name',
    'llm.model_name',
    'ai.model.id',
    'mlflow.llm.model',
    'langfuse.observation.model.name',
    'litellm.provider.model',
    'gcp.vertex.agent.llm_request#model',
    'litellm.raw.model',
    'llm.model',
    'litellm.model',
  ],
  responseModel: ['gen_ai.response.model', 'llm.response.model_name', 'ai.response.model'],
  provider: [
    'gen_ai.provider.name',
    'gen_ai.system',
    'llm.provider',
    'llm.system',
    'ai.model.provider',
    'mlflow.llm.provider',
  ],
  inputTokens: [
    'gen_ai.usage.input_tokens',
    'gen_ai.usage.prompt_tokens',
    'llm.token_count.prompt',
    'ai.usage.inputTokens',
    'ai.usage.promptTokens',
    'mlflow.chat.tokenUsage#input_tokens',
    'langfuse.observation.usage_details#input',
    'llm.usage.prompt_tokens',
    'gcp.vertex.agent.llm_response#usage_metadata.prompt_token_count',
    'litellm.raw.usage#prompt_tokens',
    'litellm.raw.usage#input_tokens',
    'litellm.raw.usageMetadata#promptTokenCount',
  ],
  outputTokens: [
    'gen_ai.usage.output_tokens',
    'gen_ai.usage.completion_tokens',
    'llm.token_count.completion',
    'ai.usage.outputTokens',
    'ai.usage.completionTokens',
    'mlflow.chat.tokenUsage#output_tokens',
    'langfuse.observation.usage_details#output',
    'llm.usage.completion_tokens',
    'gcp.vertex.agent.llm_response#usage_metadata.candidates_token_count',
    'litellm.raw.usage#completion_tokens',
    'litellm.raw.usage#output_tokens',
    'litellm.raw.usageMetadata#candidatesTokenCount',
  ],
  totalTokens: [
    'gen_ai.usage.total_tokens',
    'llm.usage.total_tokens',
    'llm.token_count.total',
    'ai.usage.totalTokens',
    'gcp.vertex.agent.llm_response#usage_metadata.total_token_count',
    'litellm.raw.usage#total_tokens',
    'litellm.raw.usageMetadata#totalTokenCount',
  ],
  cachedInputTokens: [
    'gen_ai.usage.cache_read.input_tokens',
    'gen_ai.usage.cache_read_input_tokens',
    'gen_ai.usage.cache_read_tokens',
    'gen_ai.usage.details.cache_read_tokens',
    'gen_ai.usage.details.cache_read_input_tokens',
    'gen_ai.usage.input_cached_tokens',
    'gen_ai.usage.cached_input_tokens',
    'llm.token_count.prompt_details.cache_read',
    'ai.usage.cachedInputTokens',
    'gcp.vertex.agent.llm_response#usage_metadata.cached_content_token_count',
    'litellm.raw.usage#prompt_tokens_details.cached_tokens',
    'litellm.raw.usage#cache_read_input_tokens',
  ],
  cacheWriteTokens: [
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'gen_ai.usage.cache_write_tokens',
    'gen_ai.usage.cache_write_input_tokens',
    'llm.token_count.prompt_details.cache_write',
    'litellm.raw.usage#cache_creation_input_tokens',
  ],
  reasoningTokens: [
    'gen_ai.usage.reasoning.output_tokens',
    'gen_ai.usage.reasoning_tokens',
    'llm.usage.reasoning_tokens',
    'llm.token_count.completion_details.reasoning',
    'ai.usage.reasoningTokens',
    'gcp.vertex.agent.llm_response#usage_metadata.thoughts_token_count',
    'litellm.raw.usage#completion_tokens_details.reasoning_tokens',
  ],
  costUsd: [
    'litellm.cost.total',
    'gen_ai.usage.cost',
    'gen_ai.cost.total_cost',
    'llm.cost.total',
    'langfuse.observation.cost_details#total',
    'mlflow.llm.cost#total_cost',
    'llm.cost.total_cost_usd',
    'hidden_params#response_cost',
    'gen_ai.usage.total_cost',
  ],
  inputCostUsd: ['gen_ai.cost.input_cost'],
  outputCostUsd: ['gen_ai.cost.output_cost'],
  sessionId: [
    'session.id',
    'gen_ai.conversation.id',
    'langfuse.session.id',
    'traceloop.association.properties.session_id',
    'traceloop.association.properties.thread_id',
    'ai.telemetry.metadata.sessionId',
    'mlflow.trace.session',
    'gcp.vertex.agent.session_id',
    'metadata.session_id',
    'metadata.requester_metadata#session_id',
    'metadata#session_id',
    'metadata#thread_id',
  ],
  userId: [
    'user.id',
    'enduser.id',
    'langfuse.user.id',
    'litellm.end_user.id',
    'metadata.user_api_key_end_user_id',
    'litellm.metadata.user_api_key_end_user_id',
    'llm.user',
    'gen_ai.user',
    'ai.telemetry.metadata.userId',
    'traceloop.association.properties.user_id',
    'mlflow.trace.user',
    'metadata.requester_metadata#trace_user_id',
    'metadata.user_api_key_user_id',
    'kagent.user_id',
  ],
  requestId: ['litellm.call_id', 'gen_ai.request.id', 'hidden_params#litellm_call_id', 'metadata.litellm_call_id'],
  finishReason: [
    'gen_ai.response.finish_reasons',
    'gen_ai.completion.0.finish_reason',
    'gen_ai.response.finish_reason',
    'llm.finish_reason',
    'ai.response.finishReason',
    'llm.response.finish_reason',
    'llm.response.stop_reason',
    'gcp.vertex.agent.llm_response#finish_reason',
    'litellm.raw.choices#0.finish_reason',
    'litellm.raw.stop_reason',
  ],
  cacheHit: ['litellm.cache_hit', 'gen_ai.cache.hit', 'metadata.cache_hit', 'hidden_params#cache_hit', 'cache_hit'],
  errorType: ['error.type', 'litellm.provider.error.code', 'error.code'],
  errorMessage: ['error.message', 'exception', 'error'],
} as const satisfies Record<string, readonly string[]>;

export type FieldName = keyof typeof FIELD_KEYS;

/** Keys that count for one dialect only, after those above. */
export const DIALECT_KEYS: Readonly<Record<string, Partial<Record<FieldName, readonly string[]>>>> = {
  // LiteLLM's older callback writes no call id; its callers know the response's id.
  'litellm-a': { requestId: ['gen_ai.response.id'] },
};

/** Time to the first token, with the seconds that one unit of the key is worth. */
export const FIRST_TOKEN_KEYS: readonly { key: string; seconds: number }[] = [
  { key: 'gen_ai.response.time_to_first_chunk', seconds: 1 },
  { key: 'gen_ai.server.time_to_first_token', seconds: 1 },
  { key: 'ai.response.msToFirstChunk', seconds: 0.001 },
];

export type MessageShape =
  /** JSON, a Python repr or native values; refused when they are not messages. */
  | 'messages'
  /** The same, else the text itself. */
  | 'messages-or-text'
  /** `key.N.role`, `key.N.content`, `key.N.tool_calls.M.name`. */
  | 'indexed';

/** Where the messages sent lie. `key#path` as above. */
export const INPUT_KEYS: readonly { key: string; shape: MessageShape; system?: string }[] = [
  { key: 'gen_ai.input.messages', shape: 'messages', system: 'gen_ai.system_instructions' },
  { key: 'gen_ai.prompt', shape: 'indexed' },
  { key: 'gen_ai.prompt', shape: 'messages-or-text' },
  {
    key: 'gcp.vertex.agent.llm_request#contents',
    shape: 'messages',
    system: 'gcp.vertex.agent.llm_request#config.system_instruction',
  },
  { key: 'litellm.raw.messages', shape: 'messages', system: 'litellm.raw.system' },
  { key: 'litellm.raw.contents', shape: 'messages', system: 'litellm.raw.system_instruction' },
  { key: 'litellm.raw.input', shape: 'messages-or-text' },
  { key: 'litellm.raw.prompt', shape: 'messages-or-text' },
];

/** Where the answer lies. */
export const OUTPUT_KEYS: readonly { key: string; shape: MessageShape }[] = [
  { key: 'gen_ai.output.messages', shape: 'messages' },
  { key: 'gen_ai.completion', shape: 'indexed' },
  { key: 'gen_ai.completion', shape: 'messages-or-text' },
  { key: 'gcp.vertex.agent.llm_response#content', shape: 'messages' },
  { key: 'litellm.raw.choices', shape: 'messages' },
  { key: 'litellm.raw.content', shape: 'messages-or-text' },
  { key: 'litellm.raw.candidates', shape: 'messages' },
];
