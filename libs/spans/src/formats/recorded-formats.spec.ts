import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { NormalSpan } from '../normal-span.js';
import { joinLogRecords } from './log-records.js';
import { parseTempoSearch } from './tempo.js';
import { parseTraceFile, type TraceFile } from './trace-file.js';

// Recordings lie beside the project, not in it. What is expected was read in the files by a person.
const folder = new URL('../../../../../shared/fixtures/traces/', import.meta.url);
const sharedIt = existsSync(folder) ? it : it.skip;

function read(path: string): TraceFile {
  const file = parseTraceFile(readFileSync(new URL(path, folder)), path);
  if (!file.ok) throw new Error(file.error.hint);
  expect(file.value.rejected).toEqual([]);
  expect(file.value.gaps ?? []).toEqual([]);
  return file.value;
}

/** What a format says of a span outside of attributes, short enough to be compared with a file by eye. */
const outline = ({ spanId, parentSpanId, name, kind, startUnixNano, endUnixNano }: NormalSpan) =>
  [spanId, parentSpanId ?? '-', name, kind, startUnixNano, endUnixNano].join(' ');

const spanOf = (file: TraceFile, spanId: string) => file.spans.find((span) => span.spanId === spanId);

describe('a recording of Tempo', () => {
  sharedIt('kiali_trace_responseTrace.json: eight spans, whose ids are base64', () => {
    const file = read('tempo/kiali_trace_responseTrace.json');
    expect(file.format).toBe('tempo');
    expect(new Set(file.spans.map(({ traceId }) => traceId))).toEqual(new Set(['3ba55609c3cde49649cd77d1f9dcd936']));
    const product = 'productpage.bookinfo.svc.cluster.local:9080/productpage';
    expect(file.spans.map(outline)).toEqual([
      `49cd77d1f9dcd936 - ${product} CLIENT 1701779876570888000 1701779876582820000`,
      `84756b1dab0856fa 49cd77d1f9dcd936 ${product} SERVER 1701779876571116000 1701779876582555000`,
      '1210042c36f8be92 84756b1dab0856fa reviews.bookinfo.svc.cluster.local:9080/* CLIENT 1701779876578223000 1701779876580947000',
      'e9c8fd1deb3e88dd 84756b1dab0856fa details.bookinfo.svc.cluster.local:9080/* CLIENT 1701779876574298000 1701779876575632000',
      'd23de5feae19a76d e9c8fd1deb3e88dd details.bookinfo.svc.cluster.local:9080/* SERVER 1701779876574533000 1701779876575438000',
      '77191048cb7dadc4 1210042c36f8be92 reviews.bookinfo.svc.cluster.local:9080/* SERVER 1701779876578458000 1701779876580700000',
      '7c597bf56ddf1a03 77191048cb7dadc4 ratings.bookinfo.svc.cluster.local:9080/* CLIENT 1701779876579477000 1701779876580327000',
      'e9d3d5f02056e0bc 7c597bf56ddf1a03 ratings.bookinfo.svc.cluster.local:9080/* SERVER 1701779876579664000 1701779876580098000',
    ]);
    expect(file.spans.map(({ serviceName }) => serviceName)).toEqual([
      'istio-ingressgateway.istio-system',
      'productpage.bookinfo',
      'productpage.bookinfo',
      'productpage.bookinfo',
      'details.bookinfo',
      'reviews.bookinfo',
      'reviews.bookinfo',
      'ratings.bookinfo',
    ]);
    expect(file.spans[0]).toMatchObject({
      scopeName: null,
      attributes: {
        'http.status_code': '200',
        response_size: '5294',
        'guid:x-request-id': 'e4e8c177-3962-9359-945e-61e7175cd867',
      },
      events: [{ name: 'cr', timeUnixNano: 1701779876582892000n, attributes: {} }],
      status: { code: 'UNSET', message: null },
    });
    expect(Object.keys(file.spans[0]?.attributes ?? {})).toHaveLength(20);
  });

  sharedIt('kiali_search_response.json: a trace of which three of six matching spans are shown', () => {
    expect(read('tempo/kiali_search_response.json')).toEqual({ format: 'tempo-search', spans: [], rejected: [] });
    const text = readFileSync(new URL('tempo/kiali_search_response.json', folder), 'utf8');
    const listing = parseTempoSearch(JSON.parse(text));
    if (!listing.ok) throw new Error(listing.error.hint);
    expect(listing.value).toMatchObject({ rejected: [], complete: true });
    expect(listing.value.traces[0]).toEqual({
      traceId: '100cb753c787ed5657c8d88dafc176ed',
      startUnixNano: 1701778055570888000n,
      durationNanos: 9_000_000n,
      serviceName: 'istio-ingressgateway.istio-system',
      cut: true,
    });
  });
});

