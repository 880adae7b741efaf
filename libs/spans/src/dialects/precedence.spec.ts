import { describe, expect, it } from '@jest/globals';
import { FIELD_NAMES, type FieldName } from './dialect.js';
import { DIALECTS, FIELD_PRECEDENCE, KIND_PRECEDENCE, TOLD_FIRST } from './precedence.js';
import { FIELD_KEYS, INPUT_SOURCES, KIND_TABLES, OUTPUT_SOURCES } from './tables.js';

/** Two emitters may write these on one span with different values, so that their order decides what a call says. */
const ORDERS: readonly (readonly [FieldName, string])[] = [
  ['responseModel', 'gen_ai.response.model > llm.response.model_name > ai.response.model'],
  [
    'requestModel',
    'gen_ai.request.model > llm.model_name > llm.request.model_name > ai.model.id > mlflow.llm.model > ' +
      'langfuse.observation.model.name > litellm.provider.model > llm.model > litellm.model',
  ],
  [
    'provider',
    'gen_ai.provider.name > gen_ai.system > llm.provider > llm.system > ai.model.provider > mlflow.llm.provider',
  ],
  [
    'inputTokens',
    'gen_ai.usage.input_tokens > gen_ai.usage.prompt_tokens > llm.token_count.prompt > ai.usage.inputTokens > ' +
      'ai.usage.promptTokens > mlflow.chat.tokenUsage#input_tokens > langfuse.observation.usage_details#input > ' +
      'llm.usage.prompt_tokens',
  ],
  [
    'outputTokens',
    'gen_ai.usage.output_tokens > gen_ai.usage.completion_tokens > llm.token_count.completion > ' +
      'ai.usage.outputTokens > ai.usage.completionTokens > mlflow.chat.tokenUsage#output_tokens > ' +
      'langfuse.observation.usage_details#output > llm.usage.completion_tokens',
  ],
  ['totalTokens', 'gen_ai.usage.total_tokens > llm.usage.total_tokens > llm.token_count.total > ai.usage.totalTokens'],
  [
    'cachedInputTokens',
    'gen_ai.usage.cache_read.input_tokens > gen_ai.usage.cache_read_input_tokens > gen_ai.usage.cache_read_tokens > ' +
      'gen_ai.usage.details.cache_read_tokens > gen_ai.usage.input_cached_tokens > ' +
      'llm.token_count.prompt_details.cache_read > ai.usage.cachedInputTokens',
  ],
  [
    'cacheWriteTokens',
    'gen_ai.usage.cache_creation.input_tokens > gen_ai.usage.cache_creation_input_tokens > ' +
      'gen_ai.usage.cache_write_tokens > llm.token_count.prompt_details.cache_write',
  ],
  [
    'reasoningTokens',
    'gen_ai.usage.reasoning.output_tokens > gen_ai.usage.reasoning_tokens > llm.usage.reasoning_tokens > ' +
      'llm.token_count.completion_details.reasoning > ai.usage.reasoningTokens',
  ],
  [
    'costUsd',
    'litellm.cost.total > gen_ai.usage.cost > gen_ai.cost.total_cost > llm.cost.total > ' +
      'langfuse.observation.cost_details#total > mlflow.llm.cost#total_cost > llm.cost.total_cost_usd > ' +
      'hidden_params#response_cost > gen_ai.usage.total_cost',
  ],
  [
    'sessionId',
    'session.id > gen_ai.conversation.id > langfuse.session.id > traceloop.association.properties.session_id > ' +
      'traceloop.association.properties.thread_id > ai.telemetry.metadata.sessionId > mlflow.trace.session > ' +
      'gcp.vertex.agent.session_id > metadata.requester_metadata#session_id > metadata#session_id',
  ],
  [
    'userId',
    'user.id > enduser.id > langfuse.user.id > litellm.end_user.id > metadata.user_api_key_end_user_id > llm.user > ' +
      'gen_ai.user > ai.telemetry.metadata.userId > traceloop.association.properties.user_id > mlflow.trace.user > ' +
      'metadata.user_api_key_user_id',
  ],
  [
    'finishReason',
    'gen_ai.response.finish_reasons > gen_ai.completion.0.finish_reason > gen_ai.response.finish_reason > ' +
      'llm.finish_reason > ai.response.finishReason > llm.response.finish_reason > llm.response.stop_reason',
  ],
  ['errorType', 'error.type > litellm.provider.error.code'],
];

