import { accept, reject, type Result } from '@signalbox/contracts';
import { isObject, member } from '../json.js';
import { isOtelDocument, readOtelDocument } from './cloudwatch-rows.js';
import { parseExactJson } from './exact-json.js';
import { readMoment, readSeconds } from './moments.js';
import { readObject } from './otlp-fields.js';
import { MalformedSpan, readEach, readList, readSingle, rejected, type Gap, type ParsedSpans } from './span-reading.js';
import type { ListedTrace, TraceListing } from './trace-listing.js';
import { isXrayTraceId, readXrayTraceId } from './xray-fields.js';
import { SegmentReader } from './xray-segments.js';

/**
 * True for the answers of X-Ray's `BatchGetTraces` and `ListRetrievedTraces`, for one trace of them (as its console
 * exports it), for a segment document and for an array of those.
 */
export function isXray(json: unknown): boolean {
  if (Array.isArray(json)) return json.some(isSegment);
  return isAnswer(json) || isTrace(json) || isSegment(json);
}

function isAnswer(json: unknown): json is Record<string, unknown> {
  return isObject(json) && (Array.isArray(member(json, 'Traces')) || Object.hasOwn(json, 'RetrievalStatus'));
}

function isTrace(json: unknown): json is Record<string, unknown> {
  return isObject(json) && isXrayTraceId(member(json, 'Id')) && documentsOf(json) !== undefined;
}

function documentsOf(trace: Record<string, unknown>): 'Segments' | 'Spans' | undefined {
  return (['Segments', 'Spans'] as const).find((key) => Array.isArray(member(trace, key)));
}

function isSegment(json: unknown): json is Record<string, unknown> {
  if (!isObject(json) || !Object.hasOwn(json, 'trace_id')) return false;
  return (
    isXrayTraceId(member(json, 'trace_id')) || ['start_time', 'subsegments'].every((key) => Object.hasOwn(json, key))
  );
}

/**
 * Spans of X-Ray: one for each segment and subsegment, however deep. Segments that X-Ray inferred are counted as
 * ignored. A trace that is over X-Ray's limit, and one that it did not process, is a gap.
 */
export function parseXray(json: unknown): Result<ParsedSpans> {
  if (!isXray(json)) return reject('FORMAT_UNKNOWN', '', 'expected {Traces: [{Id, Segments}]} or a segment document');
  const reader = new SegmentReader();
  if (Array.isArray(json)) readEach(json, '', reader.parsed, (segment, path) => reader.read(segment, path, null));
  else if (isAnswer(json)) readAnswer(json, reader);
  else if (isTrace(json)) readSingle(json, reader.parsed, (trace) => readTrace(trace, '', reader));
  else reader.read(json, '', null);
  return accept(reader.finish());
}

function readAnswer(answer: Record<string, unknown>, reader: SegmentReader): void {
  const traces = member(answer, 'Traces');
  readEach(Array.isArray(traces) ? traces : [], 'Traces', reader.parsed, (trace, path) =>
    readTrace(trace, `${path}.`, reader),
  );
  const gaps: Gap[] = [];
  const unprocessed = member(answer, 'UnprocessedTraceIds');
  for (const id of Array.isArray(unprocessed) ? unprocessed : []) {
    gaps.push({ reason: 'unprocessed', traceId: readXrayTraceId(id), message: null });
  }
  const status = member(answer, 'RetrievalStatus');
  if (typeof status === 'string' && status !== 'COMPLETE') {
    const pending = status === 'SCHEDULED' || status === 'RUNNING';
    gaps.push({ reason: pending ? 'pending' : 'partial', traceId: null, message: `the retrieval is ${status}` });
  }
  reader.addGaps(gaps);
}

function readTrace(item: unknown, path: string, reader: SegmentReader): void {
  const trace = readObject(item, '', 'a trace {Id, Segments}');
  const id = member(trace, 'Id');
  const traceId = readXrayTraceId(id);
  if (member(trace, 'LimitExceeded') === true) {
    const message = 'the trace is larger than X-Ray keeps';
    reader.addGaps([{ reason: 'limit_exceeded', traceId, message }]);
  }
  const key = documentsOf(trace) ?? 'Segments';
  readEach(readList(member(trace, key), `.${key}`), `${path}${key}`, reader.parsed, (entry, entryPath) => {
    const document = readDocument(readObject(entry, '', '{Id, Document}'));
    if (isOtelDocument(document)) readOtelDocument(document, `${entryPath}.Document`, reader.parsed);
    else reader.read(document, `${entryPath}.Document`, traceId);
  });
}

/** A string of JSON from the API, the object itself from the console. */
function readDocument(entry: Record<string, unknown>): unknown {
  const document = member(entry, 'Document');
  if (typeof document !== 'string') return document;
  try {
    return parseExactJson(document);
  } catch {
    throw new MalformedSpan('.Document', 'expected a document of JSON');
  }
}

/** True for the answer of `GetTraceSummaries`. */
export function isXraySummaries(json: unknown): boolean {
  return isObject(json) && Array.isArray(member(json, 'TraceSummaries'));
}

/** The traces that `GetTraceSummaries` names; no spans are in it. */
export function parseXraySummaries(json: unknown): Result<TraceListing> {
  const summaries = isObject(json) ? member(json, 'TraceSummaries') : undefined;
  if (!Array.isArray(summaries)) return reject('FORMAT_UNKNOWN', '', 'expected {TraceSummaries: [{Id, ...}]}');
  const listing: TraceListing = { traces: [], rejected: [], complete: true };
  for (const [index, summary] of summaries.entries()) {
    try {
      listing.traces.push(readSummary(summary));
    } catch (error) {
      listing.rejected.push(rejected(error, `TraceSummaries[${index}]`));
    }
  }
  return accept(listing);
}

function readSummary(item: unknown): ListedTrace {
  const summary = readObject(item, '', 'a trace summary {Id, ...}');
  const traceId = readXrayTraceId(member(summary, 'Id'));
  if (traceId === null) throw new MalformedSpan('.Id', 'expected an id such as 1-581cf771-a006649127e371903a2de979');
  const start = member(summary, 'StartTime');
  const duration = member(summary, 'Duration') ?? undefined;
  return {
    traceId,
    // The command line writes ISO 8601, the API seconds, and the SDK gives a Date.
    startUnixNano: start === undefined || start === null ? null : readMoment(start, '.StartTime'),
    durationNanos: duration === undefined ? null : readSeconds(duration, '.Duration'),
    serviceName: null,
    cut: member(summary, 'IsPartial') === true,
  };
}
