import { accept, reject, type Result } from '@signalbox/contracts';
import { isObject, member, memberAt } from '../json.js';
import {
  SPAN_KINDS,
  SPAN_STATUS_CODES,
  type Attributes,
  type AttributeValue,
  type NormalSpan,
  type SpanEvent,
} from '../normal-span.js';
import {
  MalformedSpan,
  readEach,
  readErrorBody,
  readId,
  readInt64,
  readList,
  readText,
  readTime,
  type ParsedSpans,
} from './span-reading.js';

/** OpenTelemetry sets no limit on nesting; nothing sensible is deeper, and a hostile file would exhaust the stack. */
const MAX_VALUE_NESTING = 32;

/** True for OTLP/JSON `{resourceSpans: [...]}`. */
export function isOtlp(json: unknown): boolean {
  return isObject(json) && Array.isArray(member(json, 'resourceSpans'));
}

/** True for `{result: {resourceSpans}}` and for the error body `{error: {httpCode, message}}` of Jaeger's v3 API. */
export function isJaegerV3(json: unknown): boolean {
  if (!isObject(json)) return false;
  const result = member(json, 'result');
  if (isObject(result)) return Object.keys(result).length === 0 || isOtlp(result);
  return typeof memberAt(json, ['error', 'httpCode']) === 'number';
}

/**
 * Spans of OTLP/JSON. A malformed span is refused and its siblings are kept.
 * Times left out are 0, as protobuf's JSON omits zeros; `extractCalls` refuses an LLM span without them.
 */
export function parseOtlp(json: unknown): Result<ParsedSpans> {
  if (!isOtlp(json)) return reject('FORMAT_UNKNOWN', '', 'expected {resourceSpans: [...]}');
  return accept(readTracesData(json, ''));
}

/** Spans of Jaeger's `/api/v3/traces`; "No traces found" (404) is no spans, another error is `SOURCE_REFUSED`. */
export function parseJaegerV3(json: unknown): Result<ParsedSpans> {
  if (!isJaegerV3(json)) return reject('FORMAT_UNKNOWN', '', 'expected {result: {resourceSpans: [...]}}');
  const result = memberAt(json, ['result']);
  if (result !== undefined) return accept(readTracesData(result, 'result.'));
  const error = memberAt(json, ['error']);
  return readErrorBody(memberAt(error, ['httpCode']), memberAt(error, ['message']), 'error');
}

function readTracesData(data: unknown, root: string): ParsedSpans {
  const parsed: ParsedSpans = { spans: [], rejected: [] };
  const resources = readList(memberAt(data, ['resourceSpans']), 'resourceSpans');
  readEach(resources, `${root}resourceSpans`, parsed, (group, groupPath) => {
    if (!isObject(group)) throw new MalformedSpan('', 'expected {resource, scopeSpans}');
    const resource = readAttributes(memberAt(group, ['resource', 'attributes']), '.resource.attributes');
    const key = Object.hasOwn(group, 'scopeSpans') ? 'scopeSpans' : 'instrumentationLibrarySpans';
    readEach(readList(member(group, key), `.${key}`), `${groupPath}.${key}`, parsed, (scoped, scopePath) => {
      if (!isObject(scoped)) throw new MalformedSpan('', 'expected {scope, spans}');
      const scope = readText(memberAt(scoped, ['scope', 'name']), '.scope.name');
      readEach(readList(member(scoped, 'spans'), '.spans'), `${scopePath}.spans`, parsed, (span) => {
        if (!isObject(span)) throw new MalformedSpan('', 'expected a span object');
        parsed.spans.push(readSpan(span, resource, scope === '' ? null : scope));
      });
    });
  });
  return parsed;
}

