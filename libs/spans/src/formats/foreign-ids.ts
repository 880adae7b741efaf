import { createHash } from 'node:crypto';
import { MalformedSpan } from './span-reading.js';

/**
 * An id of OpenTelemetry's length for one that may be anything: as it is when it fits, a uuid without its dashes for a
 * trace, else the beginning of its sha256. The same text gives the same id, so that what referred to it still does.
 */
export function idFor(value: unknown, digits: 16 | 32, path: string): string {
  if (typeof value !== 'string' || value === '') throw new MalformedSpan(path, 'expected an id');
  const hex = value
    .toLowerCase()
    .replace(/^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/, '$1$2$3$4$5');
  if (hex.length === digits && /^(?!0+$)[0-9a-f]+$/.test(hex)) return hex;
  return createHash('sha256').update(value).digest('hex').slice(0, digits);
}
