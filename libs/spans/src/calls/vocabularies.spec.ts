import { describe, expect, it } from '@jest/globals';
import type { Attributes, NormalSpan, SpanEvent } from '../normal-span.js';
import { extractCalls } from './extract-calls.js';

// Emitters of which no recording is at hand, as their documentation and their source say that they write.

const START = 1_700_000_000_000_000_000n;

function span(attributes: Attributes, change: Partial<NormalSpan> = {}): NormalSpan {
  return {
    traceId: '000000000000000000000000000000ab',
    spanId: '0000000000000001',
    parentSpanId: null,
    name: 'a span',
    kind: 'INTERNAL',
    serviceName: null,
    scopeName: null,
    startUnixNano: START,
    endUnixNano: START + 2_000_000_000n,
    attributes,
    resourceAttributes: {},
    events: [],
    status: { code: 'UNSET', message: null },
    ...change,
  };
}

const event = (name: string, attributes: Attributes, more: Partial<SpanEvent> = {}): SpanEvent => ({
  name,
  timeUnixNano: START,
  attributes,
  ...more,
});

function only(attributes: Attributes, change: Partial<NormalSpan> = {}) {
  const { calls } = extractCalls([span(attributes, change)]);
  if (calls[0] === undefined || calls.length > 1) throw new Error(`expected one call, got ${calls.length}`);
  return calls[0];
}

describe("Vercel's AI SDK", () => {
  it('of version 4: messages, text with tool calls, tokens by their old names, the first chunk in milliseconds', () => {
    const call = only(
      {
        'ai.operationId': 'ai.streamText.doStream',
        'ai.model.id': 'gpt-4o',
        'ai.model.provider': 'openai.chat',
        'ai.prompt.messages': JSON.stringify([
          { role: 'system', content: 'Be brief.' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Weather in Oslo?' },
              { type: 'image', image: 'data:' },
            ],
          },
          {
            role: 'assistant',
            content: [{ type: 'tool-call', toolCallId: 'c1', toolName: 'weather', args: { city: 'Oslo' } }],
          },
          { role: 'tool', content: [{ type: 'tool-result', toolCallId: 'c1', toolName: 'weather', result: '4 °C' }] },
        ]),
        'ai.response.text': 'Cold. And in Rome?',
        'ai.response.toolCalls': '[{"toolCallId":"c2","toolName":"weather","args":"{\\"city\\":\\"Rome\\"}"}]',
        'ai.response.finishReason': 'tool-calls',
        'ai.response.model': 'gpt-4o-2024-08-06',
        'ai.response.msToFirstChunk': 350.5,
        'ai.usage.promptTokens': 40,
        'ai.usage.completionTokens': 9,
        'ai.telemetry.metadata.userId': 'u1',
      },
      { scopeName: 'ai' },
    );
    expect(call).toMatchObject({
      dialect: 'vercel-ai',
      query: 'Weather in Oslo?',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Weather in Oslo?' },
        { role: 'assistant', content: null, toolCalls: [{ id: 'c1', name: 'weather', arguments: '{"city":"Oslo"}' }] },
        { role: 'tool', content: '4 °C', toolCallId: 'c1' },
      ],
      response: 'Cold. And in Rome?',
      toolCalls: [{ id: 'c2', name: 'weather', arguments: '{"city":"Rome"}' }],
      requestModel: 'gpt-4o',
      responseModel: 'gpt-4o-2024-08-06',
      provider: 'openai.chat',
      inputTokens: 40,
      outputTokens: 9,
      finishReason: 'tool-calls',
      timeToFirstTokenSeconds: 0.3505,
      userId: 'u1',
    });
  });

  it('of an answer of tool calls alone, and of a prompt that is one text', () => {
    const call = only({
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.prompt': '{"system":"Be brief.","prompt":"Weather in Oslo?"}',
      'ai.response.toolCalls': '[{"toolCallId":"c1","toolName":"weather","input":{"city":"Oslo"}}]',
    });
    expect(call).toMatchObject({ response: null, toolCalls: [{ name: 'weather', arguments: '{"city":"Oslo"}' }] });
    expect(call.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Weather in Oslo?' },
    ]);
  });
});