const INPUT_ORDER =
  'gen_ai.input.messages > details > each > content > gen_ai.prompt.N > gen_ai.prompt > llm.prompts > ' +
  'llm.input_messages.N > ai.prompt.messages > ai.prompt > langfuse.observation.input > input.value > ' +
  'traceloop.entity.input > mlflow.spanInputs > pydantic_ai.all_messages > all_messages_events > events > ' +
  'gcp.vertex.agent.llm_request#contents > new_context > user_prompt > litellm.raw.messages > body';
const OUTPUT_ORDER =
  'gen_ai.output.messages > details > each > content > gen_ai.completion.N > gen_ai.completion > ' +
  'llm.output_messages.N > ai.response.text > ai.response.object > ai.result.text > langfuse.observation.output > ' +
  'output.value > traceloop.entity.output > mlflow.spanOutputs > final_result > gcp.vertex.agent.llm_response#content > ' +
  'response.model_output > litellm.raw.choices > body';

const placeOf = (source: (typeof INPUT_SOURCES)[number]): string =>
  'events' in source ? source.events : source.shape === 'indexed' ? `${source.key}.N` : source.key;

/** The places of the order given, as the tables combine them. */
const amongst = (order: string, combined: readonly string[]): string =>
  combined.filter((place) => order.split(' > ').includes(place)).join(' > ');

describe('the tables, combined', () => {
  it.each(ORDERS)('read %s in this order', (field, order) => {
    expect(amongst(order, FIELD_KEYS.get(field) ?? [])).toBe(order);
  });

  it('read what was sent in this order', () => {
    expect(amongst(INPUT_ORDER, INPUT_SOURCES.map(placeOf))).toBe(INPUT_ORDER);
  });

  it('read what was answered in this order', () => {
    expect(amongst(OUTPUT_ORDER, OUTPUT_SOURCES.map(placeOf))).toBe(OUTPUT_ORDER);
  });

  it('tell what a span is in this order, whatever a gateway or a backend adds', () => {
    const keys = KIND_TABLES.map(({ key }) => key);
    const order =
      'litellm.request.purpose > gen_ai.operation.name > openinference.span.kind > langfuse.observation.type > ' +
      'mlflow.spanType > llm.request.type > traceloop.span.kind > span.type > gen_ai.usage';
    expect(amongst(order, keys)).toBe(order);
    // The outer spans of the AI SDK first, its inner ones at their place.
    expect(keys.filter((key) => key === 'ai.operationId')).toHaveLength(2);
  });

  it('leave no dialect out, and name none twice', () => {
    const names = DIALECTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const told = DIALECTS.filter(({ signs }) => signs !== undefined);
    expect(new Set(TOLD_FIRST)).toEqual(new Set(told));
    const judging = DIALECTS.filter((dialect) =>
      [dialect.kinds, dialect.firstKinds, dialect.lastKinds].some(Array.isArray),
    );
    expect(new Set(KIND_PRECEDENCE)).toEqual(new Set(judging));
    expect(
      Object.values(FIELD_PRECEDENCE)
        .flat()
        .every((dialect) => DIALECTS.includes(dialect)),
    ).toBe(true);
  });

  it('have a key for every field', () => {
    expect(FIELD_NAMES.filter((field) => (FIELD_KEYS.get(field) ?? []).length === 0)).toEqual([]);
  });
});
