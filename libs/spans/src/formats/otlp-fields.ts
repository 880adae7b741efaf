import { isObject } from '../json.js';
import {
  SPAN_KINDS,
  SPAN_STATUS_CODES,
  type Attributes,
  type SpanKind,
  type SpanScope,
  type SpanStatusCode,
} from '../normal-span.js';
import { MalformedSpan, readId } from './span-reading.js';

const SPAN_ID = /^[0-9a-f]{16}$/;
const TRACE_ID = /^[0-9a-f]{32}$/;
const NO_SPAN = '0'.repeat(16);
const NO_TRACE = '0'.repeat(32);

/**
 * An id of OTLP/JSON: hex, as the specification says, or base64, as protobuf's own JSON writes bytes (Tempo's does).
 * Base64 of 8 and of 16 bytes always ends in `=`, which hex never has.
 */
export function readOtlpId(value: unknown, digits: 16 | 32, path: string): string {
  // What nearly every id is: hex of its full length, in lower case.
  if (typeof value === 'string' && (digits === 16 ? isSpanId(value) : TRACE_ID.test(value) && value !== NO_TRACE)) {
    return value;
  }
  if (typeof value === 'string' && value.endsWith('=')) {
    const base64 = digits === 32 ? /^[A-Za-z0-9+/]{22}==$/ : /^[A-Za-z0-9+/]{11}=$/;
    if (!base64.test(value)) throw new MalformedSpan(path, `expected the base64 of ${digits / 2} bytes`);
    return readId(Buffer.from(value, 'base64').toString('hex'), digits, path);
  }
  return readId(value, digits, path);
}

function isSpanId(value: string): boolean {
  return SPAN_ID.test(value) && value !== NO_SPAN;
}

/** Null where there is none: empty, or nothing but zeros, in hex or in base64. */
export function readOtlpParent(value: unknown, path: string): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string' && isSpanId(value)) return value;
  if (typeof value === 'string' && /^(?:0+|A+=)$/.test(value)) return null;
  return readOtlpId(value, 16, path);
}

/** A record needs no span; zeros in place of an id say that it has none. */
export function readOptionalId(value: unknown, digits: 16 | 32, path: string): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string' && /^(?:0+|A+=+)$/.test(value)) return null;
  return readOtlpId(value, digits, path);
}

export function readSpanKind(value: unknown, path: string): SpanKind {
  return readEnum(value, SPAN_KINDS, 'SPAN_KIND_', path);
}

export function readStatusCode(value: unknown, path: string): SpanStatusCode {
  return readEnum(value, SPAN_STATUS_CODES, 'STATUS_CODE_', path);
}

/** Protobuf enums come as their number or as their name, with or without the prefix. */
function readEnum<T extends string>(value: unknown, names: readonly T[], prefix: string, path: string): T {
  const [unset] = names;
  const found =
    value === undefined || value === null
      ? unset
      : typeof value === 'number'
        ? names[value]
        : names.find((name) => value === name || value === `${prefix}${name}`);
  if (found === undefined) throw new MalformedSpan(path, `expected one of ${names.join(', ')}`);
  return found;
}

export function serviceNameOf(resource: Attributes): string | null {
  const name = resource['service.name'];
  return typeof name === 'string' && name !== '' ? name : null;
}

/** An object, with what was expected in its place when it is none. */
export function readObject(value: unknown, path: string, expected: string): Record<string, unknown> {
  if (!isObject(value)) throw new MalformedSpan(path, `expected ${expected}`);
  return value;
}

/** A scope as a span keeps it: without what is empty. */
export function scopeOf(name: string, attributes: Attributes): SpanScope {
  const scope: SpanScope = { scopeName: name === '' ? null : name };
  return Object.keys(attributes).length === 0 ? scope : { ...scope, scopeAttributes: attributes };
}