describe('a recording of X-Ray', () => {
  sharedIt('awscli_batch_get_traces.json: a segment, its subsegment, and an inferred segment that is no span', () => {
    const file = read('xray/awscli_batch_get_traces.json');
    expect(file.format).toBe('xray');
    expect(file.ignored).toEqual({ inferred_segment: 1 });
    expect(file.spans.map(outline)).toEqual([
      '54aff5735b12dd28 - Scorekeep SERVER 1568835610432000000 1568835610664000000',
      '2d6900034ccfe558 54aff5735b12dd28 DynamoDB CLIENT 1568835610658000000 1568835610664000000',
    ]);
    expect(file.spans).toMatchObject([
      {
        traceId: '5d82881a0a9126e92a73e971eed891b9',
        serviceName: 'Scorekeep',
        attributes: {
          'http.request.method': 'POST',
          'url.full': 'http://scorekeep-env-1.m4fg2pfzpv.us-east-2.elasticbeanstalk.com/api/user',
          'user_agent.original': 'curl/7.59.0',
          'client.address': '52.95.4.28',
          'http.response.status_code': 200,
          'aws.elastic_beanstalk.deployment_id': 3,
          'aws.ec2.instance_id': 'i-0e3cf4d2de0f3f37a',
        },
        status: { code: 'UNSET', message: null },
      },
      {
        serviceName: 'Scorekeep',
        attributes: { 'aws.operation': 'UpdateItem', 'aws.resource_names': ['scorekeep-user'] },
      },
    ]);
  });

  sharedIt('otelcontrib_indepSubsegment.json: a subsegment that came by itself', () => {
    const file = read('xray/otelcontrib_indepSubsegment.json');
    expect(file.spans.map(outline)).toEqual([
      '53995c3f42cd8ad8 defdfd9912dc5a56 api.example.com CLIENT 1478293361271000000 1478293361449000000',
    ]);
    expect(file.spans[0]).toMatchObject({ traceId: '581cf771a006649127e371903a2de979', serviceName: null });
  });

  sharedIt('otelcontrib_minInProgress.json: a segment that has no end yet', () => {
    const file = read('xray/otelcontrib_minInProgress.json');
    expect(file.spans.map(outline)).toEqual(['5cc4a447f5d4d696 - LongOperation SERVER 1595437651680097000 0']);
    expect(file.spans[0]?.traceId).toBe('5f1872536a106696d56b1f4ef9eba2ed');
  });

  sharedIt('DERIVED_adk_index_all.json: keys of annotations are as they were before X-Ray', () => {
    const file = read('xray/DERIVED_adk_index_all.json');
    expect(file.spans.map(outline)).toEqual([
      '6fd93d29bfd4a522 - invocation SERVER 1784995765227135000 1784995768672839900',
      '67654e241edd27e4 6fd93d29bfd4a522 invoke_agent math_agent INTERNAL 1784995765229514000 1784995768672315000',
      'f402c1e62b85df9b 67654e241edd27e4 call_llm INTERNAL 1784995766557571200 1784995767656731000',
      'b5aaea6a8c6e066f f402c1e62b85df9b generate_content gemini-3.5-flash INTERNAL 1784995766557686000 1784995767656645800',
      '771ce4dcbd861745 b5aaea6a8c6e066f execute_tool calculator INTERNAL 1784995767655639000 1784995767656160000',
      '49b19fa1ee559677 67654e241edd27e4 call_llm INTERNAL 1784995767662531100 1784995768672096000',
      '44872427376a4cb5 49b19fa1ee559677 generate_content gemini-3.5-flash INTERNAL 1784995767662764000 1784995768671922000',
    ]);
    expect(spanOf(file, 'f402c1e62b85df9b')?.attributes).toMatchObject({
      'gen_ai.system': 'gcp.vertex.agent',
      'gen_ai.request.model': 'gemini-3.5-flash',
      'gcp.vertex.agent.session_id': 'b4866a2a-a3d4-4d2f-8f40-6bb0d03d135c',
      'gcp.vertex.agent.llm_request': expect.stringContaining('What is 15 multiplied by 37?'),
      'gcp.vertex.agent.llm_response': expect.stringContaining('"finish_reason":"STOP"'),
      'gen_ai.usage.input_tokens': 157,
      'gen_ai.usage.output_tokens': 51,
      'gen_ai.usage.reasoning.output_tokens': 32,
    });
  });

  sharedIt('DERIVED_openai_agents_indexed.json: metadata beside annotations', () => {
    const file = read('xray/DERIVED_openai_agents_indexed.json');
    expect(file.spans).toHaveLength(17);
    expect(file.spans.slice(0, 3).map(outline)).toEqual([
      '20e16110c2caf0a9 d7c0afa1915f63ff Agent Workflow SERVER 1786724979549470000 1786724998180483000',
      'd72488b1a2d28f70 20e16110c2caf0a9 coordinator.agent INTERNAL 1786724979549810000 1786724998180451200',
      'd58d9a3defe5fd21 d72488b1a2d28f70 openai.response INTERNAL 1786724979550236000 1786724982074023000',
    ]);
    expect(spanOf(file, 'd58d9a3defe5fd21')).toMatchObject({
      traceId: '9fa516c6d3cd456d5b2bf8349dcfa39b',
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.response.model': 'gpt-4o-mini-2024-07-18',
        'gen_ai.usage.input_tokens': 225,
        'gen_ai.usage.output_tokens': 23,
        'gen_ai.provider.name': 'openai',
        'gen_ai.usage.total_tokens': 248,
        'gen_ai.input.messages': expect.stringContaining('Look up the stock price for AMZN'),
      },
    });
    expect(spanOf(file, '6ccbe4bda1df4166')?.attributes).toMatchObject({ 'gen_ai.usage.input_tokens': 405 });
  });

  sharedIt('DERIVED_pydantic_ai_default_metadata.json: all attributes in metadata, arrays too', () => {
    const file = read('xray/DERIVED_pydantic_ai_default_metadata.json');
    expect(file.spans.map(outline)).toEqual([
      '1009ff1545ad6303 - invoke_agent agent SERVER 1784744268112922200 1784744272631867600',
      'c3fd6f840203e945 1009ff1545ad6303 chat us.anthropic.claude-sonnet-4-5-20250929-v1:0 INTERNAL 1784744268114742500 1784744270610173000',
      'ea4518243ec1a032 1009ff1545ad6303 execute_tool get_weather INTERNAL 1784744270611271000 1784744270611689800',
      '17e1fc9e6431229c 1009ff1545ad6303 chat us.anthropic.claude-sonnet-4-5-20250929-v1:0 INTERNAL 1784744270612936500 1784744272630736400',
    ]);
    expect(spanOf(file, 'c3fd6f840203e945')?.attributes).toMatchObject({
      'gen_ai.usage.input_tokens': 588,
      'gen_ai.usage.output_tokens': 53,
      'operation.cost': 0.0028149,
      'gen_ai.response.finish_reasons': ['tool_call'],
    });
  });
});

