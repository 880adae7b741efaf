import type { ExtractedCall } from '@signalbox/contracts';
import { extractCalls } from '../calls/extract-calls.js';
import type { Attributes, NormalSpan } from '../normal-span.js';

export const START = 1_700_000_000_000_000_000n;

/** A span of two seconds that says nothing beside its attributes. */
export function spanOf(attributes: Attributes, change: Partial<NormalSpan> = {}): NormalSpan {
  return {
    traceId: '000000000000000000000000000000ab',
    spanId: '0000000000000001',
    parentSpanId: null,
    name: 'a span',
    kind: 'INTERNAL',
    serviceName: null,
    scopeName: null,
    startUnixNano: START,
    endUnixNano: START + 2_000_000_000n,
    attributes,
    resourceAttributes: {},
    events: [],
    status: { code: 'UNSET', message: null },
    ...change,
  };
}

/** The one call that a span reports. @throws Error when there are none or several */
export function onlyCallOf(span: NormalSpan): ExtractedCall {
  const { calls } = extractCalls([span]);
  if (calls[0] === undefined || calls.length > 1) throw new Error(`expected one call, got ${calls.length}`);
  return calls[0];
}
