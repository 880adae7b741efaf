import { callId, type Extraction, type NormalSpan } from '@signalbox/spans';

/** Spans of traces with calls that report none of their own: stored from half a trace, they may have looked like calls. */
export function idsWithoutCall(spans: readonly NormalSpan[], { calls }: Extraction): string[] {
  const ids = new Set(calls.map((call) => call.id));
  const traces = new Set(calls.map((call) => call.traceId));
  return spans
    .filter((span) => traces.has(span.traceId))
    .map((span) => callId(span.traceId, span.spanId, span.startUnixNano))
    .filter((id) => !ids.has(id));
}