describe('a recording of CloudWatch', () => {
  sharedIt('agentcore_raw_otel_langchain: twelve spans, fourteen records, each on its span', () => {
    const file = read('xray/agentcore_raw_otel_langchain_spans.json');
    const records = read('xray/agentcore_raw_otel_langchain_runtime_logs.json');
    expect([file.format, records.format]).toEqual(['cloudwatch', 'cloudwatch']);
    expect(records.ignored).toEqual({ log_line: 2 });
    expect(file.spans.map(outline)).toEqual([
      '2be7614b3627c50a 566184bb85cb04f6 POST /invocations SERVER 1763425611858303367 1763425614850563891',
      '2d60a188d4c50d72 acb1bd1133b1a5f4 ChatBedrockConverse.chat CLIENT 1763425611860245760 1763425614849091299',
      'acb1bd1133b1a5f4 2b40665f73244608 chatbot.task INTERNAL 1763425611859820627 1763425614849100657',
      '2b40665f73244608 2be7614b3627c50a LangGraph.workflow INTERNAL 1763425611858954052 1763425614849485500',
      'b9e0f31f6ee98043 acb1bd1133b1a5f4 tools_condition.task INTERNAL 1763425614848708301 1763425614848981777',
      '81a4cbb3de6b19d4 2d60a188d4c50d72 chat us.anthropic.claude-3-5-haiku-20241022-v1:0 CLIENT 1763425611860924261 1763425614843892347',
      '210222bc35044dc2 c2a5e5bbdb8235fc POST /invocations SERVER 1763425573629913582 1763425575082738899',
      'bb016043015e96eb 79139f7039af51af tools_condition.task INTERNAL 1763425575080784610 1763425575081055313',
      'd6c7c71148aae2af 79139f7039af51af ChatBedrockConverse.chat CLIENT 1763425573632838959 1763425575081194275',
      '79139f7039af51af 80fb189279f4f32f chatbot.task INTERNAL 1763425573632188699 1763425575081203762',
      '80fb189279f4f32f 210222bc35044dc2 LangGraph.workflow INTERNAL 1763425573630852334 1763425575081689826',
      '1033f5b78d782885 d6c7c71148aae2af chat us.anthropic.claude-3-5-haiku-20241022-v1:0 CLIENT 1763425573634883423 1763425575075452993',
    ]);
    expect(spanOf(file, '2d60a188d4c50d72')).toMatchObject({
      traceId: '691bbd4b51c1a4c319aa2bf92068c474',
      serviceName: 'agent_lg.DEFAULT',
      scopeName: 'opentelemetry.instrumentation.langchain',
      attributes: {
        'gen_ai.prompt.0.role': 'user',
        'gen_ai.usage.input_tokens': 338,
        'gen_ai.usage.output_tokens': 113,
        'traceloop.association.properties.langgraph_path': ['__pregel_pull', 'chatbot'],
      },
      status: { code: 'UNSET', message: null },
    });
    const { spans, joined, withoutSpan } = joinLogRecords(file.spans, records.logs ?? []);
    expect({ joined, withoutSpan }).toEqual({ joined: 14, withoutSpan: [] });
    expect(spans.find(({ spanId }) => spanId === '81a4cbb3de6b19d4')?.events).toMatchObject([
      {
        name: 'gen_ai.user.message',
        timeUnixNano: 1763425611860971050n,
        body: { content: [{ text: 'Hello, find everything about me from my memory ' }] },
      },
      { name: 'gen_ai.choice', timeUnixNano: 1763425614843612633n, body: { index: 0, message: { role: 'assistant' } } },
    ]);
    expect(spans.find(({ spanId }) => spanId === '2d60a188d4c50d72')?.events).toMatchObject([
      {
        name: 'opentelemetry.instrumentation.langchain',
        body: {
          input: { messages: [{ content: 'Hello, find everything about me from my memory ', role: 'unknown' }] },
        },
      },
    ]);
  });

  sharedIt('agentcore_raw_otel_strands_bedrock: fifty spans, a conversation in the order in which it was', () => {
    const file = read('xray/agentcore_raw_otel_strands_bedrock_spans.json');
    const records = read('xray/agentcore_raw_otel_strands_bedrock_runtime_logs.json');
    expect(file.spans).toHaveLength(50);
    expect(outline(file.spans[9] ?? file.spans[0]!)).toBe(
      '06df90d70f7db03f b1247625aa94dc7e chat us.anthropic.claude-3-7-sonnet-20250219-v1:0 CLIENT 1763423913427332330 1763423916867689495',
    );
    expect(spanOf(file, '75d7e5e947e5af53')).toMatchObject({
      name: 'invoke_agent Strands Agents',
      status: { code: 'OK' },
    });
    const { spans, joined, withoutSpan } = joinLogRecords(file.spans, records.logs ?? []);
    expect({ joined, withoutSpan }).toEqual({ joined: 49, withoutSpan: [] });
    const events = spans.find(({ spanId }) => spanId === '06df90d70f7db03f')?.events ?? [];
    expect(events).toHaveLength(45);
    expect(events.slice(0, 3)).toMatchObject([
      { name: 'gen_ai.system.message', timeUnixNano: 1763423913427377240n },
      { name: 'gen_ai.user.message', body: { content: [{ text: 'Tell me about myself?' }] } },
      { name: 'gen_ai.assistant.message' },
    ]);
    expect(events.at(-1)).toMatchObject({ name: 'gen_ai.choice', timeUnixNano: 1763423916867472897n });
  });
});

