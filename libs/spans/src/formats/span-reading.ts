import { reject, type Rejection, type Result } from '@signalbox/contracts';
import type { NormalSpan } from '../normal-span.js';

/** A span, or a part of a trace that should hold spans, which was refused while its siblings were kept. */
export interface RejectedSpan extends Rejection {
  reason: 'malformed_span';
}

export interface ParsedSpans {
  spans: NormalSpan[];
  rejected: RejectedSpan[];
}

/** uint64, the widest time that OTLP can carry. */
const MAX_UNIX_NANO = 18_446_744_073_709_551_615n;

/** Thrown inside a reader to leave one span; {@link readEach} turns it into a {@link RejectedSpan}. */
export class MalformedSpan extends Error {
  constructor(
    readonly path: string,
    readonly hint: string,
  ) {
    super(hint);
  }
}

/** Reads every item, keeping the valid ones and refusing the others with their path. */
export function readEach(
  items: readonly unknown[],
  path: string,
  into: ParsedSpans,
  read: (item: unknown, path: string) => void,
): void {
  items.forEach((item, index) => {
    const itemPath = `${path}[${index}]`;
    try {
      read(item, itemPath);
    } catch (error) {
      if (!(error instanceof MalformedSpan)) throw error;
      into.rejected.push({
        code: 'FORMAT_BROKEN',
        reason: 'malformed_span',
        path: `${itemPath}${error.path}`,
        hint: error.hint,
      });
    }
  });
}

/** Hex id, padded: Jaeger drops leading zeros and 64-bit trace ids are half as long. All zeros means no id. */
export function readId(value: unknown, digits: 16 | 32, path: string): string {
  if (typeof value !== 'string' || !/^[0-9a-f]+$/i.test(value) || value.length > digits || /^0+$/.test(value)) {
    throw new MalformedSpan(path, `expected an id of 1 to ${digits} hex digits that is not zero`);
  }
  return value.toLowerCase().padStart(digits, '0');
}

/** Whole number of nanoseconds or microseconds, as JSON number or decimal string; `scale` is nanoseconds a unit. */
export function readTime(value: unknown, scale: bigint, path: string): bigint {
  const whole =
    typeof value === 'number' && Number.isInteger(value)
      ? BigInt(value)
      : typeof value === 'string' && /^\d{1,20}$/.test(value)
        ? BigInt(value)
        : undefined;
  if (whole === undefined || whole < 0n || whole * scale > MAX_UNIX_NANO) {
    throw new MalformedSpan(path, 'expected a time as a whole number, not negative, within 64 bits');
  }
  return whole * scale;
}

export function readText(value: unknown, path: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new MalformedSpan(path, 'expected a string');
  return value;
}

/** Missing and null are an empty list, as protobuf's JSON leaves empty fields out. */
export function readList(value: unknown, path: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new MalformedSpan(path, 'expected an array');
  return value;
}

/** int64 keeps every digit: a number where a double can hold it, else the string. */
export function readInt64(value: string): number | string {
  const number = Number(value);
  return /^-?\d+$/.test(value) && Number.isSafeInteger(number) ? number : value;
}

/** The error body of a query API: "nothing found" is no spans, everything else is refused with the backend's words. */
export function readErrorBody(httpCode: unknown, message: unknown, path: string): Result<ParsedSpans> {
  if (httpCode === 404) return { ok: true, value: { spans: [], rejected: [] } };
  const words = typeof message === 'string' ? message.slice(0, 200) : 'without a message';
  return reject('SOURCE_REFUSED', path, `the backend answered with an error (${String(httpCode)}): ${words}`);
}
