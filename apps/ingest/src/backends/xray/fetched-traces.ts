import { SignalboxError } from '@signalbox/contracts';
import { parseXray, type NormalSpan } from '@signalbox/spans';

/** Whole traces as far as X-Ray has them. */
export interface FetchedTraces {
  spans: NormalSpan[];
  malformed: number;
  /** Trace ids (32 digits) that came. */
  found: Set<string>;
  /** Those of them, or of those asked for, that X-Ray says it did not give whole. */
  partial: Set<string>;
}

export function readTraces(
  operation: string,
  answer: { Traces: readonly { Id?: string | undefined }[] },
): FetchedTraces {
  const parsed = parseXray(answer);
  if (!parsed.ok) throw new SignalboxError('SOURCE_REFUSED', `${operation}: ${parsed.error.hint}`);
  const { spans, rejected, gaps = [] } = parsed.value;
  return {
    spans,
    malformed: rejected.length,
    found: new Set(answer.Traces.flatMap(({ Id }) => (Id === undefined ? [] : [plainId(Id)]))),
    partial: new Set(gaps.flatMap(({ traceId }) => traceId ?? [])),
  };
}

export function addTraces(into: FetchedTraces, more: FetchedTraces): void {
  for (const span of more.spans) into.spans.push(span);
  into.malformed += more.malformed;
  for (const id of more.found) into.found.add(id);
  for (const id of more.partial) into.partial.add(id);
}

export const noTraces = (): FetchedTraces => ({ spans: [], malformed: 0, found: new Set(), partial: new Set() });

/** 32 digits of `1-8hex-24hex`. */
const plainId = (id: string): string => id.replace(/^1-([0-9a-f]{8})-/i, '$1').toLowerCase();
