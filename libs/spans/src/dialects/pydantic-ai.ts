import type { Dialect } from './dialect.js';

/** Pydantic's AI agents and Logfire. Later releases write OpenTelemetry's own names for each call. */
export const PYDANTIC_AI: Dialect = {
  name: 'pydantic-ai',
  signs: [{ scopes: ['pydantic-ai', 'logfire'] }, { keys: ['logfire.json_schema'] }],
  // An agent's run, which carries the sum of its calls.
  kinds: [
    { key: 'pydantic_ai.all_messages', any: 'agent_span' },
    { key: 'all_messages_events', any: 'agent_span' },
  ],
  fields: { costUsd: ['operation.cost'] },
  fallbacks: {
    requestModel: ['request_data#model'],
    inputTokens: ['response_data#usage.prompt_tokens', 'response_data#usage.input_tokens'],
    outputTokens: ['response_data#usage.completion_tokens', 'response_data#usage.output_tokens'],
  },
  inputFallbacks: [
    { key: 'pydantic_ai.all_messages', shape: 'messages' },
    { key: 'all_messages_events', shape: 'event-list' },
    { key: 'events', shape: 'event-list' },
    { key: 'request_data', shape: 'messages' },
  ],
  outputFallbacks: [
    { key: 'events', shape: 'event-list' },
    { key: 'final_result', shape: 'messages-or-text' },
    { key: 'response_data', shape: 'messages' },
  ],
};