describe('a recording of OTLP or Jaeger', () => {
  sharedIt('DERIVED_openai_agents_genai.otlp.json: seventeen spans of one scope', () => {
    const file = read('otlp/DERIVED_openai_agents_genai.otlp.json');
    expect(file.format).toBe('otlp-json');
    expect(file.spans).toHaveLength(17);
    expect([file.spans[0], file.spans[16]].map((span) => (span === undefined ? '' : outline(span)))).toEqual([
      'd58d9a3defe5fd21 d72488b1a2d28f70 openai.response INTERNAL 1786724979550236000 1786724982074023000',
      '20e16110c2caf0a9 d7c0afa1915f63ff Agent Workflow INTERNAL 1786724979549470000 1786724998180483000',
    ]);
    expect(file.spans[0]).toMatchObject({
      serviceName: 'openai-agents',
      scopeName: 'opentelemetry.instrumentation.openai_agents',
      attributes: {
        'gen_ai.response.model': 'gpt-4o-mini-2024-07-18',
        'gen_ai.usage.input_tokens': 225,
        'gen_ai.request.temperature': 1,
        'gen_ai.response.finish_reasons': ['tool_call'],
      },
    });
  });

  sharedIt('DERIVED_pydantic_ai.otlp.json: four spans, the last of them the root', () => {
    const file = read('otlp/DERIVED_pydantic_ai.otlp.json');
    expect(file.spans.map(outline)).toEqual([
      'c3fd6f840203e945 1009ff1545ad6303 chat us.anthropic.claude-sonnet-4-5-20250929-v1:0 INTERNAL 1784744268114742538 1784744270610173022',
      'ea4518243ec1a032 1009ff1545ad6303 execute_tool get_weather INTERNAL 1784744270611270959 1784744270611689839',
      '17e1fc9e6431229c 1009ff1545ad6303 chat us.anthropic.claude-sonnet-4-5-20250929-v1:0 INTERNAL 1784744270612936360 1784744272630736291',
      '1009ff1545ad6303 - invoke_agent agent INTERNAL 1784744268112921993 1784744272631867669',
    ]);
  });

  sharedIt('jaeger_otlp2jaeger: the same span twice, out of both formats', () => {
    const span = {
      traceId: '83a9efd15c1c98a977e0711cc93ee28b',
      spanId: 'e127af99e3b3e074',
      parentSpanId: '909541b92cf05311',
      name: 'okey-dokey-0',
      kind: 'SERVER',
      serviceName: 'telemetrygen',
      scopeName: 'telemetrygen',
      startUnixNano: 1706678909209712000n,
      endUnixNano: 1706678909209835000n,
      attributes: { 'net.peer.ip': '1.2.3.4', 'peer.service': 'telemetrygen-client' },
    };
    expect(read('otlp/jaeger_otlp2jaeger-in.json')).toMatchObject({ format: 'otlp-json', spans: [span, span] });
    expect(read('jaeger/jaeger_otlp2jaeger-out.json')).toMatchObject({ format: 'jaeger-v1', spans: [span, span] });
  });

  sharedIt('jaeger_apiv3_FindTraces.json: a failed span without times', () => {
    const file = read('jaeger/jaeger_apiv3_FindTraces.json');
    expect(file).toMatchObject({
      format: 'jaeger-v3',
      spans: [{ kind: 'SERVER', status: { code: 'ERROR' }, serviceName: null }],
    });
    expect(file.spans.map(outline)).toEqual(['0000000000000002 - foobar SERVER 0 0']);
  });

  sharedIt('agentevals_helm.json: times in microseconds, and what tags say of kind, scope and status', () => {
    const file = read('jaeger/agentevals_helm.json');
    expect(file.spans).toHaveLength(96);
    expect(spanOf(file, '6c728e555894414d')).toMatchObject({
      traceId: '3e289017fe03ffd7c4145316d2eb3d0d',
      parentSpanId: 'e37fdd8f56146d31',
      name: 'openai.chat',
      serviceName: 'helm_agent',
      startUnixNano: 1771237534597586000n,
      endUnixNano: 1771237536872391000n,
      attributes: {
        'gen_ai.prompt.1.content': 'list all Helm releases',
        'gen_ai.usage.prompt_tokens': 1820,
        'llm.is_streaming': false,
      },
    });
    expect(spanOf(file, '86c15eb12e54aded')).toMatchObject({
      kind: 'SERVER',
      scopeName: 'a2a-python-sdk',
      status: { code: 'OK' },
    });
  });

  sharedIt('agentevals_k8s.json: an error of a tag is the status, and no attribute', () => {
    const file = read('jaeger/agentevals_k8s.json');
    expect(file.spans).toHaveLength(73);
    expect(spanOf(file, '31e3495892e80304')).toMatchObject({
      kind: 'CLIENT',
      status: { code: 'ERROR', message: null },
    });
    expect(spanOf(file, '31e3495892e80304')?.attributes).not.toHaveProperty('error');
  });

  sharedIt('jaegerui_genaiTestTrace.json: one trace that is in no list', () => {
    const file = read('jaeger/jaegerui_genaiTestTrace.json');
    expect(file.spans).toHaveLength(57);
    expect(spanOf(file, '0000000000000005')).toMatchObject({
      traceId: '4a1b2c3d4e5f60718293a4b5c6d7e8f9',
      parentSpanId: '0000000000000004',
      name: 'chat model-a',
      serviceName: 'coding-agent',
      startUnixNano: 1770000000005000000n,
      endUnixNano: 1770000001805000000n,
      attributes: { 'gen_ai.usage.input_tokens': 1840, 'gen_ai.usage.cache_read.input_tokens': 920 },
    });
    expect(file.spans[0]).toMatchObject({ parentSpanId: null, serviceName: 'api-edge', kind: 'SERVER' });
  });
});
