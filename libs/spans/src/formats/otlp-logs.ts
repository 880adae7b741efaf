import { isObject, member, memberAt } from '../json.js';
import type { Attributes } from '../normal-span.js';
import { readKeyValues, readTypedValue } from './attribute-values.js';
import { eventNameOf, type LogRecord } from './log-records.js';
import { readObject, readOptionalId } from './otlp-fields.js';
import { at, readEach, readList, readText, readTime, type ParsedSpans } from './span-reading.js';

/** True for OTLP/JSON `{resourceLogs: [...]}`. */
export function isOtlpLogs(json: unknown): boolean {
  return isObject(json) && Array.isArray(member(json, 'resourceLogs'));
}

export function readResourceLogs(groups: unknown, path: string, parsed: ParsedSpans): void {
  const logs = (parsed.logs ??= []);
  const reason = 'malformed_record';
  const readGroup = (item: unknown, groupPath: string): void => {
    const group = readObject(item, '', '{resource, scopeLogs}');
    const resource = at('.resource.attributes', () => readKeyValues(memberAt(group, ['resource', 'attributes'])));
    const key = Object.hasOwn(group, 'scopeLogs') ? 'scopeLogs' : 'instrumentationLibraryLogs';
    const readScope = (scopeItem: unknown, scopePath: string): void => {
      const scoped = readObject(scopeItem, '', '{scope, logRecords}');
      const scopeName = readText(memberAt(scoped, ['scope', 'name']), '.scope.name');
      const records = readList(member(scoped, 'logRecords') ?? member(scoped, 'logs'), '.logRecords');
      const read = (record: unknown): void => {
        logs.push(readLogRecord(record, resource, scopeName === '' ? null : scopeName));
      };
      readEach(records, `${scopePath}.logRecords`, parsed, read, reason);
    };
    readEach(readList(member(group, key), `.${key}`), `${groupPath}.${key}`, parsed, readScope, reason);
  };
  readEach(readList(groups, path), path, parsed, readGroup, reason);
}

function readLogRecord(item: unknown, resourceAttributes: Attributes, scopeName: string | null): LogRecord {
  const record = readObject(item, '', 'a log record');
  const attributes = at('.attributes', () => readKeyValues(record['attributes']));
  const time = readTime(record['timeUnixNano'] ?? 0, 1n, '.timeUnixNano');
  return {
    traceId: readOptionalId(record['traceId'], 32, '.traceId'),
    spanId: readOptionalId(record['spanId'], 16, '.spanId'),
    name: eventNameOf(readText(record['eventName'], '.eventName'), attributes),
    timeUnixNano: time === 0n ? readTime(record['observedTimeUnixNano'] ?? 0, 1n, '.observedTimeUnixNano') : time,
    attributes,
    body: at('.body', () => readTypedValue(record['body'])),
    resourceAttributes,
    scopeName,
  };
}
