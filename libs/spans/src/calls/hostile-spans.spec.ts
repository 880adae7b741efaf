import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { INDEX, knownKeys, PROVIDER } from '../dialects/known-keys.js';
import { readPlainValue } from '../formats/attribute-values.js';
import { parseJson } from '../json.js';
import type { AttributeValue, NormalSpan } from '../normal-span.js';
import { extractCalls } from './extract-calls.js';
import { KeyPlans } from './key-plans.js';

const START = 1_700_000_000_000_000_000n;
const EVENTS = [
  ...['gen_ai.user.message', 'gen_ai.choice', 'gen_ai.content.prompt', 'gen_ai.content.completion', 'exception', ''],
  ...['gen_ai.client.inference.operation.details', 'routeiq.router_decision', 'strands.telemetry.tracer'],
];
const WORDS = [
  ...['', 'None', 'chat', 'llm', '12', '-1', 'NaN', '"quoted"', '[', '{', '[{"role":"user","content":"Hi"}]'],
  ...["[{'role': 'user', 'content': [{'type': 'text'}]}]", '{"messages":[[{"type":"human","content":null}]]}'],
  ...[
    '[[[[]]]]',
    '{"choices":[{"message":null}]}',
    '{"text":{}}',
    'ResponseFunctionToolCall(',
    'user: Hi\nassistant: ',
  ],
];

const keys = knownKeys().map((key) => key.replaceAll(INDEX, '1').replaceAll(PROVIDER, 'openai'));
const key = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...keys) },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'gen_ai.prompt.0.__proto__.role', 'toString') },
  { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
);
const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<AttributeValue>(...WORDS) },
  { weight: 1, arbitrary: fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.string()) },
  {
    weight: 2,
    arbitrary: fc.json({ maxDepth: 4 }).map((text) => readPlainValue(parseJson(text), '')),
  },
);
const attributes = fc.dictionary(key, value, { maxKeys: 14 });
const span: fc.Arbitrary<NormalSpan> = fc.record({
  traceId: fc.constant('000000000000000000000000000000ab'),
  spanId: fc.constantFrom('1', '2', '3', '4').map((digit) => digit.padStart(16, '0')),
  parentSpanId: fc.constantFrom(null, '0000000000000001', '0000000000000002', '00000000000000aa'),
  name: fc.constantFrom(
    'chat',
    'raw_gen_ai_request',
    'litellm.completion',
    'call_llm',
    'Received Proxy Server Request',
  ),
  kind: fc.constant('CLIENT' as const),
  serviceName: fc.constant(null),
  scopeName: fc.constantFrom(null, 'litellm', 'gcp.vertex.agent', 'strands.telemetry.tracer', 'openinference.x'),
  startUnixNano: fc.nat({ max: 9 }).map((offset) => START + BigInt(offset)),
  endUnixNano: fc.nat({ max: 9 }).map((offset) => START + BigInt(offset)),
  attributes,
  resourceAttributes: attributes,
  events: fc.array(
    fc.record({
      name: fc.constantFrom(...EVENTS),
      timeUnixNano: fc.bigInt({ min: 0n, max: 9n }),
      attributes,
      body: fc.option(value, { nil: undefined }),
    }),
    { maxLength: 4 },
  ),
  status: fc.constantFrom({ code: 'UNSET' as const, message: null }, { code: 'ERROR' as const, message: 'timed out' }),
});

describe('spans of any content', () => {
  it('are accounted for, and give calls that are well formed', () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 5 }), (spans) => {
        const { calls, spansRead, spansMerged, duplicates, skipped } = extractCalls(spans);
        const left = Object.values(skipped).reduce((sum, count) => sum + count, 0);
        expect(spansRead).toBe(calls.length + spansMerged + duplicates + left);
        for (const call of calls) {
          for (const text of [call.query, call.response, call.requestModel, call.sessionId, call.finishReason]) {
            expect(text === null || (typeof text === 'string' && text !== '')).toBe(true);
          }
          for (const amount of [call.inputTokens, call.outputTokens, call.totalTokens, call.costUsd]) {
            expect(amount === null || (Number.isFinite(amount) && amount >= 0)).toBe(true);
          }
          for (const { role, content } of call.messages ?? []) {
            expect([typeof role, content === null || typeof content === 'string']).toEqual(['string', true]);
          }
          expect((call.toolCalls ?? []).every(({ arguments: given }) => typeof given === 'string')).toBe(true);
        }
        expect(({} as Record<string, unknown>)['role']).toBeUndefined();
      }),
      { numRuns: 600 },
    );
  });
});

describe('keys that are new in every span', () => {
  it('are forgotten in time, and read the same afterwards', () => {
    const plans = new KeyPlans();
    const usual = { 'gen_ai.operation.name': 'chat', 'gen_ai.prompt.0.content': 'Hi' };
    const before = plans.of(usual);
    expect(plans.of(usual)).toBe(before);
    for (let number = 0; number < 3000; number += 1) {
      const turns = Array.from({ length: 30 }, (_, turn) => [`gen_ai.prompt.${number}.x${turn}`, 1]);
      plans.of({ ...Object.fromEntries(turns), [`other.${number}`]: 1, [`${'k'.repeat(300)}${number}`]: 1 });
    }
    const after = plans.of(usual);
    expect(after).not.toBe(before);
    expect(after).toEqual(before);
  });
});
