import { describe, expect, it } from '@jest/globals';
import type { Attributes, NormalSpan, SpanEvent } from '../normal-span.js';
import { onlyCallOf, spanOf, START } from '../testing/spans.js';

// Content that lies in events, as the documentation and the source of emitters say that they write it.

const event = (name: string, attributes: Attributes, more: Partial<SpanEvent> = {}): SpanEvent => ({
  name,
  timeUnixNano: START,
  attributes,
  ...more,
});

const only = (attributes: Attributes, change: Partial<NormalSpan> = {}) => onlyCallOf(spanOf(attributes, change));

describe('OpenLIT', () => {
  it('has the conversation as text in one event', () => {
    const call = only(
      { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.cost': 0.001, 'gen_ai.usage.input_tokens': 8 },
      {
        scopeName: 'openlit.otel.tracing',
        events: [
          event('gen_ai.content.prompt', { 'gen_ai.prompt': 'system: Be brief.\nuser: First line\nand a second' }),
          event('gen_ai.content.completion', { 'gen_ai.completion': 'Ho: a text' }),
        ],
      },
    );
    expect(call).toMatchObject({
      dialect: 'openlit',
      query: 'First line\nand a second',
      response: 'Ho: a text',
      costUsd: 0.001,
    });
  });
});

describe('OpenTelemetry, by events of before', () => {
  const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.system': 'openai' };

  it('reads one for each message, in the order of time and not of the list', () => {
    const at = (millis: number) => ({ timeUnixNano: START + BigInt(millis) * 1_000_000n });
    const call = only(chat, {
      events: [
        event('gen_ai.choice', {}, { ...at(9), body: { index: 0, finish_reason: 'stop', message: { content: 'Ho' } } }),
        event('gen_ai.user.message', { content: 'And now?' }, at(3)),
        event('gen_ai.assistant.message', { 'gen_ai.event.content': '{"content":"Hello."}' }, at(2)),
        event('gen_ai.user.message', {}, { ...at(1), body: 'Hi' }),
        event('', { 'event.name': 'gen_ai.system.message', content: 'Be brief.' }, at(0)),
      ],
    });
    expect(call).toMatchObject({ query: 'And now?', response: 'Ho', finishReason: 'stop' });
    expect(call.messages?.map(({ role, content }) => `${role}: ${content}`)).toEqual([
      'system: Be brief.',
      'user: Hi',
      'assistant: Hello.',
      'user: And now?',
    ]);
  });

  it("reads Strands' blocks, and tool calls in a choice", () => {
    const call = only(
      { 'gen_ai.operation.name': 'chat', 'gen_ai.system': 'strands-agents', 'gen_ai.server.time_to_first_token': 900 },
      {
        scopeName: 'strands.telemetry.tracer',
        events: [
          event('gen_ai.user.message', { role: 'user', content: '[{"text": "Weather in Oslo?"}]' }),
          event('gen_ai.choice', {
            finish_reason: 'tool_use',
            message:
              '[{"text": "Let me see."}, {"toolUse": {"toolUseId": "t1", "name": "weather", "input": {"city": "Oslo"}}}]',
          }),
        ],
      },
    );
    expect(call).toMatchObject({
      dialect: 'strands',
      query: 'Weather in Oslo?',
      response: 'Let me see.',
      toolCalls: [{ id: 't1', name: 'weather', arguments: '{"city":"Oslo"}' }],
      finishReason: 'tool_use',
      timeToFirstTokenSeconds: 0.9,
    });
  });

  it("reads LiteLLM's log records, whose content may be switched off", () => {
    const records = (content: boolean): SpanEvent[] => [
      event(
        '',
        { event_name: 'gen_ai.content.prompt' },
        { body: { role: 'user', ...(content ? { content: 'Hi' } : {}) } },
      ),
      event(
        '',
        { event_name: 'gen_ai.content.completion', finish_reason: 'stop' },
        {
          body: {
            index: 0,
            finish_reason: 'stop',
            message: { role: 'assistant', ...(content ? { content: 'Ho' } : {}) },
          },
        },
      ),
    ];
    const proxy = { name: 'Received Proxy Server Request', scopeName: 'litellm' };
    expect(only(chat, { ...proxy, events: records(true) })).toMatchObject({ query: 'Hi', response: 'Ho' });
    expect(only(chat, { ...proxy, events: records(false) })).toMatchObject({
      query: null,
      response: null,
      finishReason: 'stop',
    });
  });

  it('reads the details of an operation, also from the body of a log record', () => {
    const details = {
      'gen_ai.system_instructions': [{ type: 'text', content: 'Be brief.' }],
      'gen_ai.input.messages': [{ role: 'user', parts: [{ type: 'text', content: 'Hi' }] }],
      'gen_ai.output.messages':
        '[{"role":"assistant","parts":[{"type":"text","content":"Ho"}],"finish_reason":"stop"}]',
    };
    const name = 'gen_ai.client.inference.operation.details';
    for (const found of [event(name, details), event(name, {}, { body: details })]) {
      expect(only(chat, { events: [found] })).toMatchObject({
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hi' },
        ],
        response: 'Ho',
        finishReason: 'stop',
      });
    }
  });

  it('names the error that a log record tells', () => {
    const failed = event('gen_ai.client.operation.exception', { 'exception.type': 'openai.APITimeoutError' });
    expect(only(chat, { events: [failed], status: { code: 'ERROR', message: null } })).toMatchObject({
      status: 'TIMEOUT',
      errorType: 'openai.APITimeoutError',
    });
  });
});