function readSpan(span: Record<string, unknown>, resource: Attributes, scopeName: string | null): NormalSpan {
  const parent = member(span, 'parentSpanId');
  const hasParent = typeof parent === 'string' && !/^0*$/.test(parent);
  const service = Object.hasOwn(resource, 'service.name') ? resource['service.name'] : null;
  const message = readText(memberAt(span, ['status', 'message']), '.status.message');
  return {
    traceId: readId(member(span, 'traceId'), 32, '.traceId'),
    spanId: readId(member(span, 'spanId'), 16, '.spanId'),
    parentSpanId: hasParent ? readId(parent, 16, '.parentSpanId') : null,
    name: readText(member(span, 'name'), '.name'),
    kind: readEnum(member(span, 'kind'), SPAN_KINDS, 'SPAN_KIND_', '.kind'),
    serviceName: typeof service === 'string' && service !== '' ? service : null,
    scopeName,
    startUnixNano: readTime(member(span, 'startTimeUnixNano') ?? 0, 1n, '.startTimeUnixNano'),
    endUnixNano: readTime(member(span, 'endTimeUnixNano') ?? 0, 1n, '.endTimeUnixNano'),
    attributes: readAttributes(member(span, 'attributes'), '.attributes'),
    resourceAttributes: resource,
    events: readList(member(span, 'events'), '.events').map((event, index) => readEvent(event, `.events[${index}]`)),
    status: {
      code: readEnum(memberAt(span, ['status', 'code']), SPAN_STATUS_CODES, 'STATUS_CODE_', '.status.code'),
      message: message === '' ? null : message,
    },
  };
}

/** Protobuf enums come as their number or as their name. */
function readEnum<T extends string>(value: unknown, names: readonly T[], prefix: string, path: string): T {
  const [unset] = names;
  const found =
    value === undefined || value === null
      ? unset
      : typeof value === 'number'
        ? names[value]
        : names.find((name) => value === name || value === `${prefix}${name}`);
  if (found === undefined) throw new MalformedSpan(path, `expected one of ${names.join(', ')}`);
  return found;
}

function readEvent(event: unknown, path: string): SpanEvent {
  if (!isObject(event)) throw new MalformedSpan(path, 'expected an event object');
  return {
    name: readText(member(event, 'name'), `${path}.name`),
    timeUnixNano: readTime(member(event, 'timeUnixNano') ?? 0, 1n, `${path}.timeUnixNano`),
    attributes: readAttributes(member(event, 'attributes'), `${path}.attributes`),
  };
}

function readAttributes(value: unknown, path: string, nesting = 0): Attributes {
  return Object.fromEntries(
    readList(value, path).map((pair, index): [string, AttributeValue] => {
      const key = isObject(pair) ? member(pair, 'key') : undefined;
      if (!isObject(pair) || typeof key !== 'string') {
        throw new MalformedSpan(`${path}[${index}]`, 'expected an attribute {key, value}');
      }
      return [key, readValue(member(pair, 'value'), `${path}[${index}].value`, nesting)];
    }),
  );
}

function readValue(value: unknown, path: string, nesting: number): AttributeValue {
  if (nesting > MAX_VALUE_NESTING) throw new MalformedSpan('', 'an attribute is nested too deeply');
  if (value === undefined || value === null) return null;
  if (!isObject(value)) throw new MalformedSpan(path, 'expected {stringValue: ...} or another typed value');
  const [type, content] = Object.entries(value)[0] ?? ['none', null];
  switch (type) {
    case 'stringValue':
    case 'bytesValue':
      return readText(content, path);
    case 'boolValue':
      return content === true || content === 'true';
    case 'intValue':
      if (typeof content === 'number' && Number.isSafeInteger(content)) return content;
      if (typeof content === 'string' && /^-?\d{1,20}$/.test(content)) return readInt64(content);
      throw new MalformedSpan(path, 'expected a whole number');
    case 'doubleValue':
      if (typeof content === 'number') return content;
      // Protobuf's JSON spells these three as strings; no number reader accepts them later.
      if (content === 'NaN' || content === 'Infinity' || content === '-Infinity') return content;
      throw new MalformedSpan(path, 'expected a number');
    case 'arrayValue':
      return readList(memberAt(content, ['values']), path).map((item) => readValue(item, path, nesting + 1));
    case 'kvlistValue':
      return readAttributes(memberAt(content, ['values']), path, nesting + 1);
    default:
      return null;
  }
}
