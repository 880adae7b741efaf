import { MalformedSpan, readTime } from './span-reading.js';

const NANOS_PER_SECOND = 1_000_000_000n;
const NANOS_PER_MILLI = 1_000_000n;
const LAST_SECOND = 18_446_744_073n;
const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?\s*(Z|[+-]\d\d:?\d\d)?$/i;

/**
 * Seconds to nanoseconds, by the digits of the number: multiplied as a double, 1784995765.227135 s would end in 78 or
 * so nanoseconds that nobody measured.
 */
export function readSeconds(value: unknown, path: string): bigint {
  const isText = typeof value === 'string';
  const digits = isText || typeof value === 'number' ? /^(\d{1,11})(?:\.(\d+))?$/.exec(String(value)) : null;
  const [, whole, fraction = ''] = digits ?? [];
  if (whole !== undefined && BigInt(whole) <= LAST_SECOND)
    return BigInt(whole) * NANOS_PER_SECOND + fractionOf(fraction);
  // A duration of less than a microsecond is written with an exponent.
  if (typeof value === 'number' && value >= 0 && value < 1e-6) return BigInt(Math.round(value * 1e9));
  throw new MalformedSpan(path, 'expected a time in seconds that is not negative');
}

/** ISO 8601 to nanoseconds since the epoch, with every digit of the fraction; UTC where no zone is given. */
export function readIsoTime(value: unknown, path: string): bigint {
  const [, date, time, fraction = '', zone = 'Z'] = (typeof value === 'string' ? ISO.exec(value) : null) ?? [];
  const millis =
    date === undefined || time === undefined ? Number.NaN : Date.parse(`${date}T${time}${withColon(zone)}`);
  if (!Number.isFinite(millis) || millis < 0)
    throw new MalformedSpan(path, 'expected a time such as 2025-01-31T12:00:00.5Z');
  return BigInt(millis) * NANOS_PER_MILLI + fractionOf(fraction);
}

/** Nanoseconds, seconds or ISO 8601, told apart by how they look; a number before the year 5138 is seconds. */
export function readMoment(value: unknown, path: string): bigint {
  if (value instanceof Date) return readIsoTime(value.toISOString(), path);
  if (typeof value === 'string' && /[-:]/.test(value)) return readIsoTime(value, path);
  const isLong = typeof value === 'number' ? value >= 1e11 : typeof value === 'string' && /^\d{12,}$/.test(value);
  return isLong ? readTime(value, 1n, path) : readSeconds(value, path);
}

function fractionOf(digits: string): bigint {
  return BigInt(digits.slice(0, 9).padEnd(9, '0'));
}

function withColon(zone: string): string {
  return /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
}
