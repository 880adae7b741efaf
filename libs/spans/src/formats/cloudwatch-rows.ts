import { isObject, member, memberAt } from '../json.js';
import type { Attributes, NormalSpan, SpanEvent } from '../normal-span.js';
import { readKeyValues, readPlainAttributes, readPlainValue } from './attribute-values.js';
import { eventNameOf, type LogRecord } from './log-records.js';
import {
  readObject,
  readOptionalId,
  readOtlpId,
  readOtlpParent,
  readSpanKind,
  readStatusCode,
  serviceNameOf,
} from './otlp-fields.js';
import { isOtlp, readTracesData } from './otlp.js';
import { addParsed, at, readList, readText, readTime, rejected, type ParsedSpans } from './span-reading.js';

const RECORD_KEYS = ['body', 'timeUnixNano', 'observedTimeUnixNano', 'severityNumber'];
const SPAN_KEYS = ['traceId', 'spanId', 'startTimeUnixNano'];

/** True for a span as the log group `aws/spans` has it, one object with plain attributes, and for OTLP/JSON. */
export function isOtelDocument(json: unknown): boolean {
  return isOtlp(json) || (isObject(json) && SPAN_KEYS.every((key) => Object.hasOwn(json, key)));
}

/** What a line of a log group is: a span, a record of a content log, or neither. */
export function kindOfRow(json: unknown): 'span' | 'record' | null {
  if (!isObject(json)) return null;
  if (RECORD_KEYS.some((key) => Object.hasOwn(json, key))) return 'record';
  return SPAN_KEYS.some((key) => Object.hasOwn(json, key)) ? 'span' : null;
}

/** Reads a span, a record or OTLP/JSON; what is malformed is refused. */
export function readOtelDocument(json: unknown, path: string, into: ParsedSpans): void {
  if (isOtlp(json)) {
    addParsed(into, readTracesData(json, `${path}.`));
    return;
  }
  const isRecord = kindOfRow(json) === 'record';
  try {
    if (isRecord) (into.logs ??= []).push(readRecordRow(json));
    else into.spans.push(readSpanRow(json));
  } catch (error) {
    into.rejected.push(rejected(error, path, isRecord ? 'malformed_record' : 'malformed_span'));
  }
}

function readSpanRow(json: unknown): NormalSpan {
  const row = readObject(json, '', 'a span object');
  const resource = readResource(row);
  const message = readText(memberAt(row, ['status', 'message']), '.status.message');
  return {
    traceId: readOtlpId(row['traceId'], 32, '.traceId'),
    spanId: readOtlpId(row['spanId'], 16, '.spanId'),
    parentSpanId: readOtlpParent(row['parentSpanId'], '.parentSpanId'),
    name: readText(row['name'], '.name'),
    kind: readSpanKind(row['kind'], '.kind'),
    serviceName: serviceNameOf(resource),
    scopeName: readScopeName(row),
    startUnixNano: readTime(row['startTimeUnixNano'] ?? 0, 1n, '.startTimeUnixNano'),
    endUnixNano: readTime(row['endTimeUnixNano'] ?? 0, 1n, '.endTimeUnixNano'),
    attributes: readAnyAttributes(row, '.attributes'),
    resourceAttributes: resource,
    events: readList(member(row, 'events'), '.events').map((event, index) => readEvent(event, `.events[${index}]`)),
    status: {
      code: readStatusCode(memberAt(row, ['status', 'code']), '.status.code'),
      message: message === '' ? null : message,
    },
  };
}

function readEvent(json: unknown, path: string): SpanEvent {
  return at(path, () => {
    const event = readObject(json, '', 'an event object');
    return {
      name: readText(event['name'], '.name'),
      timeUnixNano: readTime(event['timeUnixNano'] ?? 0, 1n, '.timeUnixNano'),
      attributes: readAnyAttributes(event, '.attributes'),
    };
  });
}

function readRecordRow(json: unknown): LogRecord {
  const row = readObject(json, '', 'a log record');
  const attributes = readAnyAttributes(row, '.attributes');
  const time = readTime(row['timeUnixNano'] ?? 0, 1n, '.timeUnixNano');
  return {
    traceId: readOptionalId(row['traceId'], 32, '.traceId'),
    spanId: readOptionalId(row['spanId'], 16, '.spanId'),
    name: eventNameOf(readText(row['eventName'], '.eventName'), attributes),
    timeUnixNano: time === 0n ? readTime(row['observedTimeUnixNano'] ?? 0, 1n, '.observedTimeUnixNano') : time,
    attributes,
    body: readPlainValue(row['body'], '.body'),
    resourceAttributes: readResource(row),
    scopeName: readScopeName(row),
  };
}

function readResource(row: Record<string, unknown>): Attributes {
  const resource = member(row, 'resource');
  return isObject(resource) ? readAnyAttributes(resource, '.resource.attributes') : {};
}

function readScopeName(row: Record<string, unknown>): string | null {
  const name = readText(memberAt(row, ['scope', 'name']), '.scope.name');
  return name === '' ? null : name;
}

/** A plain object in the rows that AWS writes, OTLP's list of pairs where a program wrote them. */
function readAnyAttributes(of: Record<string, unknown>, path: string): Attributes {
  const value = member(of, 'attributes');
  return at(path, () => (Array.isArray(value) ? readKeyValues(value) : readPlainAttributes(value)));
}
