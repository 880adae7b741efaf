import type { Attributes, AttributeValue } from '../normal-span.js';
import { MAX_NESTING, setAttribute, TOO_DEEP } from './attribute-values.js';
import { MalformedSpan } from './span-reading.js';
import { fixed64Field, lengthField, varintField, type WireReader } from './wire-reader.js';

const KEY = lengthField(1);
const VALUE = lengthField(2);
const VALUES = lengthField(1);

const STRING = lengthField(1);
const BOOL = varintField(2);
const INT = varintField(3);
const DOUBLE = fixed64Field(4);
const ARRAY = lengthField(5);
const KEY_VALUES = lengthField(6);
const BYTES = lengthField(7);

/** Reads a `KeyValue` into the attributes. */
export function readKeyValue(reader: WireReader, attributes: Attributes, nesting = 0): void {
  const outer = reader.end;
  reader.end = reader.length();
  let key = '';
  let value: AttributeValue = null;
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === KEY) key = reader.key();
    else if (field === VALUE) value = readAnyValue(reader, nesting);
    else reader.skip(field);
  }
  reader.end = outer;
  setAttribute(attributes, key, value);
}

/** Reads an `AnyValue` to what OTLP/JSON would give: bytes as base64, an int64 that a double cannot hold as its digits. */
export function readAnyValue(reader: WireReader, nesting = 0): AttributeValue {
  if (nesting > MAX_NESTING) throw new MalformedSpan('', TOO_DEEP);
  const outer = reader.end;
  reader.end = reader.length();
  let value: AttributeValue = null;
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === STRING) value = reader.text();
    else if (field === INT) value = reader.int64();
    else if (field === BOOL) value = reader.varint() !== 0;
    else if (field === DOUBLE) value = readDouble(reader);
    else if (field === ARRAY) value = readArray(reader, nesting + 1);
    else if (field === KEY_VALUES) value = readKeyValueList(reader, nesting + 1);
    else if (field === BYTES) value = reader.base64();
    else reader.skip(field);
  }
  reader.end = outer;
  return value;
}

function readDouble(reader: WireReader): AttributeValue {
  const value = reader.double();
  return Number.isFinite(value) ? value : String(value);
}

function readArray(reader: WireReader, nesting: number): AttributeValue[] {
  const outer = reader.end;
  reader.end = reader.length();
  const items: AttributeValue[] = [];
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === VALUES) items.push(readAnyValue(reader, nesting));
    else reader.skip(field);
  }
  reader.end = outer;
  return items;
}

function readKeyValueList(reader: WireReader, nesting: number): Attributes {
  const outer = reader.end;
  reader.end = reader.length();
  const attributes: Attributes = {};
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === VALUES) readKeyValue(reader, attributes, nesting);
    else reader.skip(field);
  }
  reader.end = outer;
  return attributes;
}
