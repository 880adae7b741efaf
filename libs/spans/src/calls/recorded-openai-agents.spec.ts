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
