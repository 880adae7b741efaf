import { reject, type Rejection, type Result } from '@signalbox/contracts';
import type { NormalSpan } from '../normal-span.js';
import type { LogRecord } from './log-records.js';

/** A span or log record, or a part of a document that should hold some, which was refused while its siblings were kept. */
export interface RejectedSpan extends Rejection {
  reason: 'malformed_span' | 'malformed_record';
}

/** What a backend says that its answer lacks. */
export interface Gap {
  /** `pending`: the backend is still collecting, ask again. */
  reason: 'partial' | 'limit_exceeded' | 'unprocessed' | 'pending';
  /** 32 hex digits where the answer names a trace. */
  traceId: string | null;
  /** In the backend's own words. */
  message: string | null;
}

/** Entries that are neither a span nor a record of one, and so no loss: they are counted, not rejected. */
export type IgnoredKind =
  /** A segment that X-Ray makes up for the other end of a call, whose own subsegment is there. */
  | 'inferred_segment'
  /** A line of a log that is no record of OpenTelemetry. */
  | 'log_line';

export interface ParsedSpans {
  spans: NormalSpan[];
  rejected: RejectedSpan[];
  /** Of the formats that carry records; `joinLogRecords` puts them on the spans that they name. */
  logs?: LogRecord[];
  gaps?: Gap[];
  /** Spans and records that were not looked at, since {@link MAX_REJECTED} others of the document are malformed. */
  unread?: number;
  ignored?: Partial<Record<IgnoredKind, number>>;
}

/** A document with as many malformed spans is not worth more time, and a hostile one would take all the memory. */
export const MAX_REJECTED = 100_000;

/** uint64, the widest time that OTLP can carry. */
const MAX_UNIX_NANO = 18_446_744_073_709_551_615n;
const TIME_HINT = 'expected a time as a whole number, not negative, within 64 bits';

/** Thrown inside a reader to leave one span; {@link readEach} turns it into a {@link RejectedSpan}. */
export class MalformedSpan extends Error {
  constructor(
    readonly path: string,
    readonly hint: string,
  ) {
    super(hint);
  }
}

/** The error as its caller sees it: paths are put together only once something is wrong, since most spans are not. */
export function within(error: unknown, path: string): unknown {
  return error instanceof MalformedSpan ? new MalformedSpan(path + error.path, error.hint) : error;
}

/** Reads what lies at `path` below; what is thrown tells so. */
export function at<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw within(error, path);
  }
}

/** Reads every item, keeping the valid ones and refusing the others with their path. */
export function readEach(
  items: readonly unknown[],
  path: string,
  into: ParsedSpans,
  read: (item: unknown, path: string) => void,
  reason: RejectedSpan['reason'] = 'malformed_span',
): void {
  for (let index = 0; index < items.length; index += 1) {
    if (isTooMuch(into)) {
      skipRest(into, items.length - index);
      return;
    }
    const itemPath = `${path}[${index}]`;
    try {
      read(items[index], itemPath);
    } catch (error) {
      into.rejected.push(rejected(error, itemPath, reason));
    }
  }
}

export function isTooMuch({ rejected: refused }: ParsedSpans): boolean {
  return refused.length >= MAX_REJECTED;
}

export function skipRest(into: ParsedSpans, count: number): void {
  into.unread = (into.unread ?? 0) + count;
}

/** As {@link readEach}, of a document that is one item by itself. */
export function readSingle(item: unknown, into: ParsedSpans, read: (item: unknown, path: string) => void): void {
  try {
    read(item, '');
  } catch (error) {
    into.rejected.push(rejected(error, ''));
  }
}

/** @throws whatever is not a {@link MalformedSpan} */
export function rejected(
  error: unknown,
  path: string,
  reason: RejectedSpan['reason'] = 'malformed_span',
): RejectedSpan {
  if (!(error instanceof MalformedSpan)) throw error;
  return { code: 'FORMAT_BROKEN', reason, path: `${path}${error.path}`, hint: error.hint };
}

export function ignore(into: ParsedSpans, kind: IgnoredKind, count = 1): void {
  into.ignored = { ...into.ignored, [kind]: (into.ignored?.[kind] ?? 0) + count };
}

/** Puts what was read from a part of a document, which lies at `path`, to what was read before. */
export function addParsed(into: ParsedSpans, part: ParsedSpans, path = ''): void {
  for (const span of part.spans) into.spans.push(span);
  for (const refused of part.rejected) {
    if (isTooMuch(into)) skipRest(into, 1);
    else into.rejected.push({ ...refused, path: path + refused.path });
  }
  for (const record of part.logs ?? []) (into.logs ??= []).push(record);
  for (const gap of part.gaps ?? []) (into.gaps ??= []).push(gap);
  if (part.unread !== undefined) skipRest(into, part.unread);
  for (const kind of ['inferred_segment', 'log_line'] as const) {
    const count = part.ignored?.[kind];
    if (count !== undefined) ignore(into, kind, count);
  }
}

/** Hex id, padded: Jaeger drops leading zeros and 64-bit trace ids are half as long. All zeros means no id. */
export function readId(value: unknown, digits: 16 | 32, path: string): string {
  if (typeof value !== 'string' || value.length > digits || !/^[0-9a-f]+$/i.test(value) || /^0+$/.test(value)) {
    throw new MalformedSpan(path, `expected an id of 1 to ${digits} hex digits that is not zero`);
  }
  return value.toLowerCase().padStart(digits, '0');
}

/** Whole number of nanoseconds or microseconds, as JSON number or decimal string; `scale` is nanoseconds a unit. */
export function readTime(value: unknown, scale: bigint, path: string): bigint {
  // Nanoseconds of this century have 19 digits, which always fit.
  if (typeof value === 'string' && scale === 1n && /^\d{19}$/.test(value)) return BigInt(value);
  const isWhole = typeof value === 'string' ? /^\d{1,20}$/.test(value) : Number.isInteger(value);
  if (!isWhole || (typeof value !== 'string' && typeof value !== 'number')) throw new MalformedSpan(path, TIME_HINT);
  const whole = scale === 1n ? BigInt(value) : BigInt(value) * scale;
  if (whole < 0n || whole > MAX_UNIX_NANO) throw new MalformedSpan(path, TIME_HINT);
  return whole;
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
  const code = typeof httpCode === 'number' || typeof httpCode === 'string' ? httpCode : 'without a code';
  return reject('SOURCE_REFUSED', path, `the backend answered with an error (${code}): ${words}`);
}
