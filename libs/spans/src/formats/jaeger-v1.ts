import { accept, reject, type Result } from '@signalbox/contracts';
import { isObject, member, memberAt } from '../json.js';
import type { Attributes, AttributeValue, NormalSpan, SpanEvent, SpanKind } from '../normal-span.js';
import { SPAN_KINDS } from '../normal-span.js';
import {
  MalformedSpan,
  readEach,
  readErrorBody,
  readId,
  readInt64,
  readList,
  readText,
  readTime,
  within,
  type ParsedSpans,
} from './span-reading.js';

const NANOS_PER_MICRO = 1000n;

interface Process {
  serviceName: string | null;
  attributes: Attributes;
}

/** True for `{data: [...]}`, one trace `{traceID, spans}` or an array of such traces. */
export function isJaegerV1(json: unknown): boolean {
  if (Array.isArray(json)) return json.some(isTrace);
  if (!isObject(json)) return false;
  if (isTrace(json)) return true;
  if (!Object.hasOwn(json, 'data')) return false;
  const data = member(json, 'data');
  if (data === null) return Object.hasOwn(json, 'errors');
  return Array.isArray(data) && (data.length === 0 || data.some(isTrace));
}

function isTrace(value: unknown): boolean {
  return isObject(value) && Array.isArray(member(value, 'spans')) && Object.hasOwn(value, 'traceID');
}

/**
 * Spans of Jaeger's v1 JSON (`/api/traces`, the UI's export). Times are microseconds there, nanoseconds here.
 * A malformed span is refused and its siblings are kept; an error body other than "not found" is `SOURCE_REFUSED`.
 */
export function parseJaegerV1(json: unknown): Result<ParsedSpans> {
  if (!isJaegerV1(json)) return reject('FORMAT_UNKNOWN', '', 'expected {data: [{traceID, spans, processes}]}');
  const parsed: ParsedSpans = { spans: [], rejected: [] };
  const traces = Array.isArray(json) ? json : isTrace(json) ? [json] : memberAt(json, ['data']);
  if (!Array.isArray(traces)) {
    const error = memberAt(json, ['errors', '0']);
    return readErrorBody(memberAt(error, ['code']), memberAt(error, ['msg']), 'errors[0]');
  }
  if (isObject(json) && isTrace(json)) readTrace(json, '', parsed);
  else
    readEach(traces, Array.isArray(json) ? '' : 'data', parsed, (trace, path) => readTrace(trace, `${path}.`, parsed));
  return accept(parsed);
}

function readTrace(trace: unknown, path: string, parsed: ParsedSpans): void {
  if (!isObject(trace)) throw new MalformedSpan('', 'expected a trace object');
  const spans = readList(member(trace, 'spans'), '.spans');
  readEach(spans, `${path}spans`, parsed, (span) => {
    if (!isObject(span)) throw new MalformedSpan('', 'expected a span object');
    parsed.spans.push(readSpan(span, trace));
  });
}

function readSpan(span: Record<string, unknown>, trace: Record<string, unknown>): NormalSpan {
  const traceId = readId(member(span, 'traceID') ?? member(trace, 'traceID'), 32, '.traceID');
  const startUnixNano = readTime(member(span, 'startTime'), NANOS_PER_MICRO, '.startTime');
  const tags = readTags(member(span, 'tags'), '.tags');
  const process = readProcess(span, trace);
  const { attributes, kind, status, scopeName } = splitTags(tags);
  return {
    traceId,
    spanId: readId(member(span, 'spanID'), 16, '.spanID'),
    parentSpanId: readParent(span, traceId),
    name: readText(member(span, 'operationName'), '.operationName'),
    kind,
    serviceName: process.serviceName,
    scopeName,
    startUnixNano,
    endUnixNano: startUnixNano + readTime(member(span, 'duration'), NANOS_PER_MICRO, '.duration'),
    attributes,
    resourceAttributes: process.attributes,
    events: readList(member(span, 'logs'), '.logs').map((log, index) => readLog(log, `.logs[${index}]`)),
    status,
  };
}

