import { CALL_TYPES } from './call-types.js';
import type { Dialect } from './dialect.js';

/** OpenTelemetry's conventions for generative AI as they stand (semantic-conventions-genai, 2026). */
export const OTEL_GENAI: Dialect = {
  name: 'otel-genai',
  signs: [
    { keys: ['gen_ai.operation.name', 'gen_ai.input.messages', 'gen_ai.output.messages', 'gen_ai.provider.name'] },
    { keys: ['gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens'] },
  ],
  kinds: [
    {
      key: 'gen_ai.operation.name',
      kinds: {
        ...CALL_TYPES,
        chat: 'llm',
        generate: 'llm',
        invoke_agent: 'agent_span',
        create_agent: 'agent_span',
        agent_handoff: 'agent_span',
        invoke_workflow: 'workflow_span',
        plan: 'workflow_span',
        execute_tool: 'tool_span',
        retrieval: 'retrieval_span',
        embeddings: 'embedding',
        execute_guardrail: 'guardrail',
      },
    },
  ],
  // Not the request's model: gateways put it on every span of a request.
  lastKinds: [
    { key: 'gen_ai.usage', any: 'llm' },
    { key: 'gen_ai.input.messages', any: 'llm' },
    { key: 'gen_ai.output.messages', any: 'llm' },
  ],
  fields: {
    requestModel: ['gen_ai.request.model'],
    responseModel: ['gen_ai.response.model'],
    provider: ['gen_ai.provider.name'],
    inputTokens: ['gen_ai.usage.input_tokens'],
    outputTokens: ['gen_ai.usage.output_tokens'],
    cachedInputTokens: ['gen_ai.usage.cache_read.input_tokens'],
    cacheWriteTokens: ['gen_ai.usage.cache_creation.input_tokens'],
    reasoningTokens: ['gen_ai.usage.reasoning.output_tokens'],
    sessionId: ['session.id', 'gen_ai.conversation.id'],
    userId: ['user.id', 'enduser.id'],
    responseId: ['gen_ai.response.id'],
    finishReason: ['gen_ai.response.finish_reasons'],
    errorType: ['error.type'],
    errorMessage: ['error.message'],
  },
  firstToken: [{ key: 'gen_ai.response.time_to_first_chunk', seconds: 1 }],
  input: [
    { key: 'gen_ai.input.messages', shape: 'messages', system: 'gen_ai.system_instructions' },
    { events: 'details' },
  ],
  output: [{ key: 'gen_ai.output.messages', shape: 'messages' }, { events: 'details' }],
};
