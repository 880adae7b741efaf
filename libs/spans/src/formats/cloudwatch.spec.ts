import { describe, expect, it } from '@jest/globals';
import { fixture, fixtureText, valueOf } from '../testing/fixtures.js';
import { parseCloudWatch } from './cloudwatch.js';
import { parseExactJson } from './exact-json.js';
import { joinLogRecords } from './log-records.js';
import { parseTraceFile } from './trace-file.js';

const TRACE_ID = '68e5a2c00102030405060708090a0b0c';
const lines = (name: string) => fixtureText(name).trim().split('\n');
const exact = (text: string) => valueOf(parseCloudWatch(parseExactJson(text)));
const spans = lines('cloudwatch-spans.jsonl');
const records = lines('cloudwatch-content.jsonl');

describe('parseCloudWatch', () => {
  it('reads spans of aws/spans, one a line, to the last digit of their numbers', () => {
    const file = fixture('cloudwatch-spans.jsonl');
    expect(file).toMatchObject({ format: 'cloudwatch', rejected: [] });
    expect(file.spans).toMatchObject([
      {
        traceId: TRACE_ID,
        spanId: 'bbbbbbbbbbbbbb01',
        parentSpanId: null,
        kind: 'INTERNAL',
        serviceName: 'agent.DEFAULT',
        scopeName: 'strands.telemetry.tracer',
        startUnixNano: 1_760_000_000_123_456_789n,
        endUnixNano: 1_760_000_005_987_654_321n,
        resourceAttributes: { 'cloud.region': 'eu-central-1' },
        status: { code: 'OK', message: null },
      },
      {
        parentSpanId: 'bbbbbbbbbbbbbb01',
        kind: 'CLIENT',
        startUnixNano: 1_760_000_001_000_000_001n,
        attributes: {
          'gen_ai.usage.input_tokens': 40,
          'gen_ai.response.finish_reasons': ['end_turn'],
          seed: '9007199254740993',
        },
      },
      {
        events: [
          {
            name: 'exception',
            timeUnixNano: 1_760_000_004_150_000_007n,
            attributes: { 'exception.type': 'ResourceNotFoundException' },
          },
        ],
        status: { code: 'ERROR', message: 'no such table' },
      },
    ]);
  });

  it('reads content records, and counts the other lines of their log', () => {
    const file = fixture('cloudwatch-content.jsonl');
    expect(file).toMatchObject({ format: 'cloudwatch', spans: [], rejected: [], ignored: { log_line: 1 } });
    expect(file.logs).toMatchObject([
      {
        traceId: TRACE_ID,
        spanId: 'bbbbbbbbbbbbbb02',
        name: 'gen_ai.choice',
        timeUnixNano: 1_760_000_003_999_999_999n,
        attributes: { 'session.id': 's-9' },
        body: { finish_reason: 'end_turn', message: { content: [{ text: 'On its way.' }] } },
        scopeName: 'opentelemetry.instrumentation.botocore.bedrock-runtime',
        resourceAttributes: { 'service.name': 'agent.DEFAULT' },
      },
      { name: 'gen_ai.user.message' },
      { name: 'strands.telemetry.tracer', body: { input: { messages: [{ role: 'user' }] } } },
      { spanId: 'cccccccccccccc09' },
    ]);
  });

  it('brings records and spans of two files together', () => {
    const joined = joinLogRecords(
      fixture('cloudwatch-spans.jsonl').spans,
      fixture('cloudwatch-content.jsonl').logs ?? [],
    );
    expect(joined.spans[1]?.events.map(({ name }) => name)).toEqual(['gen_ai.user.message', 'gen_ai.choice']);
    expect(joined.withoutSpan.map(({ spanId }) => spanId)).toEqual(['cccccccccccccc09']);
  });

  const [span = '', record = ''] = [spans[1], records[0]];
  const message = (text: string) => JSON.stringify(text);
  it.each([
    ['an array', `[${span},${record}]`],
    [
      'FilterLogEvents',
      `{"events":[{"logStreamName":"s","timestamp":1,"message":${message(span)},"eventId":"1"},{"timestamp":1,"message":${message(record)}}],"searchedLogStreams":[]}`,
    ],
    [
      'GetQueryResults',
      `{"results":[[{"field":"@timestamp","value":"x"},{"field":"@message","value":${message(span)}}],[{"field":"@message","value":${message(record)}}]],"status":"Complete"}`,
    ],
    [
      "the console's export",
      `[{"@timestamp":"x","@message":${span}},{"@timestamp":"x","@message":${message(record)}}]`,
    ],
    [
      "the starter toolkit's export",
      `[{"timestamp":"x","raw_otel_json":${span}},{"timestamp":"x","raw_otel_json":${record}}]`,
    ],
  ])('reads the same out of %s', (_what, text) => {
    expect(exact(text)).toEqual({
      spans: [fixture('cloudwatch-spans.jsonl').spans[1]],
      rejected: [],
      logs: [fixture('cloudwatch-content.jsonl').logs?.[0]],
    });
    expect(parseTraceFile(text, 'x')).toMatchObject({ ok: true, value: { format: 'cloudwatch' } });
  });

  it('says that the answer of a query is not whole', () => {
    const gapsOf = (status: string) => exact(`{"results":[],"status":"${status}"}`).gaps;
    expect(gapsOf('Running')).toEqual([{ reason: 'pending', traceId: null, message: 'the query is Running' }]);
    expect(gapsOf('Timeout')).toMatchObject([{ reason: 'partial' }]);
    expect(gapsOf('Complete')).toBeUndefined();
  });

  it('refuses the row of a query that did not ask for the message, and says how to ask', () => {
    const parsed = exact(
      `{"results":[[{"field":"@timestamp","value":"x"}],[{"field":"@message","value":${message(span)}}]],"status":"Complete"}`,
    );
    expect(parsed.spans).toHaveLength(1);
    expect(parsed.rejected).toMatchObject([
      { path: 'results[0]', hint: expect.stringContaining('add it to the fields') },
    ]);
  });

  it('counts lines of text, cut lines and lines of other programs, wherever they stand', () => {
    const events = ['INFO started', record.slice(0, 80), '{"level":"INFO"}', span].map((text) => ({
      message: text,
      eventId: '1',
    }));
    expect(valueOf(parseCloudWatch({ events }))).toMatchObject({ spans: [{}], ignored: { log_line: 3 } });
    const file = parseTraceFile(`{"level":"INFO"}\n${span}\n{"level":"WARN"}\n`, 'x');
    expect(file).toMatchObject({ ok: true, value: { format: 'cloudwatch', spans: [{}], ignored: { log_line: 2 } } });
  });

  it.each<[string, string, string]>([
    ['a span without trace id', span, 'traceId'],
    ['a span that has no start', span, 'startTimeUnixNano'],
    ['a span whose attributes are text', span, 'attributes'],
    ['a span of an unknown kind', span, 'kind'],
    ['a record whose time is text', record, 'timeUnixNano'],
    ['a record whose id is text', record, 'spanId'],
  ])('refuses %s with its path, and keeps its siblings', (_what, line, member) => {
    // Of a member that stands twice in JSON the last counts.
    const broken = line.replace(/\}$/, `,"${member}":"not so"}`);
    const parsed = exact(`[${span},${broken},${record}]`);
    expect(parsed).toMatchObject({ spans: [{}], logs: [{}] });
    const reason = line === span ? 'malformed_span' : 'malformed_record';
    expect(parsed.rejected).toMatchObject([{ path: `[1].${member}`, reason }]);
  });
});
