import { describe, expect, it } from '@jest/globals';
import { fixture, valueOf } from '../testing/fixtures.js';
import { joinLogRecords } from './log-records.js';
import { parseOtlp } from './otlp.js';

describe('log records of OTLP/JSON', () => {
  const file = fixture('otlp-logs.json');

  it('have the name of their event, wherever the emitter wrote it', () => {
    expect(file).toMatchObject({ format: 'otlp-json', spans: [], rejected: [] });
    expect(file.logs).toEqual([
      {
        traceId: '002e299711ce5254274dd1b9ccf6f40e',
        spanId: '220f000102030405',
        name: 'gen_ai.client.inference.operation.details',
        timeUnixNano: 1_760_000_000_500_000_001n,
        attributes: { 'gen_ai.usage.input_tokens': 31 },
        body: null,
        resourceAttributes: { 'service.name': 'litellm' },
        scopeName: 'litellm',
      },
      expect.objectContaining({ name: 'gen_ai.content.prompt', body: 'Is the kettle in stock?' }),
      expect.objectContaining({
        name: 'gen_ai.choice',
        traceId: null,
        spanId: null,
        timeUnixNano: 1_760_000_000_700_000_000n,
        body: { content: 'Yes, twelve of them.' },
      }),
    ]);
  });

  it('find the span that another file has', () => {
    const { spans, withoutSpan } = joinLogRecords(fixture('tempo-v1.json').spans, file.logs ?? []);
    expect(spans[1]?.events.map(({ name }) => name)).toEqual([
      'gen_ai.client.inference.operation.details',
      'gen_ai.content.prompt',
    ]);
    expect(withoutSpan).toHaveLength(1);
  });

  it('are refused one by one, beside the spans of the same document', () => {
    const span = { traceId: 'ab', spanId: 'cd', startTimeUnixNano: '1', endTimeUnixNano: '2' };
    const logRecords = [{ body: { stringValue: 'a' } }, { body: 7 }, { traceId: 'xyz' }, { timeUnixNano: -1 }, null];
    const parsed = valueOf(
      parseOtlp({
        resourceSpans: [{ scopeSpans: [{ spans: [span] }] }],
        resourceLogs: [{ scopeLogs: [{ logRecords }] }],
      }),
    );
    expect(parsed).toMatchObject({ spans: [{}], logs: [{ body: 'a' }] });
    expect(parsed.rejected.map(({ path, reason }) => [reason, path])).toEqual(
      ['[1].body', '[2].traceId', '[3].timeUnixNano', '[4]'].map((at) => [
        'malformed_record',
        `resourceLogs[0].scopeLogs[0].logRecords${at}`,
      ]),
    );
  });
});
