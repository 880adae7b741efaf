import { accept, reject, type Result } from '@signalbox/contracts';
import { isObject, member } from '../json.js';
import { isOtelDocument, kindOfRow, readOtelDocument } from './cloudwatch-rows.js';
import { parseExactJson } from './exact-json.js';
import { ignore, MalformedSpan, readEach, type ParsedSpans } from './span-reading.js';

/** Where an envelope has the line of the log: Logs Insights, FilterLogEvents and GetLogEvents, the starter toolkit. */
const MESSAGE_KEYS = ['@message', 'message', 'raw_otel_json'] as const;

/**
 * True for lines of CloudWatch's log group `aws/spans` and of content logs, alone or in an array, and for the answers
 * of FilterLogEvents, GetLogEvents and GetQueryResults and the console's export that hold them.
 */
export function isCloudWatch(json: unknown): boolean {
  if (Array.isArray(json)) return json.some((item) => isRow(item) || isEntry(item));
  if (!isObject(json)) return false;
  return isRow(json) || isQueryResult(json) || isEventList(json) || isEntry(json);
}

/**
 * Spans and log records of CloudWatch. Other lines of a log are counted as ignored. The numbers must have been read
 * by `parseExactJson`: times in nanoseconds stand there as numbers.
 */
export function parseCloudWatch(json: unknown): Result<ParsedSpans> {
  if (!isCloudWatch(json)) return reject('FORMAT_UNKNOWN', '', 'expected lines of the log group aws/spans');
  const parsed: ParsedSpans = { spans: [], rejected: [] };
  if (Array.isArray(json)) readEach(json, '', parsed, (item, path) => readEntry(item, path, parsed));
  else if (isEventList(json)) {
    readEach(json.events, 'events', parsed, (event, path) => readEntry(event, path, parsed));
  } else if (isQueryResult(json)) {
    readEach(json.results, 'results', parsed, (row, path) => readMessage(messageOfRow(row), path, parsed));
    const status = member(json, 'status');
    if (typeof status === 'string' && status !== 'Complete') {
      const pending = status === 'Scheduled' || status === 'Running';
      parsed.gaps = [{ reason: pending ? 'pending' : 'partial', traceId: null, message: `the query is ${status}` }];
    }
  } else readEntry(json, '', parsed);
  return accept(parsed);
}

/** Whether the whole is a line by itself, not a line in an envelope. */
function isRow(json: unknown): boolean {
  if (isOtelDocument(json)) return true;
  // A record must look like one of OpenTelemetry: `body` alone is a word that many documents use.
  return (
    isObject(json) &&
    kindOfRow(json) === 'record' &&
    ['traceId', 'resource', 'scope'].some((key) => Object.hasOwn(json, key))
  );
}

/** An envelope with JSON in it; of any other program's log a line may have a message and a time too. */
function isEntry(json: unknown): boolean {
  if (!isObject(json)) return false;
  if (Object.hasOwn(json, '@message') || Object.hasOwn(json, 'raw_otel_json')) return true;
  const message = member(json, 'message');
  return Object.hasOwn(json, 'timestamp') && typeof message === 'string' && message.startsWith('{');
}

/** A line as the APIs of CloudWatch give it, whatever is in it. */
function isLogEvent(json: unknown): boolean {
  if (!isObject(json) || !Object.hasOwn(json, 'message')) return false;
  return ['ingestionTime', 'eventId', 'logStreamName'].some((key) => Object.hasOwn(json, key));
}

function isEventList(json: unknown): json is { events: unknown[] } {
  if (!isObject(json)) return false;
  const events = member(json, 'events');
  if (!Array.isArray(events)) return false;
  return events.length === 0
    ? Object.keys(json).some((key) => key.startsWith('next'))
    : events.some((event) => isEntry(event) || isLogEvent(event));
}

function isQueryResult(json: unknown): json is { results: unknown[] } {
  if (!isObject(json)) return false;
  const results = member(json, 'results');
  return (
    Array.isArray(results) && results.every((row) => Array.isArray(row)) && typeof member(json, 'status') === 'string'
  );
}

function messageOfRow(row: unknown): unknown {
  const fields: unknown[] = Array.isArray(row) ? row : [];
  const message = fields.filter(isObject).find((field) => member(field, 'field') === '@message');
  if (message === undefined) throw new MalformedSpan('', 'there is no @message: add it to the fields of the query');
  return member(message, 'value');
}

function readEntry(item: unknown, path: string, into: ParsedSpans): void {
  if (!isObject(item)) throw new MalformedSpan('', 'expected a line of a log');
  const key = isOtelDocument(item) ? undefined : MESSAGE_KEYS.find((name) => Object.hasOwn(item, name));
  if (key === undefined || kindOfRow(item) !== null) readLine(item, path, into);
  else readMessage(member(item, key), `${path === '' ? '' : `${path}.`}${key}`, into);
}

function readMessage(message: unknown, path: string, into: ParsedSpans): void {
  if (typeof message !== 'string') {
    readLine(message, path, into);
    return;
  }
  let json: unknown;
  try {
    json = parseExactJson(message);
  } catch {
    ignore(into, 'log_line');
    return;
  }
  readLine(json, path, into);
}

function readLine(json: unknown, path: string, into: ParsedSpans): void {
  if (isOtelDocument(json) || kindOfRow(json) !== null) readOtelDocument(json, path, into);
  else ignore(into, 'log_line');
}
