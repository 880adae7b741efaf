import { describe, expect, it } from '@jest/globals';
import { extractRecorded, hasRecordings } from '../testing/recordings.js';

// What is expected was read in the files by a person.
const sharedIt = hasRecordings ? it : it.skip;

const call = (name: string, args: string, id: string) => ({ id, name, arguments: args });

describe('the agents SDK of OpenAI, by OpenLLMetry', () => {
  const coordinator =
    'Look up the stock price for AMZN, then calculate what 1000 shares would be worth by multiplying the price by 1000.';
  const turn = (
    query: string,
    tokens: [number, number, number],
    answer: Record<string, unknown>,
    responseTimeSeconds: number,
  ) => ({
    query,
    inputTokens: tokens[0],
    outputTokens: tokens[1],
    totalTokens: tokens[2],
    cachedInputTokens: 0,
    reasoningTokens: 0,
    requestModel: null,
    responseModel: 'gpt-4o-mini-2024-07-18',
    provider: 'openai',
    costUsd: null,
    status: 'OK',
    finishReason: answer['response'] === undefined ? 'tool_call' : 'stop',
    response: null,
    toolCalls: null,
    truncated: false,
    ...answer,
    responseTimeSeconds,
  });
  const asks = (name: string, args: string, id: string) => ({ toolCalls: [call(name, args, id)] });
  const turns = [
    turn(
      coordinator,
      [225, 23, 248],
      asks('ask_research_specialist', '{"query":"current stock price of AMZN"}', 'call_s6F0eFD5axqDZTStwEzNBOBw'),
      2.523787,
    ),
    turn(
      'current stock price of AMZN',
      [141, 17, 158],
      asks('lookup_stock_price', '{"ticker":"AMZN"}', 'call_z4eMjhGtXGUeK0qlT76u83cN'),
      1.105659,
    ),
    turn(
      'current stock price of AMZN',
      [174, 18, 192],
      { response: 'The current stock price of Amazon (AMZN) is $240.98.' },
      1.006464,
    ),
    turn(
      coordinator,
      [275, 24, 299],
      asks('ask_math_specialist', '{"query":"240.98 multiplied by 1000"}', 'call_FbrAp5TcHzzAQ8DDdAsEY0F3'),
      7.008392,
    ),
    turn(
      '240.98 multiplied by 1000',
      [187, 20, 207],
      asks('multiply_numbers', '{"a":240,"b":1000}', 'call_kUW5shFAUxcgPCnN10A0HB0Z'),
      0.964343,
    ),
    turn(
      '240.98 multiplied by 1000',
      [217, 20, 237],
      asks('multiply_numbers', '{"a":0,"b":1000}', 'call_2jEa4xlVJ5E5OgvUxduK4VKi'),
      1.532558,
    ),
    turn(
      '240.98 multiplied by 1000',
      [246, 98, 344],
      { response: expect.stringMatching(/^To calculate \\\( 240\.98 .* = 240980 \\\)\.$/s) },
      2.198029,
    ),
    turn(
      coordinator,
      [405, 33, 438],
      {
        response:
          'The current stock price of Amazon (AMZN) is $240.98. Therefore, 1,000 shares would be worth $240,980.',
      },
      2.279754,
    ),
  ];
  const skipped = { agent_span: 3, tool_span: 5, workflow_span: 1 };

  sharedIt.each(['spans/strands_openai_agents_genai_live_spans.json', 'otlp/DERIVED_openai_agents_genai.otlp.json'])(
    '%s: eight turns of three agents',
    (path) => {
      const extraction = extractRecorded(path);
      expect(extraction).toMatchObject({ spansRead: 17, spansMerged: 0, skipped });
      expect(extraction.calls).toMatchObject(turns);
      const roles = extraction.calls.at(-1)?.messages?.map(({ role }) => role);
      expect(roles).toEqual(['system', 'user', 'assistant', 'tool', 'assistant', 'tool']);
    },
  );

  sharedIt('xray/DERIVED_openai_agents_indexed.json: the same, without the arrays that indexing drops', () => {
    const extraction = extractRecorded('xray/DERIVED_openai_agents_indexed.json');
    expect(extraction).toMatchObject({ spansRead: 17, spansMerged: 0, skipped });
    expect(extraction.calls.map(({ responseTimeSeconds: _, ...facts }) => facts)).toMatchObject(
      turns.map(({ responseTimeSeconds: _, ...facts }) => facts),
    );
  });

  sharedIt(
    'spans/strands_openai_agents_genai_adot_spans.json: three turns, whose tool calls are printed as text',
    () => {
      const { calls, skipped: others } = extractRecorded('spans/strands_openai_agents_genai_adot_spans.json');
      expect(others).toEqual({ agent_span: 4, tool_span: 1, not_llm: 9 });
      const all = {
        query: "What is 42 * 7, and what's the weather in Seattle?",
        requestModel: 'gpt-4o-2024-08-06',
        responseModel: 'gpt-4o-2024-08-06',
        provider: 'openai',
        sessionId: '7cdeb989-856d-4e70-9b40-02b70cb12287',
        status: 'OK',
      };
      expect(calls).toMatchObject([
        {
          ...all,
          response: null,
          toolCalls: [
            call('transfer_to_math_specialist', '{}', 'call_51GcOnoD74w70pXxuVysYF9l'),
            call('transfer_to_research_specialist', '{}', 'call_hkef8huCY9wRqq3nUYpPSnSQ'),
          ],
          inputTokens: 148,
          outputTokens: 47,
          totalTokens: 195,
        },
        {
          ...all,
          response: null,
          toolCalls: [call('multiply_numbers', '{"a":42,"b":7}', 'call_jJ9VuMX3v20km2IbQsVqFji1')],
          inputTokens: 257,
          outputTokens: 19,
          totalTokens: 276,
        },
        {
          ...all,
          response: expect.stringMatching(/^The product of 42 and 7 is 294\. .* real-time information\.$/s),
          toolCalls: null,
          inputTokens: 287,
          outputTokens: 36,
          totalTokens: 323,
        },
      ]);
    },
  );
});

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
