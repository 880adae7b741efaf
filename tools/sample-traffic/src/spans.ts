import { SPAN_ATTRIBUTES } from '@signalbox/contracts';
import type { Turn } from './answers.js';
import { candidateNamed } from './candidates.js';
import { Draw, hashOf } from './draw.js';
import { ROUTER_VERSION } from './policy.js';
import { pythonRepr } from './python-repr.js';
import type { OtherTrace, SampleCall } from './traffic.js';

type AttributeValue = string | number | boolean | readonly string[];
type Attributes = Record<string, AttributeValue>;

/** OTLP's JSON form, as Jaeger's API answers it. */
export interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: unknown }[];
  events?: { timeUnixNano: string; name: string; attributes: { key: string; value: unknown }[] }[];
  status: { code?: number; message?: string };
}

export const SERVICE_NAME = 'litellm';
export const SAMPLE_NOTICE = 'Signalbox sample traffic, generated; no real person or model is behind it';

const INTERNAL = 1;
const SERVER = 2;
const CLIENT = 3;
const MS = 1000;

function encoded(value: AttributeValue): unknown {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { arrayValue: { values: value.map((each) => ({ stringValue: each })) } };
}

export const attributesOf = (attributes: Attributes): { key: string; value: unknown }[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: encoded(value) }));

const nanos = (us: number): string => `${Math.round(us)}000`;

interface Timed {
  name: string;
  kind: number;
  startUs: number;
  endUs: number;
  spanId: string;
  parentSpanId?: string;
  attributes: Attributes;
  failure?: { type: string; message: string };
  ok?: boolean;
}

function spanOf(traceId: string, timed: Timed): OtlpSpan {
  const { failure } = timed;
  return {
    traceId,
    spanId: timed.spanId,
    ...(timed.parentSpanId === undefined ? {} : { parentSpanId: timed.parentSpanId }),
    name: timed.name,
    kind: timed.kind,
    startTimeUnixNano: nanos(timed.startUs),
    endTimeUnixNano: nanos(timed.endUs),
    attributes: attributesOf(timed.attributes),
    ...(failure === undefined
      ? { status: timed.ok === true ? { code: 1 } : {} }
      : {
          status: { code: 2, message: failure.message },
          events: [
            {
              timeUnixNano: nanos(timed.endUs),
              name: 'exception',
              attributes: attributesOf({ 'exception.type': failure.type, 'exception.message': failure.message }),
            },
          ],
        }),
  };
}

const CALCULATOR = {
  name: 'calculator',
  description: 'Evaluates an arithmetic expression (sample traffic).',
  parameters: { type: 'object', properties: { expression: { type: 'string' } }, required: ['expression'] },
};

/** What the spans of one call say, whatever the dialect. */
interface Reported {
  call: SampleCall;
  requestModel: string;
  responseModel: string;
  provider: string;
  responseId: string;
  /** Null where content is not logged, or where the turn holds a tool call alone. */
  reply: string | null;
  toolCall: { name: string; arguments: string } | null;
  finishReason: string;
}

function reported(call: SampleCall): Reported {
  const candidate = candidateNamed(call.decision.candidate);
  const toolCall =
    call.withTools && call.answer !== null
      ? { name: 'calculator', arguments: JSON.stringify({ expression: call.answer.text }) }
      : null;
  return {
    call,
    requestModel: call.decision.candidate,
    responseModel: candidate?.aliases[0] ?? call.decision.candidate,
    provider: candidate?.provider ?? 'sample',
    responseId: `chatcmpl-${hashOf(call.traceId, 'response').slice(0, 24)}`,
    reply: toolCall === null ? (call.answer?.text ?? null) : null,
    toolCall,
    finishReason: toolCall === null ? 'stop' : 'tool_calls',
  };
}

