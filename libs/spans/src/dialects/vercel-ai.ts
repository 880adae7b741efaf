import type { Dialect } from './dialect.js';

/** Vercel's AI SDK. An outer span holds the sum over its steps; each `doGenerate` or `doStream` is one call. */
export const VERCEL_AI: Dialect = {
  name: 'vercel-ai',
  signs: [{ keys: ['ai.operationId', 'ai.model.id'] }],
  kinds: [
    {
      key: 'ai.operationId',
      kinds: {
        'ai.generatetext.dogenerate': 'llm',
        'ai.streamtext.dostream': 'llm',
        'ai.generateobject.dogenerate': 'llm',
        'ai.streamobject.dostream': 'llm',
        'ai.toolcall': 'tool_span',
        'ai.embed': 'embedding',
        'ai.embed.doembed': 'embedding',
        'ai.embedmany': 'embedding',
        'ai.embedmany.doembed': 'embedding',
        'ai.rerank': 'rerank',
        'ai.rerank.dorerank': 'rerank',
      },
    },
  ],
  // Whatever type a backend gives these, they hold the sum over their steps.
  firstKinds: [
    {
      key: 'ai.operationId',
      kinds: {
        'ai.generatetext': 'wrapper_span',
        'ai.streamtext': 'wrapper_span',
        'ai.generateobject': 'wrapper_span',
        'ai.streamobject': 'wrapper_span',
      },
    },
  ],
  fields: {
    requestModel: ['ai.model.id'],
    responseModel: ['ai.response.model'],
    provider: ['ai.model.provider'],
    inputTokens: ['ai.usage.inputTokens', 'ai.usage.promptTokens', 'ai.usage.tokens'],
    outputTokens: ['ai.usage.outputTokens', 'ai.usage.completionTokens'],
    totalTokens: ['ai.usage.totalTokens'],
    cachedInputTokens: ['ai.usage.cachedInputTokens', 'ai.usage.inputTokenDetails.cacheReadTokens'],
    cacheWriteTokens: ['ai.usage.inputTokenDetails.cacheWriteTokens'],
    reasoningTokens: ['ai.usage.reasoningTokens', 'ai.usage.outputTokenDetails.reasoningTokens'],
    sessionId: ['ai.telemetry.metadata.sessionId'],
    userId: ['ai.telemetry.metadata.userId'],
    responseId: ['ai.response.id'],
    finishReason: ['ai.response.finishReason'],
  },
  firstToken: [
    { key: 'ai.response.msToFirstChunk', seconds: 0.001 },
    { key: 'ai.stream.msToFirstChunk', seconds: 0.001 },
  ],
  input: [
    { key: 'ai.prompt.messages', shape: 'messages' },
    { key: 'ai.prompt#messages', shape: 'messages', system: 'ai.prompt#system' },
    { key: 'ai.prompt#prompt', shape: 'messages-or-text', system: 'ai.prompt#system' },
    { key: 'ai.prompt', shape: 'messages-or-text' },
  ],
  output: [
    { key: 'ai.response.text', shape: 'messages-or-text', toolCalls: 'ai.response.toolCalls' },
    { key: 'ai.response.object', shape: 'messages-or-text' },
    { key: 'ai.result.text', shape: 'messages-or-text', toolCalls: 'ai.result.toolCalls' },
    { key: 'ai.result.object', shape: 'messages-or-text' },
  ],
};
