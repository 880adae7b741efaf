import { accept, reject, type Result } from '@signalbox/contracts';
import { isObject, member, memberAt } from '../json.js';
import type { Attributes, NormalSpan, SpanEvent, SpanScope } from '../normal-span.js';
import { readKeyValues } from './attribute-values.js';
import { isOtlpLogs, readResourceLogs } from './otlp-logs.js';
import {
  readObject,
  readOtlpId,
  readOtlpParent,
  readSpanKind,
  readStatusCode,
  scopeOf,
  serviceNameOf,
} from './otlp-fields.js';
import { at, readEach, readErrorBody, readList, readText, readTime, type ParsedSpans } from './span-reading.js';

/** True for OTLP/JSON `{resourceSpans: [...]}`, also with `resourceLogs` beside them. */
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
 * Spans, and log records if there are some, of OTLP/JSON. What is malformed is refused and its siblings are kept.
 * Times left out are 0, as protobuf's JSON omits zeros; `extractCalls` refuses an LLM span without them.
 */
export function parseOtlp(json: unknown): Result<ParsedSpans> {
  if (!isOtlp(json) && !isOtlpLogs(json)) {
    return reject('FORMAT_UNKNOWN', '', 'expected {resourceSpans: [...]} or {resourceLogs: [...]}');
  }
  const parsed = readTracesData(json, '');
  if (isOtlpLogs(json)) readResourceLogs(memberAt(json, ['resourceLogs']), 'resourceLogs', parsed);
  return accept(parsed);
}

/** Spans of Jaeger's `/api/v3/traces`; "No traces found" (404) is no spans, another error is `SOURCE_REFUSED`. */
export function parseJaegerV3(json: unknown): Result<ParsedSpans> {
  if (!isJaegerV3(json)) return reject('FORMAT_UNKNOWN', '', 'expected {result: {resourceSpans: [...]}}');
  const result = memberAt(json, ['result']);
  if (result !== undefined) return accept(readTracesData(result, 'result.'));
  const error = memberAt(json, ['error']);
  return readErrorBody(memberAt(error, ['httpCode']), memberAt(error, ['message']), 'error');
}

/** `{resourceSpans}` at `root`. */
export function readTracesData(data: unknown, root: string): ParsedSpans {
  const parsed: ParsedSpans = { spans: [], rejected: [] };
  readResourceSpans(memberAt(data, ['resourceSpans']), `${root}resourceSpans`, parsed);
  return parsed;
}

export function readResourceSpans(groups: unknown, path: string, parsed: ParsedSpans): void {
  readEach(readList(groups, path), path, parsed, (item, groupPath) => {
    const group = readObject(item, '', '{resource, scopeSpans}');
    const resource = at('.resource.attributes', () => readKeyValues(memberAt(group, ['resource', 'attributes'])));
    const key = Object.hasOwn(group, 'scopeSpans') ? 'scopeSpans' : 'instrumentationLibrarySpans';
    readEach(readList(member(group, key), `.${key}`), `${groupPath}.${key}`, parsed, (scopeItem, scopePath) => {
      const scoped = readObject(scopeItem, '', '{scope, spans}');
      const scope = member(scoped, 'scope') ?? member(scoped, 'instrumentationLibrary');
      const made = scopeOf(
        readText(memberAt(scope, ['name']), '.scope.name'),
        at('.scope.attributes', () => readKeyValues(memberAt(scope, ['attributes']))),
      );
      readEach(readList(member(scoped, 'spans'), '.spans'), `${scopePath}.spans`, parsed, (span) => {
        parsed.spans.push(readOtlpSpan(span, resource, made));
      });
    });
  });
}

function readOtlpSpan(item: unknown, resource: Attributes, scope: SpanScope): NormalSpan {
  const span = readObject(item, '', 'a span object');
  const status = span['status'];
  const message = isObject(status) ? readText(status['message'], '.status.message') : '';
  return {
    traceId: readOtlpId(span['traceId'], 32, '.traceId'),
    spanId: readOtlpId(span['spanId'], 16, '.spanId'),
    parentSpanId: readOtlpParent(span['parentSpanId'], '.parentSpanId'),
    name: readText(span['name'], '.name'),
    kind: readSpanKind(span['kind'], '.kind'),
    serviceName: serviceNameOf(resource),
    ...scope,
    startUnixNano: readTime(span['startTimeUnixNano'] ?? 0, 1n, '.startTimeUnixNano'),
    endUnixNano: readTime(span['endTimeUnixNano'] ?? 0, 1n, '.endTimeUnixNano'),
    attributes: at('.attributes', () => readKeyValues(span['attributes'])),
    resourceAttributes: resource,
    events: readEvents(span['events']),
    status: {
      code: isObject(status) ? readStatusCode(status['code'], '.status.code') : 'UNSET',
      message: message === '' ? null : message,
    },
  };
}

function readEvents(value: unknown): SpanEvent[] {
  return readList(value, '.events').map((item, index) =>
    at(`.events[${index}]`, () => {
      const event = readObject(item, '', 'an event object');
      return {
        name: readText(event['name'], '.name'),
        timeUnixNano: readTime(event['timeUnixNano'] ?? 0, 1n, '.timeUnixNano'),
        attributes: at('.attributes', () => readKeyValues(event['attributes'])),
      };
    }),
  );
}