const routing = ({ call }: Reported): Attributes => ({
  [SPAN_ATTRIBUTES.decisionId]: call.decisionId,
  [SPAN_ATTRIBUTES.routerVersion]: ROUTER_VERSION,
  [SPAN_ATTRIBUTES.chosen]: call.decision.candidate,
  [SPAN_ATTRIBUTES.propensity]: call.decision.propensity,
  [SPAN_ATTRIBUTES.probabilities]: JSON.stringify(call.decision.probabilities),
  [SPAN_ATTRIBUTES.available]: call.decision.available,
});

/** The names of the pipeline as it was first described. */
function seedAttributes(said: Reported): Attributes {
  const { call } = said;
  const prompt = call.turns.length === 1 ? (call.turns[0]?.content ?? '') : JSON.stringify(call.turns);
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.system': said.provider,
    'gen_ai.request.model': said.requestModel,
    'user.id': call.userId,
    ...(call.sessionId === null ? {} : { 'session.id': call.sessionId }),
    ...(call.contentLogged ? { 'gen_ai.prompt': prompt } : {}),
    ...(said.toolCall === null
      ? {}
      : {
          'llm.request.functions.0.name': CALCULATOR.name,
          'llm.request.functions.0.description': CALCULATOR.description,
          'llm.request.functions.0.parameters': JSON.stringify(CALCULATOR.parameters),
        }),
    ...(call.answer === null
      ? {}
      : {
          'gen_ai.response.id': said.responseId,
          'gen_ai.response.model': said.responseModel,
          'gen_ai.response.finish_reasons': JSON.stringify([said.finishReason]),
          'gen_ai.usage.prompt_tokens': call.answer.inputTokens,
          'gen_ai.usage.completion_tokens': call.answer.outputTokens,
          'gen_ai.usage.total_tokens': call.answer.inputTokens + call.answer.outputTokens,
          ...(call.costLogged ? { 'gen_ai.cost.total_cost': call.answer.costUsd } : {}),
          ...completionOf(said),
        }),
    ...routing(said),
  };
}

function completionOf(said: Reported): Attributes {
  if (said.toolCall !== null) {
    return {
      'gen_ai.completion.0.role': 'assistant',
      'gen_ai.completion.0.tool_calls.0.id': 'call_0',
      'gen_ai.completion.0.tool_calls.0.name': said.toolCall.name,
      'gen_ai.completion.0.tool_calls.0.arguments': said.toolCall.arguments,
    };
  }
  return said.call.contentLogged && said.reply !== null ? { 'gen_ai.completion': said.reply } : {};
}

const identity = (call: SampleCall): Attributes => ({
  'metadata.user_api_key_end_user_id': call.userId,
  'metadata.user_api_key_alias': 'sample-key',
  'metadata.requester_metadata': call.sessionId === null ? '' : pythonRepr({ session_id: call.sessionId }),
});

function generationA(said: Reported): Attributes {
  const { call } = said;
  const { answer } = call;
  const prompts = call.turns.flatMap(({ role, content }, index): [string, string][] => [
    [`gen_ai.prompt.${index}.role`, role],
    [`gen_ai.prompt.${index}.content`, content],
  ]);
  return {
    'gen_ai.request.model': said.requestModel,
    'llm.request.type': 'acompletion',
    'gen_ai.system': said.provider,
    'llm.is_streaming': 'False',
    'llm.user': '',
    ...identity(call),
    ...(call.withTools
      ? {
          'llm.request.functions.0.name': CALCULATOR.name,
          'llm.request.functions.0.description': CALCULATOR.description,
          'llm.request.functions.0.parameters': JSON.stringify(CALCULATOR.parameters),
        }
      : {}),
    ...(call.contentLogged ? Object.fromEntries(prompts) : {}),
    ...(answer === null
      ? {}
      : {
          'gen_ai.response.id': said.responseId,
          'gen_ai.response.model': said.responseModel,
          'gen_ai.usage.prompt_tokens': answer.inputTokens,
          'gen_ai.usage.completion_tokens': answer.outputTokens,
          'gen_ai.usage.total_tokens': answer.inputTokens + answer.outputTokens,
          hidden_params: hiddenParams(call),
          ...(call.contentLogged
            ? { 'gen_ai.completion.0.role': 'assistant', 'gen_ai.completion.0.finish_reason': said.finishReason }
            : {}),
          ...(call.contentLogged && said.reply !== null ? { 'gen_ai.completion.0.content': said.reply } : {}),
          ...(call.contentLogged && said.toolCall !== null
            ? {
                'gen_ai.completion.0.function_call.name': said.toolCall.name,
                'gen_ai.completion.0.function_call.arguments': said.toolCall.arguments,
              }
            : {}),
        }),
    ...routing(said),
  };
}

