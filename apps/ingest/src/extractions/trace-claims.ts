import { createHash } from 'node:crypto';
import type { NormalSpan } from '@signalbox/spans';

/** Trace id to the fingerprint of the spans it was read with. */
export type TraceClaims = ReadonlyMap<string, string>;

export interface ClaimedSpans {
  /** Spans of traces that this extraction has not read yet, or not read whole. */
  spans: NormalSpan[];
  claims: Map<string, string>;
}

/**
 * Leaves out traces that another window or service of the extraction has read, as a long trace matches several. One that
 * comes with other spans than before is read again as a whole, since only its whole tells which spans report one call.
 */
export async function unclaimed(
  spans: readonly NormalSpan[],
  claimed: TraceClaims,
  wholeTrace: (traceId: string) => Promise<NormalSpan[] | null>,
): Promise<ClaimedSpans> {
  const result: ClaimedSpans = { spans: [], claims: new Map() };
  for (const [traceId, part] of byTrace(spans)) {
    const before = claimed.get(traceId);
    if (before === fingerprint(part)) continue;
    const trace = before === undefined ? part : together((await wholeTrace(traceId)) ?? [], part);
    const claim = fingerprint(trace);
    if (before === claim) continue;
    result.claims.set(traceId, claim);
    for (const span of trace) result.spans.push(span);
  }
  return result;
}

/** A backend may give a trace by its id without what its search has found. */
function together(whole: readonly NormalSpan[], part: readonly NormalSpan[]): readonly NormalSpan[] {
  const known = new Set(whole.map(({ spanId }) => spanId));
  return [...whole, ...part.filter(({ spanId }) => !known.has(spanId))];
}

export const traceIdsOf = (spans: readonly NormalSpan[]): string[] => [...new Set(spans.map((span) => span.traceId))];

function byTrace(spans: readonly NormalSpan[]): Map<string, NormalSpan[]> {
  const traces = new Map<string, NormalSpan[]>();
  for (const span of spans) {
    const trace = traces.get(span.traceId);
    if (trace) trace.push(span);
    else traces.set(span.traceId, [span]);
  }
  return traces;
}

function fingerprint(spans: readonly NormalSpan[]): string {
  const ids = [...new Set(spans.map((span) => span.spanId))].sort();
  return createHash('sha256').update(ids.join(' ')).digest('base64url').slice(0, 22);
}
