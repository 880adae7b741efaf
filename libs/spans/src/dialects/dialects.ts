import { PROXY_SPAN_NAME, RAW_SPAN_NAME } from './classification.js';

interface DialectRule {
  dialect: string;
  /** Any of these span names, when given. */
  names?: readonly string[];
  /** The scope's name begins with one of these, when given. */
  scopes?: readonly string[];
  /** One of these keys, or a key beginning with one of these and a dot, when given. */
  keys?: readonly string[];
}

const LITELLM_NAMES = ['litellm_request', PROXY_SPAN_NAME];
const LITELLM_B_KEYS = [
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.usage.input_tokens',
  'gen_ai.cost',
  'gen_ai.operation.name',
];
const LITELLM_SIGNS = ['hidden_params', 'gen_ai.cost', 'llm.is_streaming', 'metadata.user_api_key_hash'];

/** Which vocabulary an LLM span speaks: the first rule of which every given part holds. */
export const DIALECT_RULES: readonly DialectRule[] = [
  { dialect: 'litellm-raw', names: [RAW_SPAN_NAME] },
  { dialect: 'litellm-b', names: LITELLM_NAMES, keys: LITELLM_B_KEYS },
  { dialect: 'litellm-a', names: LITELLM_NAMES },
  { dialect: 'litellm-c', scopes: ['litellm'], keys: ['gen_ai.provider.name'] },
  // A caller's generation_name replaces the span's name; the scope still tells.
  { dialect: 'litellm-b', scopes: ['litellm'], keys: LITELLM_B_KEYS },
  { dialect: 'litellm-a', scopes: ['litellm'], keys: LITELLM_SIGNS },
  { dialect: 'google-adk', scopes: ['gcp.vertex.agent'] },
  { dialect: 'google-adk', keys: ['gcp.vertex.agent.llm_request'] },
  { dialect: 'openllmetry', keys: ['llm.request.type', 'gen_ai.prompt.0', 'gen_ai.completion.0'] },
  { dialect: 'seed', names: ['litellm.completion'] },
  { dialect: 'otel-genai', keys: ['gen_ai.operation.name', 'gen_ai.input.messages', 'gen_ai.output.messages'] },
  { dialect: 'openinference', keys: ['openinference.span.kind'] },
  { dialect: 'langfuse', keys: ['langfuse.observation.type'] },
  { dialect: 'vercel-ai', keys: ['ai.operationId'] },
  { dialect: 'mlflow', keys: ['mlflow.spanType'] },
  { dialect: 'seed', keys: ['gen_ai.prompt', 'gen_ai.completion', 'gen_ai.usage.prompt_tokens'] },
  { dialect: 'otel-genai', keys: ['gen_ai'] },
];
