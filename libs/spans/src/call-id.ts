import { hash as hashOf } from 'node:crypto';

const NANOS_PER_MILLI = 1_000_000n;

/**
 * The id of the call that a span reports: shaped like a uuid (version nibble 8, RFC 9562 variant). The first 48 bits
 * are the start in milliseconds since the epoch, so that ids sort by time; the others are of
 * sha256(`traceId:spanId`), so that the same span has the same id wherever it is read from.
 */
export function callId(traceId: string, spanId: string, startUnixNano: bigint): string {
  const millis = Number(startUnixNano / NANOS_PER_MILLI)
    .toString(16)
    .padStart(12, '0')
    .slice(-12);
  const hash = hashOf('sha256', `${traceId}:${spanId}`);
  const variant = ((Number.parseInt(hash.charAt(3), 16) & 0x3) | 0x8).toString(16);
  const [a, b, c, d] = [hash.slice(0, 3), variant, hash.slice(4, 7), hash.slice(7, 19)];
  return `${millis.slice(0, 8)}-${millis.slice(8)}-8${a}-${b}${c}-${d}`;
}
