import { describe, expect, it } from '@jest/globals';
import { fixture, valueOf } from '../testing/fixtures.js';
import { parseLitellmPayload } from './litellm-payload.js';

const payload = (change: object = {}) => ({
  id: 'chatcmpl-1',
  trace_id: '813be490-0174-4dc4-8f00-28111a903b41',
  call_type: 'acompletion',
  status: 'success',
  startTime: 1_760_000_000.25,
  endTime: 1_760_000_001.5,
  model: 'openai/gpt-4o-mini',
  metadata: {},
  ...change,
});
const spanOf = (change: object) => valueOf(parseLitellmPayload(payload(change))).spans[0];
const attributesOf = (change: object) => spanOf(change)?.attributes;

// Written by litellm 1.110.2 on 2026-11-25 with mocked answers: a call, a call by way of a router, a streamed one, a
// failed one, and an embedding. Its tables of prices and its empty members were left out.
describe('payloads that LiteLLM wrote', () => {
  const file = fixture('litellm-1.110.2-payload.jsonl');

  it('become a span each', () => {
    expect(file).toMatchObject({ format: 'litellm-payload', rejected: [] });
    expect(file.spans.map(({ name, status }) => [name, status.code])).toEqual([
      ['acompletion', 'UNSET'],
      ['acompletion', 'UNSET'],
      ['acompletion', 'UNSET'],
      ['acompletion', 'ERROR'],
      ['aembedding', 'UNSET'],
    ]);
    expect(new Set(file.spans.map(({ spanId }) => spanId)).size).toBe(5);
  });

  it('keep what was asked, answered, counted and paid', () => {
    expect(file.spans[0]).toMatchObject({
      kind: 'CLIENT',
      serviceName: 'litellm',
      scopeName: 'litellm.standard_logging_payload',
      startUnixNano: 1_795_612_125_213_666_000n,
      endUnixNano: 1_795_612_125_638_747_000n,
    });
    expect(file.spans[0]?.attributes).toMatchObject({
      'gen_ai.operation.name': 'acompletion',
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.response.model': 'gpt-4o-mini',
      'gen_ai.provider.name': 'openai',
      'gen_ai.input.messages': [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Capital of France?' },
      ],
      'gen_ai.output.messages': [
        { finish_reason: 'stop', index: 0, message: { role: 'assistant', content: 'Paris.' } },
      ],
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 20,
      'gen_ai.usage.total_tokens': 30,
      'litellm.cost.total': 0.0000135,
      'litellm.call_id': 'c4836d4e-cef1-4ace-bbec-d399ea30a7e5',
      'llm.user': 'user-7',
    });
  });

  it("name the group that a router's caller asked for, and the deployment beside it", () => {
    expect(file.spans[1]).toMatchObject({
      traceId: '813be49001744dc48f0028111a903b41',
      attributes: { 'gen_ai.request.model': 'fast', 'litellm.provider.model': 'openai/gpt-4o-mini' },
    });
  });

  it('tell of a streamed call when its first token came', () => {
    expect(file.spans[2]?.attributes).toMatchObject({
      'gen_ai.request.stream': true,
      'gen_ai.response.time_to_first_chunk': 1.510723,
      'gen_ai.usage.reasoning.output_tokens': 0,
      'litellm.cache_hit': false,
    });
  });

  it('tell of a failed call why, and give no zeros for what is unknown', () => {
    const message = 'litellm.InternalServerError: InternalServerError: OpenAIException - litellm.MockException: boom';
    expect(file.spans[3]).toMatchObject({
      status: { code: 'ERROR', message },
      attributes: { 'error.type': 'InternalServerError', 'error.message': message },
    });
    const keys = Object.keys(file.spans[3]?.attributes ?? {});
    expect(keys.filter((key) => /usage\.|cost|output\.messages/.test(key) && !key.startsWith('metadata.'))).toEqual([]);
  });
});

describe('parseLitellmPayload', () => {
  it('gives attempts of one call spans of their own, and the same payload the same span', () => {
    const [first, again, retried] = [spanOf({}), spanOf({}), spanOf({ startTime: 1_760_000_002 })];
    expect(again).toEqual(first);
    expect(retried?.spanId).not.toBe(first?.spanId);
    expect(retried?.traceId).toBe(first?.traceId);
  });

  it('makes a trace id of any text, and of the call where there is none', () => {
    const ids = ['s-1', '', null].map((trace_id) => spanOf({ trace_id })?.traceId);
    expect(new Set(ids)).toEqual(new Set([ids[0], ids[1]]));
    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/^[0-9a-f]{32}$/), ids[1]]);
  });

  it('reads prompts and answers of other shapes', () => {
    expect(attributesOf({ messages: 'Once upon', response: 'a time' })).toMatchObject({
      'gen_ai.prompt': 'Once upon',
      'gen_ai.completion': 'a time',
    });
    const choices = [{ text: 'a time', finish_reason: 'length' }];
    expect(attributesOf({ response: { choices } })?.['gen_ai.output.messages']).toEqual([
      { role: 'assistant', content: 'a time', finish_reason: 'length' },
    ]);
    const output = [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] }];
    expect(attributesOf({ response: { output } })?.['gen_ai.output.messages']).toEqual(output);
    const content = [{ type: 'text', text: 'Hi' }];
    expect(attributesOf({ response: { content } })?.['gen_ai.output.messages']).toEqual([
      { role: 'assistant', content },
    ]);
  });

  it('reads cached tokens once, whichever provider counted them', () => {
    const openai = { prompt_tokens_details: { cached_tokens: 7 }, cache_read_input_tokens: 7 };
    expect(attributesOf({ response: { usage: openai } })?.['gen_ai.usage.cache_read.input_tokens']).toBe(7);
    const anthropic = { cache_read_input_tokens: 5, cache_creation_input_tokens: 3 };
    expect(attributesOf({ metadata: { usage_object: anthropic } })).toMatchObject({
      'gen_ai.usage.cache_read.input_tokens': 5,
      'gen_ai.usage.cache_creation.input_tokens': 3,
    });
  });

  it('takes a cost of zero for none where pricing failed', () => {
    expect(attributesOf({ response_cost: 0, cache_hit: true })).toMatchObject({ 'litellm.cost.total': 0 });
    expect(
      attributesOf({ response_cost: 0, response_cost_failure_debug_info: { error_str: 'no price' } }),
    ).not.toHaveProperty(['litellm.cost.total']);
  });

  it('refuses a payload without a time, and keeps its siblings', () => {
    const parsed = valueOf(parseLitellmPayload([payload(), payload({ startTime: 'soon' }), 7, payload()]));
    expect(parsed.spans).toHaveLength(2);
    expect(parsed.rejected.map(({ path }) => path)).toEqual(['[1].startTime', '[2]']);
    expect(valueOf(parseLitellmPayload(payload({ endTime: 'late' }))).rejected).toMatchObject([{ path: '.endTime' }]);
  });
});
