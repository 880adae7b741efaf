import { describe, expect, it } from '@jest/globals';
import { fixture, fixtureText, valueOf } from '../testing/fixtures.js';
import { parseTraceFile } from './trace-file.js';
import { xrayTraceId } from './xray-fields.js';
import { parseXray, parseXraySummaries } from './xray.js';

const TRACE_ID = '68e5a2c00102030405060708090a0b0c';
const segment = (change: object = {}) => ({
  trace_id: '1-68e5a2c0-0102030405060708090a0b0c',
  id: 'aaaaaaaaaaaaaa01',
  name: 'shop',
  start_time: 1_760_000_000.5,
  end_time: 1_760_000_001,
  ...change,
});
const spansOf = (json: unknown) => valueOf(parseXray(json)).spans;
const attributesOf = (change: object) => spansOf(segment(change))[0]?.attributes;

describe('parseXray', () => {
  const file = fixture('xray-batch.json');

  it('reads segments and their subsegments, however deep, and subsegments that came by themselves', () => {
    expect(file).toMatchObject({ format: 'xray', rejected: [] });
    expect(
      file.spans.map(({ spanId, parentSpanId, name, kind }) => [spanId.slice(-2), parentSpanId?.slice(-2), name, kind]),
    ).toEqual([
      ['01', undefined, 'shop', 'SERVER'],
      ['02', '01', 'bedrock', 'CLIENT'],
      ['03', '02', 'connect', 'INTERNAL'],
      ['04', '01', 'search', 'CLIENT'],
      ['05', '01', 'search', 'CLIENT'],
      ['07', '01', 'worker', 'SERVER'],
    ]);
    expect(new Set(file.spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE_ID]));
  });

  it('gives the attributes of the resource to all spans of a segment', () => {
    expect(file.spans.slice(0, 3)).toMatchObject(
      [1, 2, 3].map(() => ({
        serviceName: 'shop-assistant',
        resourceAttributes: { 'service.name': 'shop-assistant', 'deployment.environment': 'prod' },
      })),
    );
    expect(Object.keys(file.spans[0]?.attributes ?? {}).filter((key) => key.startsWith('otel.'))).toEqual([]);
  });

  it('reads annotations under the keys they had, and lets metadata win', () => {
    expect(file.spans[1]?.attributes).toEqual({
      'aws.operation': 'Converse',
      'aws.region': 'eu-central-1',
      'aws.request_id': 'r-1',
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'claude-3-5-haiku',
      'gen_ai.usage.input_tokens': 40,
      'gen_ai.usage.output_tokens': 10,
      'gen_ai.usage.cache_read.input_tokens': 12,
      'gen_ai.prompt.0.role': 'user',
      'gen_ai.prompt.0.content': 'Where is my parcel?',
      'llm.output_messages.0.message.content': 'On its way.',
      'gen_ai.response.finish_reasons': ['end_turn'],
      team_name: 'shop',
      tenant: 'acme',
    });
  });

  it('reads the blocks that were attributes once', () => {
    expect(file.spans[0]?.attributes).toEqual({
      'http.request.method': 'POST',
      'url.full': 'https://shop.example/answer',
      'user_agent.original': 'curl/8',
      'http.response.status_code': 200,
      'http.response.body.size': 120,
      'enduser.id': 'user-7',
    });
  });

  it('makes exceptions of causes, also of one that another segment has', () => {
    const exception = {
      name: 'exception',
      attributes: {
        'exception.type': 'ThrottlingException',
        'exception.message': 'Too many requests',
        'exception.stacktrace': '    at search (app.py:12)',
      },
    };
    const failed = { code: 'ERROR', message: 'Too many requests' };
    expect(file.spans[3]).toMatchObject({ status: failed, events: [exception] });
    expect(file.spans[0]).toMatchObject({ status: failed, events: [exception] });
    expect(file.spans[1]).toMatchObject({ status: { code: 'UNSET', message: null }, events: [] });
    const cause = { exceptions: [{ id: 'EEEEEEEEEEEEEEE2', message: 'gone' }] };
    const refers = segment({ error: true, cause: 'eeeeeeeeeeeeeee2' });
    expect(spansOf([refers, segment({ error: true, cause })]).map(({ status }) => status.message)).toEqual([
      'gone',
      'gone',
    ]);
    expect(spansOf(segment({ fault: true, cause: { message: 'boom' } }))[0]?.status).toEqual({
      code: 'ERROR',
      message: 'boom',
    });
    expect(spansOf(segment({ error: true, cause: 'eeeeeeeeeeeeeee9' }))[0]?.status).toEqual({
      code: 'ERROR',
      message: null,
    });
  });

  it('counts inferred segments, reports what the backend left out, and keeps unfinished segments without an end', () => {
    expect(file.ignored).toEqual({ inferred_segment: 1 });
    expect(file.gaps).toEqual([
      { reason: 'limit_exceeded', traceId: TRACE_ID, message: expect.any(String) },
      { reason: 'unprocessed', traceId: '68e5a2c10102030405060708090a0b0c', message: null },
    ]);
    expect(file.spans[5]?.endUnixNano).toBe(0n);
  });

  it('puts a finished segment before the unfinished one that it follows', () => {
    const both = [segment({ end_time: undefined, in_progress: true }), segment()];
    expect(spansOf(both).map(({ endUnixNano }) => endUnixNano > 0n)).toEqual([true, false]);
  });

  it.each([
    [1_760_000_001.000001, 1_760_000_001_000_001_000n],
    [1_784_995_765.227135, 1_784_995_765_227_135_000n],
    [1_760_000_003.1234567, 1_760_000_003_123_456_700n],
    [1.568835610432e9, 1_568_835_610_432_000_000n],
    [1_760_000_000, 1_760_000_000_000_000_000n],
    ['1760000000.123456789', 1_760_000_000_123_456_789n],
  ])('reads %s seconds to the digit', (start_time, nanos) => {
    expect(spansOf(segment({ start_time }))[0]?.startUnixNano).toBe(nanos);
  });

  it.each([
    ['one document', segment()],
    ['an array of documents', [segment()]],
    [
      'one trace, as the console exports it',
      { Id: '1-68e5a2c0-0102030405060708090a0b0c', Segments: [{ Id: 'x', Document: segment() }] },
    ],
    [
      'a retrieved trace',
      {
        RetrievalStatus: 'COMPLETE',
        Traces: [{ Id: '1-68e5a2c0-0102030405060708090a0b0c', Spans: [{ Document: JSON.stringify(segment()) }] }],
      },
    ],
  ])('reads %s', (_what, json) => {
    expect(spansOf(json)).toMatchObject([{ traceId: TRACE_ID, spanId: 'aaaaaaaaaaaaaa01', serviceName: 'shop' }]);
  });

  it('reads retrieved traces in the format of OpenTelemetry, to the last digit, and says when they are not all there', () => {
    const [row] = fixtureText('cloudwatch-spans.jsonl').split('\n');
    const retrieved = {
      RetrievalStatus: 'RUNNING',
      TraceFormat: 'OTEL',
      Traces: [{ Id: 'x', Spans: [{ Id: 'y', Document: row }] }],
    };
    expect(valueOf(parseXray(retrieved))).toMatchObject({
      spans: [{ spanId: 'bbbbbbbbbbbbbb01', startUnixNano: 1_760_000_000_123_456_789n }],
      gaps: [{ reason: 'pending', message: 'the retrieval is RUNNING' }],
    });
    expect(valueOf(parseXray({ RetrievalStatus: 'TIMEOUT', Traces: [] })).gaps).toMatchObject([{ reason: 'partial' }]);
    expect(valueOf(parseXray({ RetrievalStatus: 'COMPLETE', Traces: [] })).gaps).toBeUndefined();
  });

  it.each<[string, object, string]>([
    ['an id that is no hex', { id: 'shop' }, '.id'],
    ['no start', { start_time: undefined }, '.start_time'],
    ['a start before the epoch', { start_time: -1 }, '.start_time'],
    ['an end that is no number', { end_time: 'soon' }, '.end_time'],
    ['a trace id of another kind', { trace_id: '2-68e5a2c0' }, '.trace_id'],
    ['annotations that are a list', { annotations: 7 }, '.annotations'],
    ['metadata that are text', { metadata: 'x' }, '.metadata'],
    ['a name that is none', { name: 7 }, '.name'],
  ])('refuses a segment with %s, and keeps its subsegments and siblings', (_what, change, path) => {
    const child = segment({ id: 'aaaaaaaaaaaaaa02', trace_id: undefined });
    const broken = segment({
      subsegments: [child, { ...child, id: 'aaaaaaaaaaaaaa03', ...change, trace_id: undefined }],
      ...change,
    });
    const documents = [broken, segment({ id: 'aaaaaaaaaaaaaa04' })].map((document) => ({
      Document: JSON.stringify(document),
    }));
    const parsed = valueOf(parseXray({ Traces: [{ Id: '1-68e5a2c0-0102030405060708090a0b0c', Segments: documents }] }));
    const kept = path === '.trace_id' ? ['02', '03', '04'] : ['02', '04'];
    expect(parsed.spans.map(({ spanId }) => spanId.slice(-2))).toEqual(kept);
    expect(parsed.rejected.map((refused) => refused.path)).toEqual(
      ['Traces[0].Segments[0].Document', 'Traces[0].Segments[0].Document.subsegments[1]']
        .map((at) => at + path)
        .slice(0, path === '.trace_id' ? 1 : 2),
    );
  });

  it('refuses a document that is cut off, and subsegments that are nested without end', () => {
    const text = JSON.stringify(segment());
    let nested: object = segment();
    for (let level = 0; level < 100_000; level += 1) nested = { ...segment(), subsegments: [nested] };
    const deep = Array.from({ length: 100_000 }, () => '{"subsegments":[').join('') + ']}'.repeat(100_000);
    const documents = [text.slice(0, 40), deep, text].map((Document) => ({ Document }));
    const parsed = valueOf(parseXray({ Traces: [{ Id: '1-68e5a2c0-0102030405060708090a0b0c', Segments: documents }] }));
    expect(parsed.spans).toHaveLength(1);
    expect(parsed.rejected[0]).toMatchObject({ path: 'Traces[0].Segments[0].Document' });
    expect(parsed.rejected.length).toBeLessThan(300);
    expect(valueOf(parseXray(nested)).spans).toHaveLength(257);
  });
});

