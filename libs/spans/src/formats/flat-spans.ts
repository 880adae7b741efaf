import { accept, reject, type Result } from '@signalbox/contracts';
import { isObject, member, memberAt } from '../json.js';
import type { NormalSpan, SpanEvent } from '../normal-span.js';
import { readPlainAttributes, readPlainValue } from './attribute-values.js';
import { idFor } from './foreign-ids.js';
import { readMoment } from './moments.js';
import { readObject, readSpanKind, readStatusCode, serviceNameOf } from './otlp-fields.js';
import { at, readEach, readList, readText, type ParsedSpans } from './span-reading.js';

const MARKS = ['trace_id', 'span_id', 'start_time', 'attributes'];

/** True for spans as flat dictionaries of Python, `[{trace_id, span_id, start_time, attributes}]`, or in `{spans}`. */
export function isFlatSpans(json: unknown): boolean {
  const spans = isObject(json) ? member(json, 'spans') : json;
  return Array.isArray(spans) && spans.some((span) => isObject(span) && MARKS.every((key) => Object.hasOwn(span, key)));
}

/** Spans as Strands' evaluations keep them. An id that is no hex is replaced by the beginning of its hash. */
export function parseFlatSpans(json: unknown): Result<ParsedSpans> {
  if (!isFlatSpans(json)) return reject('FORMAT_UNKNOWN', '', `expected [{${MARKS.join(', ')}}]`);
  const spans = isObject(json) ? member(json, 'spans') : json;
  const parsed: ParsedSpans = { spans: [], rejected: [] };
  readEach(Array.isArray(spans) ? spans : [], isObject(json) ? 'spans' : '', parsed, (item) => {
    parsed.spans.push(readSpan(item));
  });
  return accept(parsed);
}

function readSpan(item: unknown): NormalSpan {
  const span = readObject(item, '', 'a span object');
  const parent = span['parent_span_id'];
  const end = span['end_time'];
  const scope = readText(memberAt(span, ['scope', 'name']), '.scope.name');
  const message = readText(memberAt(span, ['status', 'message']), '.status.message');
  const resource = at('.resource.attributes', () => readPlainAttributes(memberAt(span, ['resource', 'attributes'])));
  return {
    traceId: idFor(span['trace_id'], 32, '.trace_id'),
    spanId: idFor(span['span_id'], 16, '.span_id'),
    parentSpanId:
      parent === undefined || parent === null || parent === '' ? null : idFor(parent, 16, '.parent_span_id'),
    name: readText(span['name'], '.name'),
    kind: readSpanKind(span['kind'], '.kind'),
    serviceName: serviceNameOf(resource),
    scopeName: scope === '' ? null : scope,
    startUnixNano: readMoment(span['start_time'], '.start_time'),
    endUnixNano: end === undefined || end === null ? 0n : readMoment(end, '.end_time'),
    attributes: at('.attributes', () => readPlainAttributes(span['attributes'])),
    resourceAttributes: resource,
    events: readList(span['span_events'], '.span_events').map((event, index) =>
      readEvent(event, `.span_events[${index}]`),
    ),
    status: {
      code: readStatusCode(memberAt(span, ['status', 'code']), '.status.code'),
      message: message === '' ? null : message,
    },
  };
}

function readEvent(item: unknown, path: string): SpanEvent {
  return at(path, () => {
    const event = readObject(item, '', 'an event object');
    const body = event['body'];
    return {
      name: readText(event['event_name'] ?? event['name'], '.event_name'),
      timeUnixNano: readMoment(event['timestamp'] ?? 0, '.timestamp'),
      attributes: at('.attributes', () => readPlainAttributes(event['attributes'])),
      ...(body === undefined || body === null ? {} : { body: readPlainValue(body, '.body') }),
    };
  });
}
