import { isObject } from '../json.js';
import type { Attributes, AttributeValue } from '../normal-span.js';
import { MalformedSpan, readInt64, readText, within } from './span-reading.js';

/** Neither OpenTelemetry nor JSON limits nesting; no sensible value is deeper, and a hostile one would exhaust the stack. */
export const MAX_NESTING = 64;
export const TOO_DEEP = 'a value is nested too deeply';

/** Sets an own member also where the key is `__proto__`, which an assignment would take for the prototype. */
export function setAttribute(attributes: Attributes, key: string, value: AttributeValue): void {
  if (key === '__proto__') {
    Object.defineProperty(attributes, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    attributes[key] = value;
  }
}

/** Attributes as OTLP/JSON has them, `[{key, value: {stringValue}}]`. Of a key that stands twice the last counts. */
export function readKeyValues(list: unknown, nesting = 0): Attributes {
  const attributes: Attributes = {};
  if (list === undefined || list === null) return attributes;
  if (!Array.isArray(list)) throw new MalformedSpan('', 'expected an array');
  const pairs: readonly unknown[] = list;
  let index = 0;
  try {
    for (; index < pairs.length; index += 1) {
      const pair = pairs[index];
      const key = isAnyObject(pair) ? pair['key'] : undefined;
      if (!isAnyObject(pair) || typeof key !== 'string') {
        throw new MalformedSpan('', 'expected an attribute {key, value}');
      }
      const value = pair['value'];
      // Nearly all values are strings.
      const text = isAnyObject(value) ? value['stringValue'] : undefined;
      setAttribute(attributes, key, typeof text === 'string' ? text : readTypedMember(value, nesting));
    }
  } catch (error) {
    throw within(error, `[${index}]`);
  }
  return attributes;
}

/** An array too: one more comparison for each attribute is time that a receiver does not have. */
function isAnyObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function readTypedMember(value: unknown, nesting: number): AttributeValue {
  try {
    return readTypedValue(value, nesting);
  } catch (error) {
    throw within(error, '.value');
  }
}

/** A value as OTLP/JSON types it. The empty value, and a type that later versions may add, is null. */
export function readTypedValue(value: unknown, nesting = 0): AttributeValue {
  if (nesting > MAX_NESTING) throw new MalformedSpan('', TOO_DEEP);
  if (value === undefined || value === null) return null;
  if (!isObject(value)) throw new MalformedSpan('', 'expected {stringValue: ...} or another typed value');
  let type = 'none';
  for (const key in value) {
    type = key;
    break;
  }
  const content = value[type];
  switch (type) {
    case 'stringValue':
    case 'bytesValue':
      return readText(content, '');
    case 'boolValue':
      if (typeof content === 'boolean') return content;
      if (content === 'true' || content === 'false') return content === 'true';
      throw new MalformedSpan('', 'expected true or false');
    case 'intValue':
      if (typeof content === 'number' && Number.isSafeInteger(content)) return content;
      if (typeof content === 'string' && /^-?\d{1,20}$/.test(content)) return readInt64(content);
      throw new MalformedSpan('', 'expected a whole number');
    case 'doubleValue':
      return readDouble(content);
    case 'arrayValue':
      return readTypedList(isObject(content) ? content['values'] : undefined, nesting + 1);
    case 'kvlistValue':
      return readKeyValues(isObject(content) ? content['values'] : undefined, nesting + 1);
    default:
      return null;
  }
}

function readDouble(content: unknown): AttributeValue {
  if (typeof content === 'number') return content;
  // Protobuf's JSON spells these three as strings; no number reader accepts them later.
  if (content === 'NaN' || content === 'Infinity' || content === '-Infinity') return content;
  // It allows any double as a string, and a whole one of many digits is read as one.
  if (typeof content === 'string' && /^-?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(content)) return Number(content);
  throw new MalformedSpan('', 'expected a number');
}

function readTypedList(list: unknown, nesting: number): AttributeValue[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw new MalformedSpan('', 'expected an array');
  const items: readonly unknown[] = list;
  return items.map((item, index) => {
    try {
      return readTypedValue(item, nesting);
    } catch (error) {
      throw within(error, `[${index}]`);
    }
  });
}

/** Attributes as plain JSON has them, `{key: value}`, with values of any type. */
export function readPlainAttributes(value: unknown): Attributes {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new MalformedSpan('', 'expected an object');
  const attributes: Attributes = {};
  for (const key of Object.keys(value)) setAttribute(attributes, key, readPlainValue(value[key], `.${key}`));
  return attributes;
}

export function readPlainValue(value: unknown, path = ''): AttributeValue {
  if (value === undefined) return null;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (isPlainValue(value, MAX_NESTING)) return value;
  throw new MalformedSpan(path, TOO_DEEP);
}

function isPlainValue(value: unknown, levels: number): value is AttributeValue {
  if (value === null) return true;
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return true;
    case 'object':
      if (levels === 0) return false;
      return Object.values(value).every((item) => isPlainValue(item, levels - 1));
    default:
      return false;
  }
}
