import { describe, expect, it } from '@jest/globals';
import type { Attributes, NormalSpan } from '../normal-span.js';
import { extractCalls } from './extract-calls.js';

const START = 1_700_000_000_000_000_000n;
const PARENT = '00000000000000aa';

function span(number: number, attributes: Attributes, change: Partial<NormalSpan> = {}): NormalSpan {
  return {
    traceId: '000000000000000000000000000000ab',
    spanId: number.toString(16).padStart(16, '0'),
    parentSpanId: PARENT,
    name: 'chat',
    kind: 'CLIENT',
    serviceName: 'svc',
    scopeName: 'opentelemetry.instrumentation.openai.v1',
    startUnixNano: START + BigInt(number) * 1_000_000n,
    endUnixNano: START + 2_000_000_000n - BigInt(number) * 1_000_000n,
    attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o', ...attributes },
    resourceAttributes: {},
    events: [],
    status: { code: 'UNSET', message: null },
    ...change,
  };
}

const counted = { 'gen_ai.usage.input_tokens': 10, 'gen_ai.usage.output_tokens': 5 };
const answered = { ...counted, 'gen_ai.completion.0.content': 'Four.' };
const gateway = { scopeName: 'litellm' };

describe('one call that two instrumentations write down beside each other', () => {
  it.each<[string, Attributes, Attributes]>([
    ['by the id of the answer', { 'gen_ai.response.id': 'r1' }, { 'gen_ai.response.id': 'r1' }],
    ['by its counts and its answer', answered, answered],
    ['by its counts and the tools that it calls', ...twice({ 'gen_ai.completion.0.tool_calls.0.name': 'f' })],
  ])('is one call, told %s', (_how, first, second) => {
    const { calls, spansMerged } = extractCalls([span(1, first), span(2, second, gateway)]);
    expect({ calls: calls.length, spansMerged }).toEqual({ calls: 1, spansMerged: 1 });
  });

  it('is one call also beneath a wrapper that reports it', () => {
    const wrapper = span(0, counted, { spanId: PARENT, parentSpanId: null, scopeName: 'gcp.vertex.agent' });
    const { calls, spansMerged } = extractCalls([wrapper, span(1, answered), span(2, answered, gateway)]);
    expect({ calls: calls.length, spansMerged }).toEqual({ calls: 1, spansMerged: 2 });
  });

  it.each<[string, Attributes, Attributes, Partial<NormalSpan>]>([
    ['of one instrumentation', answered, answered, {}],
    [
      'with other ids',
      { ...answered, 'gen_ai.response.id': 'r1' },
      { ...answered, 'gen_ai.response.id': 'r2' },
      gateway,
    ],
    ['with other answers', answered, { ...answered, 'gen_ai.completion.0.content': 'Five.' }, gateway],
    ['without an answer', counted, counted, gateway],
    ['with other counts', answered, { ...answered, 'gen_ai.usage.input_tokens': 900 }, gateway],
    [
      'one after the other',
      answered,
      answered,
      { ...gateway, startUnixNano: START + 3_000_000_000n, endUnixNano: START + 4_000_000_000n },
    ],
  ])('are two calls, %s', (_what, first, second, change) => {
    expect(extractCalls([span(1, first), span(2, second, change)]).calls).toHaveLength(2);
  });
});

describe('one call of an agent', () => {
  it('that the framework, the SDK and the client report comes out once, with the content of the richest', () => {
    const chain = [
      span(1, counted, { name: 'call_llm', scopeName: 'gcp.vertex.agent' }),
      span(2, { ...answered, 'gen_ai.operation.name': 'generate_content' }, { parentSpanId: id(1) }),
      span(3, { ...answered, 'gen_ai.prompt.0.content': '2 + 2?' }, { parentSpanId: id(2), name: 'openai.chat' }),
    ];
    expect(extractCalls(chain)).toMatchObject({
      spansMerged: 2,
      calls: [{ spanId: id(3), query: '2 + 2?', response: 'Four.', responseTimeSeconds: 1.994 }],
    });
  });

  it('keeps the session of a wrapper that is no call itself', () => {
    const outer = span(
      1,
      { 'ai.operationId': 'ai.generateText', 'ai.usage.promptTokens': 900, 'ai.telemetry.metadata.sessionId': 's1' },
      { scopeName: 'ai' },
    );
    delete outer.attributes['gen_ai.operation.name'];
    const steps = [2, 3].map((number) => {
      const step = span(
        number,
        { ...answered, 'ai.operationId': 'ai.generateText.doGenerate' },
        { parentSpanId: id(1) },
      );
      delete step.attributes['gen_ai.operation.name'];
      return step;
    });
    const { calls, skipped } = extractCalls([outer, ...steps]);
    expect(skipped).toEqual({ wrapper_span: 1 });
    expect(calls).toMatchObject([
      { dialect: 'vercel-ai', sessionId: 's1', inputTokens: 10 },
      { dialect: 'vercel-ai', sessionId: 's1', inputTokens: 10 },
    ]);
  });
});

function id(number: number): string {
  return number.toString(16).padStart(16, '0');
}

function twice(extra: Attributes): [Attributes, Attributes] {
  return [
    { ...counted, ...extra },
    { ...counted, ...extra },
  ];
}
