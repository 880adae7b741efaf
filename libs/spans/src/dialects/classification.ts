/** Why a span is no call. The names are stable: they are shown, counted and stored. */
export const SKIP_REASONS = [
  'not_llm',
  'agent_span',
  'tool_span',
  'workflow_span',
  'retrieval_span',
  'embedding',
  'rerank',
  'moderation',
  'guardrail',
  'proxy_span',
  'wrapper_span',
  'internal_classifier',
  'retry_without_model',
  'no_start_time',
  'no_end_time',
  'malformed_span',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** What a span is by the value of one attribute. */
interface KindTable {
  key: string;
  kinds: Readonly<Record<string, 'llm' | SkipReason>>;
}

/**
 * In order of precedence: the first table whose key holds a value listed in it decides. Values are compared in lower
 * case. A value that is not listed leaves the decision to the next table.
 */
export const KIND_TABLES: readonly KindTable[] = [
  {
    key: 'gen_ai.operation.name',
    kinds: {
      chat: 'llm',
      text_completion: 'llm',
      atext_completion: 'llm',
      completion: 'llm',
      acompletion: 'llm',
      generate_content: 'llm',
      agenerate_content: 'llm',
      generate: 'llm',
      responses: 'llm',
      aresponses: 'llm',
      anthropic_messages: 'llm',
      invoke_agent: 'agent_span',
      create_agent: 'agent_span',
      invoke_workflow: 'workflow_span',
      plan: 'workflow_span',
      execute_tool: 'tool_span',
      retrieval: 'retrieval_span',
      embeddings: 'embedding',
      embedding: 'embedding',
      aembedding: 'embedding',
      rerank: 'rerank',
      arerank: 'rerank',
      moderation: 'moderation',
      amoderation: 'moderation',
      'litellm.moderation': 'moderation',
      execute_guardrail: 'guardrail',
      image_generation: 'not_llm',
      aimage_generation: 'not_llm',
      transcription: 'not_llm',
      atranscription: 'not_llm',
      speech: 'not_llm',
      aspeech: 'not_llm',
    },
  },
  {
    key: 'openinference.span.kind',
    kinds: {
      llm: 'llm',
      agent: 'agent_span',
      chain: 'workflow_span',
      tool: 'tool_span',
      retriever: 'retrieval_span',
      embedding: 'embedding',
      reranker: 'rerank',
      guardrail: 'guardrail',
    },
  },
  {
    key: 'langfuse.observation.type',
    kinds: { generation: 'llm', span: 'not_llm', event: 'not_llm', agent: 'agent_span', tool: 'tool_span' },
  },
  {
    key: 'ai.operationId',
    kinds: {
      'ai.generatetext.dogenerate': 'llm',
      'ai.streamtext.dostream': 'llm',
      'ai.generateobject.dogenerate': 'llm',
      'ai.streamobject.dostream': 'llm',
      'ai.generatetext': 'wrapper_span',
      'ai.streamtext': 'wrapper_span',
      'ai.generateobject': 'wrapper_span',
      'ai.streamobject': 'wrapper_span',
      'ai.toolcall': 'tool_span',
      'ai.embed': 'embedding',
      'ai.embed.doembed': 'embedding',
      'ai.embedmany': 'embedding',
      'ai.embedmany.doembed': 'embedding',
    },
  },
  {
    key: 'mlflow.spanType',
    kinds: {
      llm: 'llm',
      chat_model: 'llm',
      agent: 'agent_span',
      chain: 'workflow_span',
      tool: 'tool_span',
      retriever: 'retrieval_span',
      embedding: 'embedding',
      reranker: 'rerank',
    },
  },
  {
    key: 'llm.request.type',
    kinds: {
      chat: 'llm',
      completion: 'llm',
      acompletion: 'llm',
      text_completion: 'llm',
      atext_completion: 'llm',
      responses: 'llm',
      aresponses: 'llm',
      anthropic_messages: 'llm',
      embedding: 'embedding',
      aembedding: 'embedding',
      rerank: 'rerank',
      arerank: 'rerank',
      moderation: 'moderation',
      amoderation: 'moderation',
    },
  },
  {
    key: 'traceloop.span.kind',
    kinds: { workflow: 'workflow_span', task: 'workflow_span', agent: 'agent_span', tool: 'tool_span' },
  },
];

/** Set on calls that a gateway makes for itself. Whatever else such a span says, it is no user's call. */
export const INTERNAL_PURPOSE_KEY = 'litellm.request.purpose';

/** A span with one of these keys, or with a key that begins with one of these and a dot, reports an LLM call. */
export const CONTENT_KEYS = [
  'gen_ai.usage',
  'gen_ai.completion',
  'gen_ai.prompt',
  'gen_ai.input.messages',
  'gen_ai.output.messages',
] as const;

/** LiteLLM's copy of the provider's request and response, beneath the span that has the facts. */
export const RAW_SPAN_NAME = 'raw_gen_ai_request';
export const PROXY_SPAN_NAME = 'Received Proxy Server Request';

interface NameRule {
  name: string;
  /** Only spans of this instrumentation scope. */
  scope?: string;
  /** Only spans that have this attribute. */
  having?: string;
  kind: 'llm' | SkipReason;
}

/** What a span is by its name, when no attribute tells. */
export const NAME_RULES: readonly NameRule[] = [
  { name: 'litellm_request', kind: 'llm' },
  { name: RAW_SPAN_NAME, kind: 'llm' },
  { name: 'litellm.completion', kind: 'llm' },
  { name: 'call_llm', scope: 'gcp.vertex.agent', kind: 'llm' },
  { name: PROXY_SPAN_NAME, having: 'gen_ai.request.model', kind: 'llm' },
  { name: PROXY_SPAN_NAME, kind: 'proxy_span' },
  { name: 'Failed Proxy Server Request', kind: 'proxy_span' },
  { name: 'guardrail', kind: 'guardrail' },
];
