import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Attributes, NormalSpan } from '../normal-span.js';
import { parseTraceFile } from '../formats/trace-file.js';
import { extractCalls, type Extraction } from './extract-calls.js';
import { onlyCallOf, spanOf, START } from '../testing/spans.js';

const span = (attributes: Attributes, change: Partial<NormalSpan> = {}): NormalSpan =>
  spanOf(attributes, { name: 'chat', kind: 'CLIENT', serviceName: 'svc', ...change });

const only = (attributes: Attributes, change: Partial<NormalSpan> = {}) => onlyCallOf(span(attributes, change));

function recording(name: string): Extraction {
  const file = parseTraceFile(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8'), name);
  if (!file.ok) throw new Error(file.error.hint);
  return extractCalls(file.value.spans);
}

const chat = { 'gen_ai.operation.name': 'chat' };

describe("the seed's names", () => {
  it('give a call', () => {
    const call = only(
      {
        'gen_ai.prompt': 'What is 2+2?',
        'gen_ai.completion': '{"answer": 4}',
        'gen_ai.response.model': 'gpt-4o-2024-08-06',
        'gen_ai.usage.prompt_tokens': 7,
        'gen_ai.usage.completion_tokens': '5',
        'gen_ai.usage.total_tokens': 12,
      },
      { name: 'litellm.completion' },
    );
    expect(call).toMatchObject({
      dialect: 'seed',
      query: 'What is 2+2?',
      messages: [{ role: 'user', content: 'What is 2+2?' }],
      response: '{"answer": 4}',
      requestModel: null,
      responseModel: 'gpt-4o-2024-08-06',
      inputTokens: 7,
      outputTokens: 5,
      totalTokens: 12,
      responseTimeSeconds: 2,
      status: 'OK',
      startedAtUnixNano: START.toString(),
    });
  });

  it('hold a conversation as JSON, of which the last user turn is the query', () => {
    const prompt = JSON.stringify([
      { role: 'user', content: 'first' },
      { role: 'assistant', content: 'reply' },
      { role: 'user', content: 'second' },
    ]);
    expect(only({ 'gen_ai.prompt': prompt })).toMatchObject({ query: 'second', truncated: false });
  });

  it('leave absent what the span leaves out or writes as nothing', () => {
    const call = only({ 'gen_ai.prompt': '', 'gen_ai.completion': 'None', 'gen_ai.usage.total_tokens': 3 });
    expect(call).toMatchObject({ query: null, messages: null, response: null, inputTokens: null, costUsd: null });
    expect(call).toMatchObject({ userId: null, sessionId: null, cachedInputTokens: null, totalTokens: 3 });
  });
});

describe('LiteLLM, generation A', () => {
  const extraction = recording('litellm-a.jaeger.json');

  it('accounts for every span', () => {
    expect(extraction).toMatchObject({ spansRead: 9, spansMerged: 1, duplicates: 0 });
    expect(extraction.skipped).toEqual({ embedding: 2, not_llm: 1, proxy_span: 2 });
    expect(extraction.coverage.byDialect).toEqual({ 'litellm-a': 3 });
  });

  it('merges the raw copy, takes its duration, and reads Python and JSON in strings', () => {
    expect(extraction.calls[0]).toMatchObject({
      spanId: 'a000000000000003',
      responseTimeSeconds: 1.1,
      query: "What's the capital of France?\nSay why.",
      response: "Paris, because that's where the government sits.",
      requestModel: 'gpt-4o',
      responseModel: 'gpt-4o-2024-08-06',
      inputTokens: 31,
      outputTokens: 12,
      totalTokens: 43,
      cachedInputTokens: 16,
      costUsd: 0.0001975,
      sessionId: 'chat-204',
      userId: 'customer-17',
      requestId: 'chatcmpl-Aq1',
    });
  });

  it('keeps a failed attempt and its fallback apart', () => {
    expect(extraction.calls[1]).toMatchObject({
      requestModel: 'gpt-4o',
      responseModel: null,
      status: 'TIMEOUT',
      errorType: 'litellm.exceptions.Timeout',
      inputTokens: null,
      costUsd: null,
    });
    expect(extraction.calls[2]).toMatchObject({ requestModel: 'gpt-4o-mini', status: 'OK', response: null });
    expect(extraction.calls[2]?.toolCalls?.map((call) => call.arguments)).toEqual([
      '{"city":"Oslo"}',
      '{"city":"Bergen"}',
    ]);
    expect(extraction.calls[2]?.costUsd).toBeNull();
  });
});

describe('LiteLLM, generation B', () => {
  const extraction = recording('litellm-b.otlp.json');

  it('accounts for every span', () => {
    expect(extraction).toMatchObject({ spansRead: 8, spansMerged: 1, duplicates: 0 });
    expect(extraction.skipped).toEqual({ internal_classifier: 1, not_llm: 1, proxy_span: 2 });
  });

  it('reads the call on the proxy span, with the time of the model and not of the proxy', () => {
    expect(extraction.calls[0]).toMatchObject({
      dialect: 'litellm-b',
      spanId: 'd000000000000001',
      responseTimeSeconds: 1.9,
      query: 'What stands on this sign, and is the shop open?',
      response: null,
      toolCalls: [{ id: 'call_77', name: 'opening_hours', arguments: '{"shop":"bakery"}' }],
      requestModel: 'gpt-4o',
      responseModel: 'gpt-4o-2024-11-20',
      provider: 'azure',
      inputTokens: 412,
      outputTokens: 37,
      totalTokens: 449,
      costUsd: 0.0014,
      sessionId: 'chat-311',
      userId: 'team-lead',
      requestId: '8f3e6a52-6f0b-4d1c-9f4e-1b2c3d4e5f60',
      finishReason: 'tool_calls',
    });
    expect(extraction.calls[0]?.messages?.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
  });

  it("reads Signalbox's own decision", () => {
    expect(extraction.calls[0]).toMatchObject({
      decisionId: '01963c1e-0000-7000-8000-00000000000a',
      routerVersion: 'support-bot@7',
      chosenCandidate: 'gpt-4o',
      propensity: 0.85,
      probabilities: { 'gpt-4o': 0.85, 'gpt-4o-mini': 0.15 },
      available: ['gpt-4o', 'gpt-4o-mini'],
    });
  });

  it('keeps a failure, and marks cut content instead of reading an earlier question', () => {
    expect(extraction.calls[1]).toMatchObject({ status: 'ERROR', errorType: 'RateLimitError', responseModel: null });
    expect(extraction.calls[2]).toMatchObject({
      query: null,
      truncated: true,
      response: 'They agreed on the budget.',
      inputTokens: 1000,
      cachedInputTokens: 900,
      outputTokens: 20,
      reasoningTokens: 8,
      totalTokens: 1020,
    });
  });
});

describe('facts of a call', () => {
  it('count cached and reasoning tokens once', () => {
    const tokens = { 'gen_ai.usage.output_tokens': 50, 'gen_ai.usage.reasoning.output_tokens': 40 };
    const cached = { 'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.cache_read.input_tokens': 60 };
    expect(only({ ...chat, ...tokens, ...cached })).toMatchObject({
      inputTokens: 100,
      outputTokens: 50,
      totalTokens: 150,
    });
  });

  it.each<[string, Attributes, Partial<NormalSpan>]>([
    ['OK', {}, { status: { code: 'OK', message: null } }],
    ['ERROR', { 'error.type': 'RateLimitError', 'error.message': 'timeout of the window' }, {}],
    ['TIMEOUT', {}, { status: { code: 'ERROR', message: 'Request timed out' } }],
    ['TIMEOUT', { 'error.type': 'openai.APITimeoutError' }, {}],
    ['CANCELLED', { 'error.type': 'asyncio.exceptions.CancelledError' }, {}],
    ['REFUSED', { 'error.type': 'ContentPolicyViolationError' }, {}],
    ['REFUSED', { 'gen_ai.response.finish_reasons': '["content_filter"]' }, {}],
    ['CACHED', { 'metadata.cache_hit': 'True' }, {}],
  ])('%s', (status, attributes, change) => {
    expect(only({ ...chat, ...attributes }, change).status).toBe(status);
  });

  it('read the time to the first token in the unit that can be', () => {
    expect(only({ ...chat, 'gen_ai.response.time_to_first_chunk': 0.25 }).timeToFirstTokenSeconds).toBe(0.25);
    expect(only({ ...chat, 'gen_ai.server.time_to_first_token': 250 }).timeToFirstTokenSeconds).toBe(0.25);
    expect(only(chat).timeToFirstTokenSeconds).toBeNull();
  });

  it.each<[boolean, Attributes]>([
    [true, { 'gen_ai.completion': 'and then ...[truncated]' }],
    [true, { 'gen_ai.completion': 'and then (litellm_truncated 812 chars)' }],
    [true, { 'gen_ai.completion': 'ab '.repeat(2000).slice(0, 4096) }],
    [true, { 'gen_ai.prompt': '[{"role": "user", "content": "Tell me' }],
    [true, { 'gen_ai.output.messages': '[{"role":"assistant","parts":[{"type":"text","content":"It' }],
    [false, { 'gen_ai.completion': `${'ab '.repeat(2000).slice(0, 4095)}.` }],
    [false, { 'gen_ai.completion': 'The list was truncated (see above).' }],
    [false, { 'gen_ai.prompt': '[draft] is this good' }],
  ])('truncated is %s', (truncated, attributes) => {
    expect(only({ ...chat, ...attributes }).truncated).toBe(truncated);
  });

  it.each<[unknown, Attributes]>([
    [null, { 'signalbox.router.propensity': 0 }],
    [null, { 'signalbox.router.propensity': 'NaN' }],
    [null, { 'signalbox.router.propensity': 1.5 }],
    [0.5, { 'signalbox.router.propensity': '0.5' }],
  ])('propensity is %s', (propensity, attributes) => {
    expect(only({ ...chat, ...attributes }).propensity).toBe(propensity);
  });

  it('take decision, session and user from the span above, but no decision across an agent', () => {
    const root = span(
      { 'signalbox.decision.id': 'd1', 'signalbox.router.available': '["a","b"]', 'session.id': 's1' },
      { name: 'POST /chat', resourceAttributes: {} },
    );
    const direct = span(chat, { spanId: '0000000000000002', parentSpanId: root.spanId });
    const agent = span(
      { 'gen_ai.operation.name': 'invoke_agent' },
      { spanId: '0000000000000003', parentSpanId: root.spanId, startUnixNano: START + 1n },
    );
    const below = span(chat, {
      spanId: '0000000000000004',
      parentSpanId: agent.spanId,
      startUnixNano: START + 1_000_000n,
      resourceAttributes: { 'user.id': 'u1' },
    });
    const { calls } = extractCalls([below, agent, direct, root]);
    expect(calls).toMatchObject([
      { decisionId: 'd1', available: ['a', 'b'], sessionId: 's1', userId: null },
      { decisionId: null, available: null, sessionId: 's1', userId: 'u1' },
    ]);
  });
});

describe('merging', () => {
  const wrapper = span({ ...chat, 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 10 });
  const inner = (spanId: string, attributes: Attributes): NormalSpan =>
    span({ ...chat, ...attributes }, { spanId, parentSpanId: wrapper.spanId, endUnixNano: START + 1_000_000_000n });

  it('joins a wrapper with the span of the same call and lets the richer one speak', () => {
    const { calls, spansMerged } = extractCalls([
      wrapper,
      inner('0000000000000002', {
        'gen_ai.response.model': 'gpt-4o-2024-08-06',
        'gen_ai.usage.input_tokens': 10,
        'gen_ai.input.messages': '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]',
      }),
    ]);
    expect(spansMerged).toBe(1);
    expect(calls).toMatchObject([
      { spanId: '0000000000000002', requestModel: 'gpt-4o', query: 'hi', responseTimeSeconds: 1 },
    ]);
  });

  it('keeps calls of other models and of other sizes', () => {
    const other = { 'gen_ai.request.model': 'claude', 'gen_ai.usage.input_tokens': 10 };
    const larger = { 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 900 };
    expect(
      extractCalls([wrapper, inner('0000000000000002', other), inner('0000000000000003', larger)]).calls,
    ).toHaveLength(3);
  });

  it('leaves out a failed attempt that names no model, beside the one that does', () => {
    const failed = span(
      { ...chat, 'error.type': 'Timeout' },
      { spanId: '0000000000000002', parentSpanId: '00000000000000aa' },
    );
    const good = span(
      { ...chat, 'gen_ai.request.model': 'm' },
      { spanId: '0000000000000003', parentSpanId: '00000000000000aa' },
    );
    expect(extractCalls([failed, good])).toMatchObject({ skipped: { retry_without_model: 1 }, calls: [{}] });
  });

  it('refuses an LLM span without times', () => {
    const unstarted = span(chat, { startUnixNano: 0n });
    const unended = span(chat, { spanId: '0000000000000002', endUnixNano: 0n });
    expect(extractCalls([unstarted, unended], { malformed: 2 })).toMatchObject({
      spansRead: 4,
      calls: [],
      skipped: { no_start_time: 1, no_end_time: 1, malformed_span: 2 },
    });
  });
});

describe('every span is accounted for', () => {
  const id = fc.constantFrom('1', '2', '3', '4', '5').map((digit) => digit.padStart(16, '0'));
  const spans = fc.array(
    fc
      .record({
        traceId: fc.constantFrom('a', 'b').map((digit) => digit.padStart(32, '0')),
        spanId: id,
        parentSpanId: fc.option(id, { nil: null }),
        name: fc.constantFrom(
          'litellm_request',
          'raw_gen_ai_request',
          'Received Proxy Server Request',
          'GET',
          'chat m',
        ),
        offset: fc.nat({ max: 1000 }),
        duration: fc.integer({ min: -5, max: 1000 }),
        attributes: fc.dictionary(
          fc.constantFrom(
            ...['gen_ai.operation.name', 'gen_ai.request.model', 'gen_ai.usage.input_tokens', 'gen_ai.input.messages'],
            ...['llm.openai.messages', 'error.type', 'gen_ai.prompt.0.content', 'litellm.request.purpose', '__proto__'],
          ),
          fc.constantFrom('chat', 'execute_tool', 'embeddings', 'invoke_agent', '12', '[{"role":"user"', 'gpt-4o', ''),
        ),
      })
      .map(({ offset, duration, ...change }) =>
        span(change.attributes, {
          ...change,
          startUnixNano: START + BigInt(offset) * 1_000_000n,
          endUnixNano: START + BigInt(offset + duration) * 1_000_000n,
        }),
      ),
    { maxLength: 14 },
  );

  it('as a call, merged, a duplicate, or skipped with a reason', () => {
    fc.assert(
      fc.property(spans, fc.nat({ max: 3 }), (read, malformed) => {
        const result = extractCalls(read, { malformed });
        const skipped = Object.values(result.skipped).reduce((sum, count) => sum + count, 0);
        expect(result.spansRead).toBe(read.length + malformed);
        expect(result.spansRead).toBe(result.calls.length + result.spansMerged + result.duplicates + skipped);
        expect(new Set(result.calls.map((call) => call.id)).size).toBe(result.calls.length);
        expect(result.coverage.calls).toBe(result.calls.length);
      }),
      { numRuns: 300 },
    );
  });

  it('the same in any order of spans whose parents are in a cycle', () => {
    const [call, other, between] = ['0000000000000001', '0000000000000002', '0000000000000003'];
    const chat = { 'gen_ai.operation.name': 'chat' };
    const cycle = [
      span(chat, { spanId: call, parentSpanId: between }),
      span(chat, { spanId: other, parentSpanId: between }),
      span({}, { spanId: between, parentSpanId: call }),
    ];
    expect(extractCalls(cycle).spansMerged).toBe(1);
    expect(extractCalls(cycle.toReversed())).toEqual(extractCalls(cycle));
  });

  it('the same in any order of distinct spans', () => {
    const distinct = spans.map((list) => [...new Map(list.map((one) => [one.traceId + one.spanId, one])).values()]);
    fc.assert(
      fc.property(distinct, (read) => {
        expect(extractCalls(read.toReversed())).toEqual(extractCalls(read));
      }),
      { numRuns: 200 },
    );
  });
});
