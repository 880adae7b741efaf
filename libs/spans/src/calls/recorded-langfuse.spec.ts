import { describe, expect, it } from '@jest/globals';
import { extractRecorded, hasRecordings } from '../testing/recordings.js';

// What is expected was read in the files by a person.
const sharedIt = hasRecordings ? it : it.skip;

describe('a trace that Langfuse exports', () => {
  const path = (name: string) => `spans/langfuse_${name}.trace.json`;

  sharedIt('of autogen: one call, whose prompt is a transcript', () => {
    const { calls, skipped } = extractRecorded(path('autogen-2025-06-06'));
    expect(skipped).toEqual({ not_llm: 1 });
    expect(calls).toMatchObject([
      {
        dialect: 'langfuse',
        query: "Say 'Hello World!'",
        messages: [
          { role: 'system', content: expect.stringMatching(/^You are a helpful AI assistant\. .* completed\.$/) },
          { role: 'user', content: "Say 'Hello World!'" },
        ],
        response: 'Hello World!',
        requestModel: 'gpt-4o',
        responseModel: null,
        inputTokens: 41,
        outputTokens: 3,
        totalTokens: 44,
        costUsd: 0.000025,
        responseTimeSeconds: 0.628,
        status: 'OK',
        truncated: false,
      },
    ]);
  });

  sharedIt('of pydantic-ai: one call, and the agent that repeats its tokens is none', () => {
    const { calls, skipped } = extractRecorded(path('pydantic-ai-2025-06-06'));
    expect(skipped).toEqual({ agent_span: 1, not_llm: 1 });
    expect(calls).toMatchObject([
      {
        dialect: 'pydantic-ai',
        query: 'What is Langfuse?',
        messages: [
          {
            role: 'system',
            content: 'You are a helpful assistant that answers questions clearly and concisely.',
          },
          { role: 'user', content: 'What is Langfuse?' },
        ],
        response: expect.stringMatching(/^Langfuse is a tool designed for observability .* depend on LLMs\. .*\.$/s),
        requestModel: 'gpt-4o',
        responseModel: 'gpt-4o-2024-08-06',
        provider: 'openai',
        inputTokens: 31,
        outputTokens: 96,
        totalTokens: 127,
        costUsd: 0.0010375,
        status: 'OK',
      },
    ]);
  });

  sharedIt('of the AI SDK: doGenerate is the call, and what Langfuse counted for its wrapper is not taken', () => {
    const { calls, skipped } = extractRecorded(path('vercel-aisdk-2025-11-17'));
    expect(skipped).toEqual({ wrapper_span: 1, tool_span: 1 });
    expect(calls).toMatchObject([
      {
        dialect: 'vercel-ai',
        query: 'What is the weather like today in San Francisco?',
        response: null,
        toolCalls: [
          { id: 'call_DgKARp7a7IhJPDczfifMp6Ra', name: 'getWeather', arguments: '{"location":"San Francisco"}' },
        ],
        requestModel: 'gpt-5',
        responseModel: 'gpt-5-2025-08-07',
        provider: 'openai.responses',
        inputTokens: 62,
        outputTokens: 85,
        totalTokens: 147,
        costUsd: 0.000927499999,
        finishReason: 'tool-calls',
        responseTimeSeconds: 3.043,
        status: 'OK',
      },
    ]);
  });

  sharedIt("of Google's ADK by OpenInference: two turns", () => {
    const { calls, skipped, spansMerged } = extractRecorded(path('google-adk-2025-08-28'));
    expect({ skipped, spansMerged }).toEqual({
      skipped: { agent_span: 1, tool_span: 1, workflow_span: 1 },
      spansMerged: 0,
    });
    const both = {
      dialect: 'openinference',
      query: 'hi',
      requestModel: 'gemini-2.0-flash',
      responseModel: null,
      sessionId: 'demo-session',
      userId: 'demo-user',
      finishReason: 'stop',
      status: 'OK',
    };
    expect(calls).toMatchObject([
      {
        ...both,
        response: null,
        toolCalls: [{ name: 'say_hello', arguments: '{}' }],
        inputTokens: 28,
        outputTokens: 3,
        totalTokens: 31,
        costUsd: 0.000004,
        responseTimeSeconds: 0.911,
      },
      {
        ...both,
        response: 'Hello Langfuse 👋!\n',
        toolCalls: null,
        inputTokens: 39,
        outputTokens: 6,
        totalTokens: 45,
        costUsd: 0.0000063,
        responseTimeSeconds: 0.924,
      },
    ]);
    expect(calls[1]?.messages).toEqual([
      {
        role: 'system',
        content: 'Always greet using the say_hello tool.\n\nYou are an agent. Your internal name is "hello_agent".',
      },
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: null, toolCalls: [{ name: 'say_hello', arguments: '{}' }] },
      { role: 'tool', content: '{"greeting": "Hello Langfuse 👋"}' },
    ]);
  });

  sharedIt('of CrewAI: one call by OpenInference for LiteLLM', () => {
    const { calls, skipped } = extractRecorded(path('crewai-2025-07-11'));
    expect(skipped).toEqual({ agent_span: 1, workflow_span: 1, not_llm: 3 });
    expect(calls).toMatchObject([
      {
        dialect: 'openinference',
        query: expect.stringMatching(/^\nCurrent Task: Define the HTML .*\n\nThought:$/s),
        response: expect.stringMatching(/^I now can give a great answer {2}\nFinal Answer: \n```html\n<!DOCTYPE html>/),
        requestModel: 'gpt-4o-mini',
        inputTokens: 190,
        outputTokens: 164,
        totalTokens: 354,
        cachedInputTokens: 0,
        reasoningTokens: 0,
        costUsd: 0.0001269,
        responseTimeSeconds: 3.694,
        status: 'OK',
      },
    ]);
    expect(calls[0]?.messages?.map(({ role }) => role)).toEqual(['system', 'user']);
  });

  sharedIt('of the agents SDK of OpenAI by OpenInference: two turns', () => {
    const { calls, skipped } = extractRecorded(path('openai-agents-2025-09-30'));
    expect(skipped).toEqual({ agent_span: 2, tool_span: 1 });
    const toolCall = { id: 'call_Kud0j0DxWSmLzv9W5m6qVqXn', name: 'get_weather', arguments: '{"city":"Tokyo"}' };
    const both = {
      query: "What's the weather in Tokyo?",
      requestModel: 'gpt-4.1-2025-04-14',
      provider: 'openai',
      status: 'OK',
    };
    expect(calls).toMatchObject([
      {
        ...both,
        response: null,
        toolCalls: [toolCall],
        inputTokens: 55,
        outputTokens: 15,
        totalTokens: 70,
        costUsd: 0.00023,
        responseTimeSeconds: 1.036,
      },
      {
        ...both,
        response: expect.stringMatching(/^The weather in Tokyo is currently sunny\. .* just let me know!$/),
        toolCalls: null,
        inputTokens: 85,
        outputTokens: 29,
        totalTokens: 114,
        costUsd: 0.000402,
        responseTimeSeconds: 1.15,
      },
    ]);
    expect(calls[1]?.messages).toEqual([
      { role: 'system', content: 'You are a helpful agent.' },
      { role: 'user', content: "What's the weather in Tokyo?" },
      { role: 'assistant', content: null, toolCalls: [toolCall] },
      { role: 'tool', content: 'The weather in Tokyo is sunny.', toolCallId: 'call_Kud0j0DxWSmLzv9W5m6qVqXn' },
    ]);
  });
});