const hiddenParams = (call: SampleCall): string =>
  JSON.stringify({
    model_id: hashOf('deployment', call.decision.candidate).slice(0, 16),
    cache_key: null,
    api_base: 'http://sample.invalid/v1',
    response_cost: call.costLogged && call.answer !== null ? String(call.answer.costUsd) : null,
  });

const partsOf = ({ role, content }: Turn) => ({ role, parts: [{ type: 'text', content }] });

function generationB(said: Reported): Attributes {
  const { call } = said;
  const { answer } = call;
  const output = {
    role: 'assistant',
    parts: said.reply === null ? [] : [{ type: 'text', content: said.reply }],
    ...(said.toolCall === null ? {} : { tool_calls: [{ id: 'call_0', type: 'function', function: said.toolCall }] }),
    finish_reason: said.finishReason,
  };
  const system = call.turns.filter(({ role }) => role === 'system');
  return {
    'gen_ai.request.model': said.requestModel,
    'llm.request.type': 'acompletion',
    'gen_ai.system': said.provider,
    'llm.is_streaming': 'False',
    ...identity(call),
    ...(call.withTools
      ? {
          'llm.request.functions.0.name': CALCULATOR.name,
          'llm.request.functions.0.description': CALCULATOR.description,
          'llm.request.functions.0.parameters': JSON.stringify(CALCULATOR.parameters),
        }
      : {}),
    ...(call.contentLogged
      ? {
          'gen_ai.operation.name': 'acompletion',
          'gen_ai.input.messages': JSON.stringify(call.turns.map(partsOf)),
          ...(system.length === 0 ? {} : { 'gen_ai.system_instructions': JSON.stringify(system.map(partsOf)) }),
        }
      : {}),
    ...(answer === null
      ? {}
      : {
          'gen_ai.request.id': said.responseId,
          'gen_ai.response.id': said.responseId,
          'gen_ai.response.model': said.responseModel,
          'gen_ai.usage.input_tokens': answer.inputTokens,
          'gen_ai.usage.output_tokens': answer.outputTokens,
          'gen_ai.usage.total_tokens': answer.inputTokens + answer.outputTokens,
          'gen_ai.response.finish_reasons': JSON.stringify([said.finishReason]),
          ...(call.contentLogged ? { 'gen_ai.output.messages': JSON.stringify([output]) } : {}),
          ...(call.costLogged ? { 'gen_ai.cost.total_cost': answer.costUsd } : {}),
          hidden_params: hiddenParams(call),
        }),
    ...routing(said),
  };
}

/** What the provider itself was sent and said, every field written as Python shows it. */
function rawAttributes(said: Reported): Attributes {
  const { call } = said;
  const key = `llm.${said.provider}`;
  const message = {
    role: 'assistant',
    content: said.reply,
    ...(said.toolCall === null ? {} : { tool_calls: [{ function: said.toolCall }] }),
  };
  return {
    [`${key}.model`]: said.responseModel,
    ...(call.contentLogged ? { [`${key}.messages`]: pythonRepr(call.turns) } : {}),
    ...(call.answer === null
      ? {}
      : {
          [`${key}.id`]: said.responseId,
          [`${key}.object`]: 'chat.completion',
          ...(call.contentLogged
            ? { [`${key}.choices`]: pythonRepr([{ finish_reason: said.finishReason, index: 0, message }]) }
            : {}),
          [`${key}.usage`]: pythonRepr({
            completion_tokens: call.answer.outputTokens,
            prompt_tokens: call.answer.inputTokens,
            total_tokens: call.answer.inputTokens + call.answer.outputTokens,
          }),
        }),
  };
}

