import { CALL_TYPES } from './call-types.js';
import type { Dialect } from './dialect.js';

/** Traceloop's OpenLLMetry to about 2026; its newer releases write OpenTelemetry's own names. */
export const OPENLLMETRY: Dialect = {
  name: 'openllmetry',
  signs: [{ keys: ['llm.request.type', 'gen_ai.prompt.0', 'gen_ai.completion.0', 'traceloop'] }],
  kinds: [
    { key: 'llm.request.type', kinds: { ...CALL_TYPES, chat: 'llm' } },
    {
      key: 'traceloop.span.kind',
      kinds: { workflow: 'workflow_span', task: 'workflow_span', agent: 'agent_span', tool: 'tool_span' },
    },
  ],
  lastKinds: [
    { key: 'gen_ai.prompt', any: 'llm' },
    { key: 'gen_ai.completion', any: 'llm' },
  ],
  fields: {
    inputTokens: ['llm.usage.prompt_tokens'],
    outputTokens: ['llm.usage.completion_tokens'],
    totalTokens: ['llm.usage.total_tokens'],
    reasoningTokens: ['llm.usage.reasoning_tokens'],
    sessionId: ['traceloop.association.properties.session_id', 'traceloop.association.properties.thread_id'],
    userId: ['traceloop.association.properties.user_id'],
    finishReason: ['gen_ai.completion.0.finish_reason'],
  },
  fallbacks: { finishReason: ['llm.response.finish_reason', 'llm.response.stop_reason'] },
  input: [{ key: 'gen_ai.prompt', shape: 'indexed' }],
  output: [{ key: 'gen_ai.completion', shape: 'indexed' }],
  inputFallbacks: [{ key: 'traceloop.entity.input', shape: 'messages-or-text' }],
  outputFallbacks: [{ key: 'traceloop.entity.output', shape: 'messages-or-text' }],
};
