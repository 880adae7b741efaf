import { describe, expect, it } from '@jest/globals';
import { extractRecorded, hasRecordings } from '../testing/recordings.js';

// What is expected was read in the files by a person.
const sharedIt = hasRecordings ? it : it.skip;

const call = (name: string, args: string, id: string) => ({ id, name, arguments: args });

describe('pydantic-ai', () => {
  const both = {
    query: "What's the weather like in Seattle right now?",
    requestModel: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    responseModel: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    provider: 'bedrock',
    sessionId: '019f8b0c-5147-74b5-b1e4-f9b086da98e0',
    status: 'OK',
  };
  const turns = [
    {
      ...both,
      messages: [
        { role: 'system', content: 'You are a helpful assistant. Use the provided tools when needed.' },
        { role: 'user', content: "What's the weather like in Seattle right now?" },
      ],
      response: null,
      toolCalls: [call('get_weather', '{"city":"Seattle"}', 'tooluse_ThYFd3WOkO59ZUHC77SIdX')],
      finishReason: 'tool_call',
      inputTokens: 588,
      outputTokens: 53,
      totalTokens: 641,
      costUsd: 0.0028149,
    },
    {
      ...both,
      response: 'The current weather in Seattle is 62°F and cloudy with light rain. Pretty typical Seattle weather!',
      toolCalls: null,
      finishReason: 'stop',
      inputTokens: 663,
      outputTokens: 25,
      totalTokens: 688,
      costUsd: 0.0026004,
    },
  ];

  sharedIt.each([
    'spans/strands_pydantic_ai_live_spans.json',
    'otlp/DERIVED_pydantic_ai.otlp.json',
    'xray/DERIVED_pydantic_ai_default_metadata.json',
  ])('%s: two turns, and not the sum on the agent', (path) => {
    const extraction = extractRecorded(path);
    expect(extraction).toMatchObject({ spansRead: 4, spansMerged: 0, skipped: { agent_span: 1, tool_span: 1 } });
    expect(extraction.calls).toMatchObject(turns);
  });
});

describe("Google's ADK", () => {
  sharedIt.each([
    ['spans/strands_adk_live_spans.json', 'stop'],
    // Indexing drops gen_ai.response.finish_reasons, an array; the answer itself tells.
    ['xray/DERIVED_adk_index_all.json', 'STOP'],
  ])('%s: two turns, each reported by call_llm and by generate_content', (path, finishReason) => {
    const extraction = extractRecorded(path);
    expect(extraction).toMatchObject({
      spansRead: 7,
      spansMerged: 2,
      skipped: { agent_span: 1, tool_span: 1, not_llm: 1 },
    });
    const both = {
      query: 'What is 15 multiplied by 37?',
      requestModel: 'gemini-3.5-flash',
      responseModel: 'gemini-3.5-flash',
      sessionId: 'b4866a2a-a3d4-4d2f-8f40-6bb0d03d135c',
      status: 'OK',
      finishReason,
    };
    expect(extraction.calls).toMatchObject([
      {
        ...both,
        response: null,
        toolCalls: [call('calculator', '{"expression":"15 * 37"}', 'uwpsprd2')],
        inputTokens: 157,
        outputTokens: 51,
        totalTokens: 208,
        reasoningTokens: 32,
      },
      {
        ...both,
        response: '15 multiplied by 37 is 555.',
        toolCalls: null,
        inputTokens: 222,
        outputTokens: 33,
        totalTokens: 255,
        reasoningTokens: 20,
      },
    ]);
    expect(extraction.calls[0]?.messages?.[0]?.content).toMatch(/^You are a math assistant\./);
    expect(extraction.calls[1]?.messages?.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool']);
  });
});

describe("OpenTelemetry's conventions", () => {
  sharedIt('spans/strands_otel_genai_convention_spans.json: two turns, whose messages are in events', () => {
    const { calls, skipped } = extractRecorded('spans/strands_otel_genai_convention_spans.json');
    expect(skipped).toEqual({ agent_span: 1, tool_span: 2 });
    const both = {
      query: "What's the weather in Paris and London?",
      requestModel: 'gpt-4o',
      responseModel: null,
      provider: 'openai',
      sessionId: 'conv_otel_test_001',
      status: 'OK',
      responseTimeSeconds: 1,
    };
    expect(calls).toMatchObject([
      {
        ...both,
        response: 'Let me check the weather for both cities.',
        toolCalls: [
          call('get_weather', '{"location":"Paris"}', 'call_paris_001'),
          call('get_weather', '{"location":"London"}', 'call_london_001'),
        ],
        finishReason: 'tool_calls',
        inputTokens: 80,
        outputTokens: 25,
        totalTokens: 105,
      },
      {
        ...both,
        response:
          "The weather in Paris is rainy at 57°F. I was unable to retrieve London's weather due to a service timeout.",
        toolCalls: null,
        finishReason: 'stop',
        inputTokens: 120,
        outputTokens: 35,
        totalTokens: 155,
      },
    ]);
    expect(calls[1]?.messages?.slice(2)).toEqual([
      { role: 'tool', content: 'rainy, 57°F', toolCallId: 'call_paris_001' },
      { role: 'tool', content: 'Error: TimeoutError', toolCallId: 'call_london_001' },
    ]);
  });
});

describe('OpenInference', () => {
  sharedIt('spans/strands_openinference_live_spans.json: two turns without tokens and models', () => {
    const { calls, skipped } = extractRecorded('spans/strands_openinference_live_spans.json');
    expect(skipped).toEqual({ agent_span: 1, tool_span: 1, workflow_span: 2 });
    const both = { dialect: 'openinference', requestModel: null, responseModel: null, inputTokens: null, status: 'OK' };
    expect(calls).toMatchObject([
      {
        ...both,
        query: 'What is the weather difference between Taipei and Seattle?',
        messages: [
          { role: 'system', content: 'You are a helpful weather assistant.' },
          { role: 'user', content: 'What is the weather difference between Taipei and Seattle?' },
        ],
        response: "I'll check the weather for both cities.",
        toolCalls: [call('get_weather', '{"city": "Taipei"}', 'toolu_001')],
        responseTimeSeconds: 1,
      },
      {
        ...both,
        query: 'Now compare them.',
        response: 'Taipei is warmer than Seattle. Taipei averages 25C while Seattle averages 12C.',
        toolCalls: [call('finish', '{"answer": "Taipei is warmer"}', 'toolu_002')],
      },
    ]);
  });

  sharedIt('spans/strands_claude_adot_spans.json: agents that report sums over their turns, and no turn', () => {
    expect(extractRecorded('spans/strands_claude_adot_spans.json')).toMatchObject({
      calls: [],
      skipped: { agent_span: 3, tool_span: 4, not_llm: 1 },
    });
  });
});
