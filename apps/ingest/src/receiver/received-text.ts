import { accept, reject, type Result } from '@signalbox/contracts';
import {
  SPAN_KINDS,
  SPAN_STATUS_CODES,
  type Attributes,
  type AttributeValue,
  type LogRecord,
  type NormalSpan,
  type SpanEvent,
} from '@signalbox/spans';

/** Spans and records as one line of JSON each; a time is a string there, since it exceeds what a JSON number holds. */
export function textOfSpans(spans: readonly NormalSpan[]): string {
  return JSON.stringify(
    spans.map((span) => ({
      ...span,
      startUnixNano: span.startUnixNano.toString(),
      endUnixNano: span.endUnixNano.toString(),
      events: span.events.map((event) => ({ ...event, timeUnixNano: event.timeUnixNano.toString() })),
    })),
  );
}

/** @param text as {@link textOfSpans} wrote it */
export const spansOfText = (text: string): Result<NormalSpan[]> => listOf(text, spanOf);

export function textOfRecords(records: readonly LogRecord[]): string {
  return JSON.stringify(records.map((record) => ({ ...record, timeUnixNano: record.timeUnixNano.toString() })));
}

/** @param text as {@link textOfRecords} wrote it */
export const recordsOfText = (text: string): Result<LogRecord[]> => listOf(text, recordOf);

/** The hint repeats nothing of the text. */
function listOf<T>(text: string, read: (json: Json) => T): Result<T[]> {
  try {
    const json: unknown = JSON.parse(text);
    if (Array.isArray(json)) return accept(json.map((each) => read(object(each))));
  } catch (error) {
    if (!(error instanceof OtherForm) && !(error instanceof SyntaxError)) throw error;
  }
  return reject('FORMAT_BROKEN', '', 'What was kept of the trace has another form than this release reads.');
}

class OtherForm extends Error {}
type Json = Record<string, unknown>;

/** By hand: a schema of zod took a third longer for small spans, with everything that is done to them. */
function spanOf(json: Json): NormalSpan {
  const status = object(json['status']);
  const scopeAttributes = json['scopeAttributes'];
  return {
    traceId: string(json['traceId']),
    spanId: string(json['spanId']),
    parentSpanId: name(json['parentSpanId']),
    name: string(json['name']),
    kind: oneOf(SPAN_KINDS, json['kind']),
    serviceName: name(json['serviceName']),
    scopeName: name(json['scopeName']),
    ...(scopeAttributes === undefined ? {} : { scopeAttributes: attributes(scopeAttributes) }),
    startUnixNano: time(json['startUnixNano']),
    endUnixNano: time(json['endUnixNano']),
    attributes: attributes(json['attributes']),
    resourceAttributes: attributes(json['resourceAttributes']),
    events: list(json['events']).map((event) => eventOf(object(event))),
    status: { code: oneOf(SPAN_STATUS_CODES, status['code']), message: name(status['message']) },
  };
}

function eventOf(json: Json): SpanEvent {
  const body = json['body'];
  return {
    name: string(json['name']),
    timeUnixNano: time(json['timeUnixNano']),
    attributes: attributes(json['attributes']),
    ...(body === undefined ? {} : { body: value(body) }),
  };
}

function recordOf(json: Json): LogRecord {
  return {
    traceId: name(json['traceId']),
    spanId: name(json['spanId']),
    name: string(json['name']),
    timeUnixNano: time(json['timeUnixNano']),
    attributes: attributes(json['attributes']),
    body: value(json['body']),
    resourceAttributes: attributes(json['resourceAttributes']),
    scopeName: name(json['scopeName']),
  };
}

function checked<T>(isOne: (given: unknown) => given is T): (given: unknown) => T {
  return (given) => {
    if (isOne(given)) return given;
    throw new OtherForm();
  };
}

const isObject = (given: unknown): given is Json =>
  typeof given === 'object' && given !== null && !Array.isArray(given);
const isString = (given: unknown): given is string => typeof given === 'string';
/** JSON holds nothing but what values of attributes may be, however deep. */
const isValue = (given: unknown): given is AttributeValue => given !== undefined;
const isAttributes = (given: unknown): given is Attributes => isObject(given);

const object = checked(isObject);
const string = checked(isString);
const name = checked((given): given is string | null => given === null || isString(given));
const list = checked((given): given is unknown[] => Array.isArray(given));
const value = checked(isValue);
const attributes = checked(isAttributes);

function time(given: unknown): bigint {
  const text = string(given);
  if (/^-?\d{1,20}$/.test(text)) return BigInt(text);
  throw new OtherForm();
}

function oneOf<T extends string>(names: readonly T[], given: unknown): T {
  const found = names.find((each) => each === given);
  if (found !== undefined) return found;
  throw new OtherForm();
}