function readParent(span: Record<string, unknown>, traceId: string): string | null {
  const references = readList(member(span, 'references'), '.references').filter(isObject);
  const inTrace = references.filter((reference) => {
    const id = member(reference, 'traceID');
    return typeof id === 'string' && id.toLowerCase().padStart(32, '0') === traceId;
  });
  const parent = inTrace.find((reference) => member(reference, 'refType') === 'CHILD_OF') ?? inTrace[0];
  const id = parent === undefined ? member(span, 'parentSpanID') : member(parent, 'spanID');
  if (id === undefined || id === null || id === '' || id === '0') return null;
  return readId(id, 16, '.references');
}

function readProcess(span: Record<string, unknown>, trace: Record<string, unknown>): Process {
  const id = member(span, 'processID');
  const shared = typeof id === 'string' ? memberAt(trace, ['processes', id]) : undefined;
  const process = shared ?? member(span, 'process');
  if (!isObject(process)) return { serviceName: null, attributes: {} };
  const name = readText(member(process, 'serviceName'), '.process.serviceName');
  return {
    serviceName: name === '' ? null : name,
    attributes: Object.fromEntries(readTags(member(process, 'tags'), '.process.tags')),
  };
}

function readTags(value: unknown, path: string): [string, AttributeValue][] {
  const tags = readList(value, path);
  const read: [string, AttributeValue][] = [];
  let index = 0;
  try {
    for (; index < tags.length; index += 1) {
      const tag = tags[index];
      const key = isObject(tag) ? tag['key'] : undefined;
      if (!isObject(tag) || typeof key !== 'string') throw new MalformedSpan('', 'expected a tag {key, type, value}');
      read.push([key, readTagValue(tag['type'], tag['value'])]);
    }
  } catch (error) {
    throw within(error, `${path}[${index}]`);
  }
  return read;
}

function readTagValue(type: unknown, value: unknown): AttributeValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') {
    if (type === 'int64') return readInt64(value);
    if (type === 'bool' && (value === 'true' || value === 'false')) return value === 'true';
    if (type === 'float64' && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value);
    return value;
  }
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  throw new MalformedSpan('.value', 'expected a string, number or boolean');
}

/** Jaeger keeps kind, status and scope of OpenTelemetry as tags; they go back where OpenTelemetry has them. */
function splitTags(tags: [string, AttributeValue][]): Pick<NormalSpan, 'attributes' | 'kind' | 'status' | 'scopeName'> {
  const all = new Map(tags);
  const error = all.get('error');
  const failed = error === true || error === 'true';
  const code = all.get('otel.status_code');
  const message = all.get('otel.status_description');
  const scope = all.get('otel.scope.name');
  const translated = new Set(['span.kind', 'otel.status_code', 'otel.status_description', 'otel.scope.name']);
  return {
    attributes: Object.fromEntries(
      tags.filter(([key, value]) => !translated.has(key) && !(key === 'error' && typeof value === 'boolean')),
    ),
    kind: readKind(all.get('span.kind')),
    status: {
      code: code === 'ERROR' || code === 'OK' ? code : failed ? 'ERROR' : 'UNSET',
      message: typeof message === 'string' && message !== '' ? message : null,
    },
    scopeName: typeof scope === 'string' && scope !== '' ? scope : null,
  };
}

function readKind(value: AttributeValue | undefined): SpanKind {
  const name = typeof value === 'string' ? value.toUpperCase() : '';
  return SPAN_KINDS.find((kind) => kind === name) ?? 'UNSPECIFIED';
}

function readLog(log: unknown, path: string): SpanEvent {
  if (!isObject(log)) throw new MalformedSpan(path, 'expected a log {timestamp, fields}');
  const fields = readTags(member(log, 'fields'), `${path}.fields`);
  const name = fields.find(([key]) => key === 'event')?.[1];
  return {
    name: typeof name === 'string' ? name : '',
    timeUnixNano: readTime(member(log, 'timestamp'), NANOS_PER_MICRO, `${path}.timestamp`),
    attributes: Object.fromEntries(fields.filter(([key]) => key !== 'event')),
  };
}
