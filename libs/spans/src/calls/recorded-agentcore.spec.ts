import { describe, expect, it } from '@jest/globals';
import { extractRecorded, hasRecordings, readRecorded } from '../testing/recordings.js';
import { extractCalls } from './extract-calls.js';

// What is expected was read in the files by a person.
const sharedIt = hasRecordings ? it : it.skip;

describe('rows of CloudWatch, of agents on AgentCore', () => {
  const haiku = 'us.anthropic.claude-3-5-haiku-20241022-v1:0';
  const turns = [
    { inputTokens: 329, outputTokens: 36, totalTokens: 365, responseTimeSeconds: 1.44057 },
    { inputTokens: 338, outputTokens: 113, totalTokens: 451, responseTimeSeconds: 2.982968 },
  ].map((facts) => ({
    ...facts,
    requestModel: haiku,
    responseModel: haiku,
    provider: 'aws.bedrock',
    sessionId: '383c4a9d-5682-4186-a125-e226f9f6c141',
    serviceName: 'agent_lg.DEFAULT',
    finishReason: 'end_turn',
    status: 'OK',
  }));
  const strands = 'xray/agentcore_raw_otel_strands_bedrock_';
  const langchain = 'xray/agentcore_raw_otel_langchain_';

  sharedIt('LangChain: two turns, each reported by ChatBedrockConverse and by botocore', () => {
    const { calls, ...counts } = extractRecorded(`${langchain}spans.json`, `${langchain}runtime_logs.json`);
    expect(counts).toMatchObject({ spansRead: 12, spansMerged: 2, skipped: { not_llm: 2, workflow_span: 6 } });
    expect(calls).toMatchObject([
      {
        ...turns[0],
        query: 'Hello',
        response: expect.stringMatching(/^Hello! How can I help you today\? .* you might have in mind\.$/),
      },
      {
        ...turns[1],
        query: 'Hello, find everything about me from my memory ',
        response: expect.stringMatching(/^I apologize, but I do not have .* share about yourself\?$/s),
      },
    ]);
  });

  sharedIt('LangChain without its content logs: the same calls without text', () => {
    const { calls } = extractRecorded(`${langchain}spans.json`);
    const facts = turns.map((turn) => ({ ...turn, query: null, messages: null, response: null }));
    // Nothing tells more than ChatBedrockConverse then, which names the provider otherwise.
    expect(calls).toMatchObject(facts.map((turn) => ({ ...turn, provider: 'AWS' })));
  });

  sharedIt('Strands: three turns, each reported by chat and by botocore, and one with its content', () => {
    const { calls, ...counts } = extractRecorded(`${strands}spans.json`, `${strands}runtime_logs.json`);
    expect(counts).toMatchObject({ spansRead: 50, spansMerged: 3, skipped: { agent_span: 3, not_llm: 41 } });
    const all = {
      requestModel: 'us.anthropic.claude-3-7-sonnet-20250219-v1:0',
      responseModel: null,
      sessionId: 'cc8a8e69-8bed-4e5f-9a06-9a58550fd713',
      finishReason: 'end_turn',
      status: 'OK',
      truncated: false,
    };
    expect(calls).toMatchObject([
      {
        ...all,
        query: null,
        inputTokens: 21114,
        outputTokens: 91,
        totalTokens: 21205,
        responseTimeSeconds: 4.229652,
        timeToFirstTokenSeconds: 2.783,
      },
      {
        ...all,
        query: null,
        inputTokens: 21209,
        outputTokens: 32,
        totalTokens: 21241,
        responseTimeSeconds: 2.833004,
        timeToFirstTokenSeconds: 2.43,
      },
      {
        ...all,
        query: 'Hello',
        response: expect.stringMatching(/^Hello! I'm here and ready to assist you\. .* I'll be happy to help\.$/),
        inputTokens: 21245,
        outputTokens: 56,
        totalTokens: 21301,
        responseTimeSeconds: 3.440357,
        timeToFirstTokenSeconds: 2.657,
      },
    ]);
    const messages = calls[2]?.messages ?? [];
    expect(messages[0]).toMatchObject({ role: 'system', content: expect.stringMatching(/^You are a helpful assist/) });
    expect(messages.filter(({ role }) => role === 'user').map(({ content }) => content)).toEqual([
      'Tell me about myself?',
      'My email is user@example.com and I am an AgentCore user',
      'Remember that my favorite agent platform is AgentCore',
      'Tell me about myself?',
      'My dataset has values: 23, 45, 67, 89, 12, 34, 56.',
      'Create a text-based bar chart visualization showing the distribution of values in my dataset with proper labels',
      'find what agentcore does and get me its getting started information',
      'Hello',
      'Hello',
      'Hello',
    ]);
    // Nine messages of a tool; seven of them are there again inside of a user's message.
    expect(messages.filter(({ role }) => role === 'tool')).toHaveLength(9);
  });

  sharedIt("Strands without botocore's spans: the answer is told from an earlier one in the same list", () => {
    const spans = readRecorded(`${strands}spans.json`, `${strands}runtime_logs.json`);
    const { calls } = extractCalls(spans.filter(({ scopeName }) => scopeName === 'strands.telemetry.tracer'));
    expect(calls).toHaveLength(3);
    expect(calls[2]).toMatchObject({
      dialect: 'strands',
      query: 'Hello',
      response: expect.stringMatching(/^Hello! I'm here and ready to assist you\. .* I'll be happy to help\.$/),
      provider: 'strands-agents',
      responseTimeSeconds: 3.443112,
      inputTokens: 21245,
      outputTokens: 56,
    });
  });
});
