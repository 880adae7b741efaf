import {
  SPAN_KINDS,
  SPAN_STATUS_CODES,
  type Attributes,
  type NormalSpan,
  type SpanEvent,
  type SpanScope,
  type SpanStatusCode,
} from '../normal-span.js';
import { eventNameOf, type LogRecord } from './log-records.js';
import { serviceNameOf } from './otlp-fields.js';
import { readAnyValue, readKeyValue } from './protobuf-values.js';
import { MalformedSpan } from './span-reading.js';
import { fixed64Field, lengthField, varintField, type WireReader } from './wire-reader.js';

const MAX_EVENTS = 10_000;

/** Numbers of fields in OTLP's messages. */
const SPAN = {
  traceId: lengthField(1),
  spanId: lengthField(2),
  parentSpanId: lengthField(4),
  name: lengthField(5),
  kind: varintField(6),
  start: fixed64Field(7),
  end: fixed64Field(8),
  attributes: lengthField(9),
  events: lengthField(11),
  status: lengthField(15),
} as const;
const EVENT = { time: fixed64Field(1), name: lengthField(2), attributes: lengthField(3) } as const;
const STATUS = { message: lengthField(2), code: varintField(3) } as const;
const RECORD = {
  time: fixed64Field(1),
  body: lengthField(5),
  attributes: lengthField(6),
  traceId: lengthField(9),
  spanId: lengthField(10),
  observedTime: fixed64Field(11),
  eventName: lengthField(12),
} as const;

/** Reads a `Span` that fills the reader's bounds. */
export function readSpanMessage(reader: WireReader, resource: Attributes, scope: SpanScope): NormalSpan {
  const attributes: Attributes = {};
  const events: SpanEvent[] = [];
  let [traceId, spanId, parentSpanId, name] = ['', '', '', ''];
  let kind = 0;
  let start = 0n;
  let end = 0n;
  let status: NormalSpan['status'] = { code: 'UNSET', message: null };
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === SPAN.attributes) readKeyValue(reader, attributes);
    else if (field === SPAN.traceId) traceId = reader.hex();
    else if (field === SPAN.spanId) spanId = reader.hex();
    else if (field === SPAN.parentSpanId) parentSpanId = reader.hex();
    else if (field === SPAN.name) name = reader.key();
    else if (field === SPAN.kind) kind = reader.varint();
    else if (field === SPAN.start) start = reader.fixed64();
    else if (field === SPAN.end) end = reader.fixed64();
    else if (field === SPAN.events) addEvent(events, readEvent(reader));
    else if (field === SPAN.status) status = readStatus(reader);
    else reader.skip(field);
  }
  return {
    traceId: checkId(traceId, 32, '.traceId'),
    spanId: checkId(spanId, 16, '.spanId'),
    parentSpanId: isNoId(parentSpanId) ? null : checkId(parentSpanId, 16, '.parentSpanId'),
    name,
    kind: known(SPAN_KINDS, kind, '.kind'),
    serviceName: serviceNameOf(resource),
    ...scope,
    startUnixNano: start,
    endUnixNano: end,
    attributes,
    resourceAttributes: resource,
    events,
    status,
  };
}

/** An event takes two bytes and becomes an object; programs have some dozens. */
function addEvent(events: SpanEvent[], event: SpanEvent): void {
  if (events.length === MAX_EVENTS) throw new MalformedSpan('.events', `a span has more than ${MAX_EVENTS} events`);
  events.push(event);
}

function readEvent(reader: WireReader): SpanEvent {
  const outer = reader.end;
  reader.end = reader.length();
  const event: SpanEvent = { name: '', timeUnixNano: 0n, attributes: {} };
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === EVENT.attributes) readKeyValue(reader, event.attributes);
    else if (field === EVENT.time) event.timeUnixNano = reader.fixed64();
    else if (field === EVENT.name) event.name = reader.key();
    else reader.skip(field);
  }
  reader.end = outer;
  return event;
}

function readStatus(reader: WireReader): { code: SpanStatusCode; message: string | null } {
  const outer = reader.end;
  reader.end = reader.length();
  let code = 0;
  let message = '';
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === STATUS.code) code = reader.varint();
    else if (field === STATUS.message) message = reader.text();
    else reader.skip(field);
  }
  reader.end = outer;
  return { code: known(SPAN_STATUS_CODES, code, '.status.code'), message: message === '' ? null : message };
}

/** Reads a `LogRecord` that fills the reader's bounds. */
export function readRecordMessage(reader: WireReader, resource: Attributes, scopeName: string | null): LogRecord {
  const attributes: Attributes = {};
  let [traceId, spanId, eventName] = ['', '', ''];
  let time = 0n;
  let observed = 0n;
  let body: LogRecord['body'] = null;
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === RECORD.attributes) readKeyValue(reader, attributes);
    else if (field === RECORD.body) body = readAnyValue(reader);
    else if (field === RECORD.traceId) traceId = reader.hex();
    else if (field === RECORD.spanId) spanId = reader.hex();
    else if (field === RECORD.time) time = reader.fixed64();
    else if (field === RECORD.observedTime) observed = reader.fixed64();
    else if (field === RECORD.eventName) eventName = reader.key();
    else reader.skip(field);
  }
  const isEmpty = traceId === '' && time === 0n && observed === 0n && body === null && eventName === '';
  if (isEmpty && Object.keys(attributes).length === 0) {
    throw new MalformedSpan('', 'the record is empty');
  }
  return {
    traceId: isNoId(traceId) ? null : checkId(traceId, 32, '.traceId'),
    spanId: isNoId(spanId) ? null : checkId(spanId, 16, '.spanId'),
    name: eventNameOf(eventName, attributes),
    timeUnixNano: time === 0n ? observed : time,
    attributes,
    body,
    resourceAttributes: resource,
    scopeName,
  };
}

function checkId(hex: string, digits: 16 | 32, path: string): string {
  if (hex.length === digits && !isNoId(hex)) return hex;
  throw new MalformedSpan(path, `expected ${digits / 2} bytes that are not all zero`);
}

function isNoId(hex: string): boolean {
  return /^0*$/.test(hex);
}

function known<T extends string>(names: readonly T[], value: number, path: string): T {
  const name = names[value];
  if (name === undefined) throw new MalformedSpan(path, `expected one of ${names.join(', ')}`);
  return name;
}
