import { accept, reject, type Result } from '@signalbox/contracts';
import { isObject, member, memberAt } from '../json.js';
import { readObject } from './otlp-fields.js';
import { readResourceSpans } from './otlp.js';
import { MalformedSpan, readId, readList, readText, readTime, rejected, type ParsedSpans } from './span-reading.js';
import type { ListedTrace, TraceListing } from './trace-listing.js';

const NANOS_PER_MILLI = 1_000_000;

/** True for a trace of Tempo's API, `{batches}` (v1) or `{trace: {resourceSpans}, status}` (v2). */
export function isTempoTrace(json: unknown): boolean {
  if (!isObject(json)) return false;
  if (Array.isArray(member(json, 'batches'))) return true;
  const trace = member(json, 'trace');
  if (!isObject(trace)) return false;
  const groups = groupsOf(trace);
  if (groups !== undefined) return Array.isArray(groups);
  return Object.keys(trace).length === 0 && ['metrics', 'status'].some((key) => Object.hasOwn(json, key));
}

/**
 * Spans of `/api/traces/{id}` and of `/api/v2/traces/{id}`, also as Grafana exports them. What Tempo left out of a
 * partial trace is a gap.
 */
export function parseTempoTrace(json: unknown): Result<ParsedSpans> {
  if (!isObject(json) || !isTempoTrace(json)) {
    return reject('FORMAT_UNKNOWN', '', 'expected {batches: [...]} or {trace: {resourceSpans: [...]}}');
  }
  const parsed: ParsedSpans = { spans: [], rejected: [] };
  const trace = member(json, 'trace');
  if (isObject(trace)) readResourceSpans(groupsOf(trace), 'trace.resourceSpans', parsed);
  else readResourceSpans(member(json, 'batches'), 'batches', parsed);
  const status = member(json, 'status');
  if (status === 'PARTIAL' || status === 1) {
    const message = member(json, 'message');
    const traceId = parsed.spans[0]?.traceId ?? null;
    parsed.gaps = [{ reason: 'partial', traceId, message: typeof message === 'string' ? message : null }];
  }
  return accept(parsed);
}

function groupsOf(trace: Record<string, unknown>): unknown {
  return member(trace, 'resourceSpans') ?? member(trace, 'batches');
}

/** True for the answer of Tempo's `/api/search`. */
export function isTempoSearch(json: unknown): boolean {
  const traces = isObject(json) ? member(json, 'traces') : undefined;
  if (!isObject(json) || !Array.isArray(traces)) return false;
  return traces.length === 0 ? isObject(member(json, 'metrics')) : traces.some((trace) => hasTraceId(trace));
}

/** The traces that `/api/search` names. It holds no whole span, only what the query selected of some. */
export function parseTempoSearch(json: unknown): Result<TraceListing> {
  const metrics = memberAt(json, ['metrics']);
  // An empty list is left out, as are zeros.
  const traces = memberAt(json, ['traces']) ?? (isObject(metrics) ? [] : undefined);
  if (!Array.isArray(traces)) return reject('FORMAT_UNKNOWN', '', 'expected {traces: [{traceID, ...}]}');
  const complete = countAt(metrics, 'completedJobs') >= countAt(metrics, 'totalJobs');
  const listing: TraceListing = { traces: [], rejected: [], complete };
  for (const [index, trace] of traces.entries()) {
    try {
      listing.traces.push(readListedTrace(trace));
    } catch (error) {
      listing.rejected.push(rejected(error, `traces[${index}]`));
    }
  }
  return accept(listing);
}

function hasTraceId(trace: unknown): boolean {
  return isObject(trace) && Object.hasOwn(trace, 'traceID');
}

function readListedTrace(item: unknown): ListedTrace {
  const trace = readObject(item, '', 'a trace {traceID, ...}');
  const start = member(trace, 'startTimeUnixNano');
  const milliseconds = member(trace, 'durationMs') ?? 0;
  if (typeof milliseconds !== 'number' || !(milliseconds >= 0)) {
    throw new MalformedSpan('.durationMs', 'expected a number that is not negative');
  }
  const sets = member(trace, 'spanSets') ?? [member(trace, 'spanSet')];
  const name = readText(member(trace, 'rootServiceName'), '.rootServiceName');
  return {
    traceId: readId(member(trace, 'traceID'), 32, '.traceID'),
    startUnixNano: start === undefined ? null : readTime(start, 1n, '.startTimeUnixNano'),
    durationNanos: BigInt(Math.round(milliseconds * NANOS_PER_MILLI)),
    serviceName: name === '' ? null : name,
    cut: readList(sets, '.spanSets').some(isCut),
  };
}

function isCut(set: unknown): boolean {
  const spans = memberAt(set, ['spans']);
  return countAt(set, 'matched') > (Array.isArray(spans) ? spans.length : 0);
}

/** Protobuf's JSON leaves zeros out, and writes 64-bit numbers as strings. */
function countAt(object: unknown, key: string): number {
  const value = memberAt(object, [key]);
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : 0;
}