describe('MLflow', () => {
  it('writes JSON in JSON', () => {
    const inputs = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] };
    const outputs = { model: 'gpt-4o-2024-08-06', choices: [{ message: { role: 'assistant', content: 'Ho' } }] };
    const call = only({
      'mlflow.spanType': '"CHAT_MODEL"',
      'mlflow.spanInputs': JSON.stringify(JSON.stringify(inputs)),
      'mlflow.spanOutputs': JSON.stringify(outputs),
      'mlflow.chat.tokenUsage': '{"input_tokens": 8, "output_tokens": 2, "total_tokens": 10}',
      'mlflow.llm.model': '"gpt-4o"',
      'mlflow.trace.session': '"s1"',
    });
    expect(call).toMatchObject({
      dialect: 'mlflow',
      query: 'Hi',
      response: 'Ho',
      requestModel: 'gpt-4o',
      responseModel: 'gpt-4o-2024-08-06',
      sessionId: 's1',
      inputTokens: 8,
      totalTokens: 10,
    });
  });

  it("holds LangChain's messages, with a type for a role", () => {
    const call = only({
      'mlflow.spanType': '"CHAT_MODEL"',
      'mlflow.spanInputs': JSON.stringify([
        [
          { type: 'system', content: 'Be brief.' },
          { type: 'human', content: 'Hi' },
        ],
      ]),
      'mlflow.spanOutputs': JSON.stringify({ generations: [[{ message: { type: 'ai', content: 'Ho' }, text: 'Ho' }]] }),
    });
    expect(call).toMatchObject({ query: 'Hi', response: 'Ho', messages: [{ role: 'system' }, { role: 'user' }] });
  });
});

describe('Langfuse', () => {
  it('by its own SDK: a generation with its model, its usage and when its first token came', () => {
    const call = only(
      {
        'langfuse.observation.type': 'generation',
        'langfuse.observation.input': '[{"role":"user","content":"Hi"}]',
        'langfuse.observation.output': '{"answer": 42}',
        'langfuse.observation.model.name': 'gpt-4o',
        'langfuse.observation.usage_details': '{"input": 8, "output": 2, "total": 10}',
        'langfuse.observation.cost_details': '{"total": 0.002}',
        'langfuse.observation.completion_start_time': '"2023-11-14T22:13:20.250Z"',
        'langfuse.session.id': 's1',
      },
      { scopeName: 'langfuse-sdk' },
    );
    expect(call).toMatchObject({
      dialect: 'langfuse',
      query: 'Hi',
      response: '{"answer": 42}',
      requestModel: 'gpt-4o',
      inputTokens: 8,
      outputTokens: 2,
      costUsd: 0.002,
      timeToFirstTokenSeconds: 0.25,
      sessionId: 's1',
    });
  });
});

describe('Logfire', () => {
  it("by its instrumentation of OpenAI's client: request and response as they were sent", () => {
    const call = only(
      {
        request_data: '{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}]}',
        response_data:
          '{"message":{"role":"assistant","content":"Ho"},"usage":{"prompt_tokens":8,"completion_tokens":2}}',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.usage.input_tokens': 8,
        'logfire.json_schema': '{}',
      },
      { scopeName: 'logfire.openai' },
    );
    expect(call).toMatchObject({
      dialect: 'pydantic-ai',
      query: 'Hi',
      response: 'Ho',
      inputTokens: 8,
      outputTokens: 2,
    });
  });
});

describe('Claude Code', () => {
  it('counts what came from the cache apart from the input, and leaves out what it redacts', () => {
    const call = only(
      {
        'span.type': 'llm_request',
        model: 'claude-sonnet-4-5',
        input_tokens: 300,
        output_tokens: 40,
        cache_read_tokens: 200,
        cache_creation_tokens: 100,
        user_prompt: '<REDACTED>',
      },
      { name: 'claude_code.llm_request' },
    );
    expect(call).toMatchObject({
      dialect: 'claude-code',
      requestModel: 'claude-sonnet-4-5',
      query: null,
      inputTokens: 600,
      outputTokens: 40,
      totalTokens: 640,
      cachedInputTokens: 200,
    });
  });

  it('has bare names, which mean nothing on spans of others', () => {
    const call = only({ 'gen_ai.operation.name': 'chat', model: 'a car', input_tokens: 300 });
    expect(call).toMatchObject({ requestModel: null, inputTokens: null });
  });
});

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

describe("LiteLLM's Traceloop logger", () => {
  it('writes whole seconds where nanoseconds belong', () => {
    const call = only(
      { 'gen_ai.prompt.0.role': 'user', 'gen_ai.prompt.0.content': 'Hi', 'gen_ai.completion.0.content': 'Ho' },
      { name: 'litellm.completion', startUnixNano: 1_700_000_000n, endUnixNano: 1_700_000_003n },
    );
    expect(call).toMatchObject({
      dialect: 'litellm-traceloop',
      startedAtUnixNano: START.toString(),
      responseTimeSeconds: 3,
      query: 'Hi',
      response: 'Ho',
    });
  });
});
