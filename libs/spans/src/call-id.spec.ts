import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { callId } from './call-id.js';

const traceId = '3e289017fe03ffd7c4145316d2eb3d0d';

describe('callId', () => {
  it('is a uuid of version 8 whose first 48 bits are the start in milliseconds', () => {
    const id = callId(traceId, '6c728e555894414d', 1_771_237_534_597_586_123n);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(1_771_237_534_597);
  });

  it('takes its other bits from sha256 of traceId:spanId', () => {
    const hash = createHash('sha256').update(`${traceId}:6c728e555894414d`).digest('hex');
    const id = callId(traceId, '6c728e555894414d', 0n);
    expect(id.slice(15, 18)).toBe(hash.slice(0, 3));
    expect(id.slice(20, 23)).toBe(hash.slice(4, 7));
    expect(id.slice(24)).toBe(hash.slice(7, 19));
  });

  it('is the same for a start read in microseconds and in nanoseconds, and differs by span', () => {
    const precise = callId(traceId, 'aaaaaaaaaaaaaaaa', 1_771_237_534_597_586_999n);
    expect(callId(traceId, 'aaaaaaaaaaaaaaaa', 1_771_237_534_597_586_000n)).toBe(precise);
    expect(callId(traceId, 'bbbbbbbbbbbbbbbb', 1_771_237_534_597_586_000n)).not.toBe(precise);
  });
});