const FAILURES: Readonly<Record<string, string>> = {
  RateLimitError: 'rate limit of the deployment reached (sample traffic)',
  InternalServerError: 'the deployment answered 500 (sample traffic)',
  Timeout: 'no answer within 60 seconds (sample traffic)',
};

/** Every span of the request that made the call, the gateway's own among them. */
export function spansOfCall(call: SampleCall): OtlpSpan[] {
  const said = reported(call);
  const draw = new Draw(call.traceId, 'spans');
  const before = draw.int(6, 30) * MS;
  const callUs = call.startUs + before;
  const callEndUs = callUs + Math.round(call.seconds * 1e6);
  const endUs = callEndUs + draw.int(1, 8) * MS;
  const inProxy = call.dialect === 'litellm-b';
  const rootId = inProxy ? call.spanId : hashOf(call.traceId, 'root').slice(0, 16);
  const failure = call.failure === null ? undefined : { type: call.failure, message: FAILURES[call.failure] ?? '' };
  const errors: Attributes =
    failure === undefined ? {} : { 'error.type': failure.type, 'error.message': failure.message };
  const root: Timed = {
    name: 'Received Proxy Server Request',
    kind: SERVER,
    startUs: call.startUs,
    endUs,
    spanId: rootId,
    attributes: inProxy ? { ...generationB(said), ...errors } : { 'http.route': '/v1/chat/completions' },
    failure,
    ok: true,
  };
  const spans: Timed[] = [root];
  if (!inProxy) {
    const seed = call.dialect === 'seed';
    spans.push({
      name: seed ? 'litellm.completion' : 'litellm_request',
      kind: seed ? CLIENT : INTERNAL,
      startUs: callUs,
      endUs: callEndUs,
      spanId: call.spanId,
      parentSpanId: rootId,
      attributes: { ...(seed ? seedAttributes(said) : generationA(said)), ...errors },
      failure,
      ok: true,
    });
  }
  if (call.dialect !== 'seed') {
    const raw = { name: 'raw_gen_ai_request', kind: INTERNAL, startUs: callUs + MS, endUs: callEndUs, ok: true };
    spans.push({
      ...raw,
      spanId: hashOf(call.traceId, 'raw').slice(0, 16),
      parentSpanId: call.spanId,
      attributes: rawAttributes(said),
      failure,
    });
  }
  return [...spans, ...serviceSpans(call.startUs, before, rootId, draw)].map((timed) => spanOf(call.traceId, timed));
}

/** Spans of the gateway's own services, which are no LLM calls though they lie beside one. */
function serviceSpans(startUs: number, before: number, rootId: string, draw: Draw): Timed[] {
  const id = (name: string): string => hashOf(rootId, name).slice(0, 16);
  const service = (name: string, at: number, ms: number, attributes: Attributes): Timed => ({
    name,
    kind: INTERNAL,
    startUs: startUs + at,
    endUs: startUs + at + ms * MS,
    spanId: id(name),
    parentSpanId: rootId,
    attributes,
    ok: true,
  });
  const spans = [service('auth', 300, draw.int(1, 4), { service: 'auth', call_type: 'user_api_key_auth' })];
  if (draw.chance(0.4))
    spans.push(service('postgres', 900, draw.int(1, 3), { service: 'postgres', call_type: 'get_data' }));
  if (draw.chance(0.5)) spans.push(service('redis', 1500, 1, { service: 'redis', call_type: 'async_get_cache' }));
  if (draw.chance(0.2)) {
    spans.push(
      service('guardrail', 2500, Math.max(1, before / MS - 4), {
        guardrail_name: 'sample-pii-filter',
        guardrail_mode: 'pre_call',
      }),
    );
  }
  return spans;
}

export function spansOfOther({ traceId, spanId, startUs, route }: OtherTrace): OtlpSpan[] {
  const endUs = startUs + 4 * MS;
  const attributes = { 'http.route': route };
  return [spanOf(traceId, { name: route, kind: SERVER, startUs, endUs, spanId, attributes, ok: true })];
}
