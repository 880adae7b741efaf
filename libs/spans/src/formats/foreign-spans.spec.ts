import { describe, expect, it } from '@jest/globals';
import { fixture, valueOf } from '../testing/fixtures.js';
import { parseFlatSpans } from './flat-spans.js';
import { idFor } from './foreign-ids.js';
import { parseLangfuseExport } from './langfuse-export.js';
import { readIsoTime } from './moments.js';
import { parseTraceFile } from './trace-file.js';

describe('a trace that Langfuse exported', () => {
  const file = fixture('langfuse-trace.json');

  it('is a span for each observation, with ids of the length of OpenTelemetry', () => {
    expect(file).toMatchObject({ format: 'langfuse', rejected: [] });
    const root = idFor('obs-root', 16, '');
    expect(root).toMatch(/^[0-9a-f]{16}$/);
    expect(file.spans.map(({ traceId, spanId, parentSpanId }) => [traceId, spanId, parentSpanId])).toEqual([
      ['5f9d3c1e8a4b4f6d9c2e7b1a0d3e5f60', root, null],
      ['5f9d3c1e8a4b4f6d9c2e7b1a0d3e5f60', 'd950b668796240b5', root],
      ['5f9d3c1e8a4b4f6d9c2e7b1a0d3e5f60', 'd950b668796240b6', root],
    ]);
  });

  it('keeps the attributes, and beside them what Langfuse made of the others', () => {
    expect(file.spans[1]).toMatchObject({
      serviceName: 'support',
      scopeName: 'pydantic-ai',
      startUnixNano: 1_749_220_829_001_000_000n,
      endUnixNano: 1_749_220_832_500_000_000n,
      attributes: {
        'gen_ai.request.temperature': 0.5,
        'langfuse.observation.type': 'generation',
        'langfuse.observation.model.name': 'gpt-4o',
        'langfuse.observation.output': 'On its way.',
        'langfuse.observation.usage_details': { input: 31, output: 96, total: 127 },
        'langfuse.session.id': 's-9',
        'langfuse.user.id': 'user-7',
      },
    });
    expect(file.spans[2]).toMatchObject({
      status: { code: 'ERROR', message: 'no such parcel' },
      attributes: { 'tool.name': 'find_parcel', 'langfuse.observation.type': 'tool' },
    });
  });

  it('leaves it to the AI SDK which of its spans wraps another', () => {
    const observation = { id: 'a', traceId: 't', type: 'GENERATION', startTime: '2025-06-06T14:40:28Z' };
    const metadata = { attributes: { 'ai.operationId': 'ai.generateText' } };
    const parsed = valueOf(parseLangfuseExport({ data: [{ ...observation, metadata }, observation] }));
    expect(parsed.spans.map(({ attributes }) => attributes['langfuse.observation.type'])).toEqual([
      undefined,
      'generation',
    ]);
  });

  it('refuses a malformed observation and keeps the others', () => {
    const observation = { id: 'a', traceId: 't', type: 'SPAN', startTime: '2025-06-06T14:40:28Z' };
    const observations = [observation, { ...observation, startTime: 7 }, { ...observation, id: null }, observation];
    const parsed = valueOf(parseLangfuseExport({ trace: { id: 't' }, observations }));
    expect(parsed.spans).toHaveLength(2);
    expect(parsed.rejected.map(({ path }) => path)).toEqual(['observations[1].startTime', 'observations[2].id']);
  });
});

describe('flat spans', () => {
  it('are read to the last digit, with events, and with ids for those that are none', () => {
    const file = fixture('flat-spans.json');
    const llm = idFor('llm-1', 16, '');
    expect(file).toMatchObject({
      format: 'flat-spans',
      rejected: [],
      spans: [
        {
          spanId: '9ba74ad8363a1acd',
          parentSpanId: null,
          startUnixNano: 1_786_051_886_396_129_012n,
          status: { code: 'OK' },
        },
        {
          spanId: llm,
          parentSpanId: '9ba74ad8363a1acd',
          scopeName: 'my-agent',
          startUnixNano: 1_786_051_887_000_000_001n,
          attributes: { 'gen_ai.usage.input_tokens': 12 },
          events: [
            {
              name: 'gen_ai.client.inference.operation.details',
              timeUnixNano: 1_786_051_887_500_000_003n,
              attributes: { 'gen_ai.input.messages': [{ role: 'user', parts: [{ type: 'text', content: 'Hi' }] }] },
            },
          ],
        },
        { parentSpanId: llm, status: { code: 'ERROR' } },
      ],
    });
  });

  it('are refused one by one', () => {
    const span = { trace_id: 'ab', span_id: 'cd', start_time: '1786051887000000001', attributes: {} };
    const parsed = valueOf(
      parseFlatSpans([span, { ...span, start_time: 'x' }, { ...span, span_events: [1] }, null, span]),
    );
    expect(parsed.spans).toHaveLength(2);
    expect(parsed.rejected.map(({ path }) => path)).toEqual(['[1].start_time', '[2].span_events[0]', '[3]']);
    expect(parseTraceFile(JSON.stringify({ spans: [] }), 'x')).toMatchObject({ ok: false });
  });
});

describe('a time in ISO 8601', () => {
  it.each([
    ['2025-06-06T14:40:29.001Z', 1_749_220_829_001_000_000n],
    ['2025-06-06 16:40:29.123456789+0200', 1_749_220_829_123_456_789n],
    ['2025-06-06T14:40:29', 1_749_220_829_000_000_000n],
  ])('%s is read to the digit', (text, nanos) => {
    expect(readIsoTime(text, '')).toBe(nanos);
  });

  it.each([
    '',
    'yesterday',
    '2025-13-41T00:00:00Z',
    '1969-12-31T23:59:59Z',
    `2025-06-06T14:40:29.${'1'.repeat(100_000)}x`,
  ])('%j is refused', (text) => {
    expect(() => readIsoTime(text, '.at')).toThrow('expected a time');
  });
});