describe('an annotation', () => {
  it.each([
    ['gen_ai_usage_input_tokens', 'gen_ai.usage.input_tokens'],
    ['gen_ai_prompt_0_content', 'gen_ai.prompt.0.content'],
    ['gen_ai_completion_12_tool_calls_3_function_arguments', 'gen_ai.completion.12.tool_calls.3.function.arguments'],
    ['llm_input_messages_0_message_content', 'llm.input_messages.0.message.content'],
    [
      'llm_input_messages_2_message_tool_calls_1_tool_call_function_name',
      'llm.input_messages.2.message.tool_calls.1.tool_call.function.name',
    ],
    ['llm_request_functions_4_parameters', 'llm.request.functions.4.parameters'],
    ['gcp_vertex_agent_llm_request', 'gcp.vertex.agent.llm_request'],
    ['openinference_span_kind', 'openinference.span.kind'],
    ['ai_model_id', 'ai.model.id'],
    ['metadata_user_api_key_user_id', 'metadata.user_api_key_user_id'],
    ['llm_openai_messages', 'llm.openai.messages'],
    ['llm_vertex_ai_usageMetadata', 'llm.vertex_ai.usageMetadata'],
    ['signalbox_decision_id', 'signalbox.decision.id'],
    ['gen_ai.usage.input_tokens', 'gen_ai.usage.input_tokens'],
    ['customer_tier', 'customer_tier'],
    ['a_1_b', 'a_1_b'],
  ])('%s was %s', (annotation, key) => {
    expect(attributesOf({ annotations: { [annotation]: 'x' } })).toEqual({ [key]: 'x' });
  });

  it('of a resource is one of the resource', () => {
    const annotations = {
      otel_resource_service_name: 'svc',
      otel_resource_k8s_pod_name: 'p',
      otel_resource_x_y: 1,
      otel_scope_name: 'litellm',
    };
    expect(spansOf(segment({ annotations }))[0]).toMatchObject({
      serviceName: 'svc',
      scopeName: 'litellm',
      attributes: {},
      resourceAttributes: { 'service.name': 'svc', 'k8s.pod.name': 'p', x_y: 1 },
    });
  });

  it('never reaches a prototype', () => {
    const text = JSON.stringify(segment({ annotations: 'A', metadata: { default: 'A', ['__PROTO__']: { x: 1 } } }))
      .replaceAll('"A"', '{"__proto__":{"y":2}}')
      .replace('__PROTO__', '__proto__');
    const file = valueOf(parseTraceFile(text, 'x'));
    expect(Object.keys(file.spans[0]?.attributes ?? {}).sort()).toEqual(['__proto__', 'x']);
    expect({}).not.toHaveProperty('y');
  });
});

describe('parseXraySummaries', () => {
  it('lists traces, and says which are partial', () => {
    const listing = valueOf(
      parseXraySummaries({
        TraceSummaries: [
          {
            Id: '1-68e5a2c0-0102030405060708090a0b0c',
            Duration: 3.75,
            IsPartial: true,
            StartTime: '2025-10-09T01:53:20.5-07:00',
          },
          { Id: '1-68e5a2c0-0102030405060708090a0b0d', StartTime: new Date(1_760_000_000_500) },
          { Id: 'x' },
        ],
        NextToken: 't',
      }),
    );
    expect(listing).toMatchObject({
      traces: [
        { traceId: TRACE_ID, startUnixNano: 1_760_000_000_500_000_000n, durationNanos: 3_750_000_000n, cut: true },
        { startUnixNano: 1_760_000_000_500_000_000n, durationNanos: null, cut: false },
      ],
      rejected: [{ path: 'TraceSummaries[2].Id' }],
    });
    expect(xrayTraceId(TRACE_ID)).toBe('1-68e5a2c0-0102030405060708090a0b0c');
  });
});
