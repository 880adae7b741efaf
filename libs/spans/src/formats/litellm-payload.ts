import { accept, reject, type Result } from '@signalbox/contracts';
import { isObject, member, memberAt } from '../json.js';
import type { Attributes, NormalSpan } from '../normal-span.js';
import { readPlainValue } from './attribute-values.js';
import { idFor } from './foreign-ids.js';
import { readLitellmContent } from './litellm-content.js';
import { readMoment } from './moments.js';
import { readObject } from './otlp-fields.js';
import { readEach, readSingle, readText, type ParsedSpans } from './span-reading.js';

/** By which the dialect tables know these spans. */
const SCOPE = 'litellm.standard_logging_payload';
const MARKS = ['id', 'call_type', 'startTime', 'model'];
const NANOS_PER_SECOND = 1e9;

/** Members of the payload that are attributes as they are; the first that says something is taken. */
const COPIED: readonly [key: string, members: readonly string[]][] = [
  ['gen_ai.operation.name', ['call_type']],
  ['litellm.call_type', ['call_type']],
  ['litellm.call_id', ['litellm_call_id', 'call_id', 'id']],
  // A router's callers name a group; which deployment took the call is the router's choice.
  ['gen_ai.request.model', ['model_group', 'model']],
  ['litellm.provider.model', ['model']],
  ['gen_ai.provider.name', ['custom_llm_provider']],
  ['gen_ai.request.stream', ['stream']],
  ['litellm.cache_hit', ['cache_hit']],
  ['litellm.end_user.id', ['end_user']],
  ['session.id', ['session_id']],
  ['server.address', ['api_base']],
];

/** True for a `StandardLoggingPayload`, which LiteLLM's callbacks write to buckets and queues, and for an array of them. */
export function isLitellmPayload(json: unknown): boolean {
  if (Array.isArray(json)) return json.some(isLitellmPayload);
  return isObject(json) && MARKS.every((key) => Object.hasOwn(json, key));
}

/** One span for each payload, with the attributes that LiteLLM's own spans have. */
export function parseLitellmPayload(json: unknown): Result<ParsedSpans> {
  if (!isLitellmPayload(json)) return reject('FORMAT_UNKNOWN', '', `expected {${MARKS.join(', ')}, ...}`);
  const parsed: ParsedSpans = { spans: [], rejected: [] };
  const read = (item: unknown): number => parsed.spans.push(readPayload(item));
  if (Array.isArray(json)) readEach(json, '', parsed, read);
  else readSingle(json, parsed, read);
  return accept(parsed);
}

function readPayload(item: unknown): NormalSpan {
  const payload = readObject(item, '', 'a payload object');
  const id = readText(member(payload, 'id'), '.id');
  const start = readMoment(member(payload, 'startTime'), '.startTime');
  const end = member(payload, 'endTime');
  const failed = member(payload, 'status') === 'failure';
  const trace = member(payload, 'trace_id');
  return {
    traceId: idFor(trace === undefined || trace === null || trace === '' ? id : trace, 32, '.trace_id'),
    // Attempts of one call share an id.
    spanId: idFor(`${id}:${start}`, 16, '.id'),
    parentSpanId: null,
    name: readText(member(payload, 'call_type'), '.call_type'),
    kind: 'CLIENT',
    serviceName: 'litellm',
    scopeName: SCOPE,
    startUnixNano: start,
    endUnixNano: end === undefined || end === null ? 0n : readMoment(end, '.endTime'),
    attributes: readAttributes(payload, start, failed),
    resourceAttributes: {},
    events: [],
    status: {
      code: failed ? 'ERROR' : 'UNSET',
      message: failed ? (textOf(member(payload, 'error_str')) ?? null) : null,
    },
  };
}

function readAttributes(payload: Record<string, unknown>, start: bigint, failed: boolean): Attributes {
  const attributes: Attributes = {};
  for (const [key, members] of COPIED) {
    const value = members.map((name) => member(payload, name)).find(says);
    if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') attributes[key] = value;
  }
  readAmounts(payload, attributes, failed);
  readLitellmContent(payload, attributes);
  const metadata = member(payload, 'metadata');
  for (const [key, value] of isObject(metadata) ? Object.entries(metadata) : []) {
    if (says(value)) attributes[`metadata.${key}`] = readPlainValue(value, '.metadata');
  }
  const first = member(payload, 'completionStartTime');
  if (member(payload, 'stream') === true && says(first)) {
    const waited = readMoment(first, '.completionStartTime') - start;
    if (waited >= 0n) attributes['gen_ai.response.time_to_first_chunk'] = Number(waited) / NANOS_PER_SECOND;
  }
  if (failed) {
    const error = member(payload, 'error_information');
    const type = textOf(memberAt(error, ['error_class'])) ?? textOf(memberAt(error, ['error_code']));
    const message = textOf(memberAt(error, ['error_message'])) ?? textOf(member(payload, 'error_str'));
    if (type !== undefined) attributes['error.type'] = type;
    if (message !== undefined) attributes['error.message'] = message;
  }
  return attributes;
}

/** Tokens and costs. Of a failed call, and where pricing failed, LiteLLM writes zeros for what it does not know. */
function readAmounts(payload: Record<string, unknown>, attributes: Attributes, failed: boolean): void {
  const usage = memberAt(payload, ['response', 'usage']) ?? memberAt(payload, ['metadata', 'usage_object']);
  const unpriced = failed || says(member(payload, 'response_cost_failure_debug_info'));
  const amounts: readonly [key: string, value: unknown, zeroIsUnknown: boolean][] = [
    ['gen_ai.usage.input_tokens', member(payload, 'prompt_tokens'), failed],
    ['gen_ai.usage.output_tokens', member(payload, 'completion_tokens'), failed],
    ['gen_ai.usage.total_tokens', member(payload, 'total_tokens'), failed],
    ['gen_ai.usage.cache_read.input_tokens', cachedTokens(usage), failed],
    ['gen_ai.usage.cache_creation.input_tokens', memberAt(usage, ['cache_creation_input_tokens']), failed],
    [
      'gen_ai.usage.reasoning.output_tokens',
      memberAt(usage, ['completion_tokens_details', 'reasoning_tokens']),
      failed,
    ],
    ['litellm.cost.total', member(payload, 'response_cost'), unpriced],
    ['gen_ai.cost.input_cost', memberAt(payload, ['cost_breakdown', 'input_cost']), unpriced],
    ['gen_ai.cost.output_cost', memberAt(payload, ['cost_breakdown', 'output_cost']), unpriced],
  ];
  for (const [key, value, zeroIsUnknown] of amounts) {
    if (typeof value === 'number' && (value !== 0 || !zeroIsUnknown)) attributes[key] = value;
  }
}

function cachedTokens(usage: unknown): unknown {
  return memberAt(usage, ['prompt_tokens_details', 'cached_tokens']) ?? memberAt(usage, ['cache_read_input_tokens']);
}

function says(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
