import { describe, expect, it } from '@jest/globals';
import type { Attributes, NormalSpan } from '../normal-span.js';
import { onlyCallOf, spanOf, START } from '../testing/spans.js';

// Emitters of which no recording is at hand, as their documentation and their source say that they write.

const only = (attributes: Attributes, change: Partial<NormalSpan> = {}) => onlyCallOf(spanOf(attributes, change));

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

describe('OpenInference', () => {
  const llm = { 'openinference.span.kind': 'LLM' };

  it('numbers the parts of content, with and without what it defines for them', () => {
    const call = only({
      ...llm,
      'llm.input_messages.0.message.role': 'user',
      'llm.input_messages.0.message.contents.1.message_content.type': 'text',
      'llm.input_messages.0.message.contents.1.message_content.text': 'What is this?',
      'llm.input_messages.0.message.contents.0.message_content.type': 'image',
      'llm.input_messages.0.message.contents.0.message_content.image.image.url': 'data:',
      'llm.output_messages.0.message.role': 'assistant',
      'llm.output_messages.0.message.content.0': 'A cat,',
      'llm.output_messages.0.message.content.1': 'I think.',
      'llm.output_messages.0.message.function_call_name': 'zoom',
      'llm.output_messages.0.message.function_call_arguments_json': '{"by":2}',
    });
    expect(call).toMatchObject({
      dialect: 'openinference',
      query: 'What is this?',
      response: 'A cat,\nI think.',
      toolCalls: [{ name: 'zoom', arguments: '{"by":2}' }],
      truncated: false,
    });
  });

  it("falls back to the whole input, of LangChain's constructors too", () => {
    const call = only({
      ...llm,
      'input.value': JSON.stringify({ messages: [[{ lc: 1, id: ['x'], kwargs: { content: 'Hi', type: 'human' } }]] }),
      'output.value': '{"an": "answer that is JSON"}',
    });
    expect(call).toMatchObject({ query: 'Hi', response: '{"an": "answer that is JSON"}' });
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
