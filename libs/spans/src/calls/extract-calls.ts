import type { ExtractedCall } from '@signalbox/contracts';
import { callId } from '../call-id.js';
import type { SkipReason, SpanRole } from '../dialects/skip-reasons.js';
import type { NormalSpan } from '../normal-span.js';
import { AttributeReader } from './attribute-reader.js';
import { classify } from './classify.js';
import { coverageOf, type Coverage } from './coverage.js';
import { hasDecision, NO_DECISION, readDecision, type DecisionFacts } from './decision-attributes.js';
import { groupCalls, isBoundary, type CallGroup, type TraceSpan } from './groups.js';
import { richestInput, richestOutput } from './richest-content.js';
import { secondsOf, SpanFacts } from './span-facts.js';

/** `spansRead` = `calls.length` + `spansMerged` + `duplicates` + the sum of `skipped`. */
export interface Extraction {
  /** In order of their start, then of their id. */
  calls: ExtractedCall[];
  spansRead: number;
  /** Spans that report a call which another span reports, and whose facts went into it. */
  spansMerged: number;
  /** Spans that were read before, by trace and span id. */
  duplicates: number;
  skipped: Partial<Record<SkipReason, number>>;
  coverage: Coverage;
}

/** Bounds the walk to the root; parents in a cycle would never end. */
const MAX_ANCESTORS = 256;
/** A raw copy beneath one of these reports the same, and so no call either. */
const RAW_FOLLOWS: ReadonlySet<string> = new Set<SkipReason>([
  'embedding',
  'rerank',
  'moderation',
  'internal_classifier',
]);

/**
 * LLM calls out of spans of any number of traces, in any order. A call that several spans report (a wrapper and what
 * it wraps, a gateway's span and its raw copy) comes out once, with the richest content and the innermost duration.
 * Every span is accounted for: in a call, merged, a duplicate, or skipped under a reason.
 *
 * @param malformed spans that a parser refused before; they count as read and as skipped under `malformed_span`.
 */
export function extractCalls(spans: readonly NormalSpan[], { malformed = 0 } = {}): Extraction {
  const traces = new Map<string, Map<string, NormalSpan>>();
  let duplicates = 0;
  for (const span of spans) {
    let trace = traces.get(span.traceId);
    if (trace === undefined) {
      trace = new Map();
      traces.set(span.traceId, trace);
    }
    const before = trace.get(span.spanId);
    if (before !== undefined) duplicates += 1;
    if (before === undefined || sizeOf(span) > sizeOf(before)) trace.set(span.spanId, span);
  }

  const skipped = new Map<SkipReason, number>();
  const skip = (reason: SkipReason, count: number): void => {
    if (count > 0) skipped.set(reason, (skipped.get(reason) ?? 0) + count);
  };
  skip('malformed_span', malformed);
  const calls: ExtractedCall[] = [];
  let spansMerged = 0;
  for (const trace of traces.values()) {
    const found = extractTrace(trace, skip);
    spansMerged += found.spansMerged;
    for (const call of found.calls) calls.push(call);
  }
  calls.sort(byStart);
  return {
    calls,
    spansRead: spans.length + malformed,
    spansMerged,
    duplicates,
    skipped: Object.fromEntries([...skipped].sort(([a], [b]) => (a < b ? -1 : 1))),
    coverage: coverageOf(calls),
  };
}

function extractTrace(
  spans: ReadonlyMap<string, NormalSpan>,
  skip: (reason: SkipReason, count: number) => void,
): { calls: ExtractedCall[]; spansMerged: number } {
  const byId = new Map<string, TraceSpan>();
  for (const [id, span] of spans) {
    const reader = AttributeReader.ofSpan(span);
    byId.set(id, { span, reader, kind: classify(span, reader), facts: null });
  }
  const reports: SpanFacts[] = [];
  for (const node of byId.values()) {
    const kind = kindWithin(node, byId);
    if (kind !== 'llm') skip(kind, 1);
    else {
      node.facts = new SpanFacts(node.span, node.reader);
      reports.push(node.facts);
    }
  }
  if (reports.length === 0) return { calls: [], spansMerged: 0 };

  const groups = groupCalls(reports, byId);
  const kept = groups.filter((group) => !isRetryWithoutModel(group, groups));
  const calls = kept.map((group) => toCall(group, inherit(group, byId)));
  const inKept = kept.reduce((sum, group) => sum + 1 + group.others.length, 0);
  skip('retry_without_model', reports.length - inKept);
  return { calls, spansMerged: inKept - kept.length };
}

function kindWithin({ span, reader, kind }: TraceSpan, byId: ReadonlyMap<string, TraceSpan>): SpanRole {
  if (kind !== 'llm') return kind;
  if (span.startUnixNano === 0n) return 'no_start_time';
  if (span.endUnixNano < span.startUnixNano) return 'no_end_time';
  const above = span.parentSpanId === null ? undefined : byId.get(span.parentSpanId)?.kind;
  const follows = reader.isRawCopy && above !== undefined && RAW_FOLLOWS.has(above);
  return follows ? above : kind;
}

/** A failed attempt that names no model, beside the attempt that replaced it, tells nothing about any candidate. */
function isRetryWithoutModel(group: CallGroup, all: readonly CallGroup[]): boolean {
  if (group.primary.status.status === 'OK' || modelOf(group) !== null) return false;
  const parent = group.primary.span.parentSpanId;
  return (
    parent !== null &&
    all.some((other) => other !== group && other.primary.span.parentSpanId === parent && modelOf(other) !== null)
  );
}

function modelOf(group: CallGroup): string | null {
  return first(group, (facts) => facts.requestModel ?? facts.responseModel);
}

interface Inherited {
  decision: DecisionFacts;
  sessionId: string | null;
  userId: string | null;
}

/** What a gateway or an application put on a span above: its decision (not across agents and tools), session, user. */
function inherit(group: CallGroup, byId: ReadonlyMap<string, TraceSpan>): Inherited {
  const members = [group.primary, ...group.others];
  const found: Inherited = {
    decision: members.map(({ decision }) => decision).find(hasDecision) ?? NO_DECISION,
    sessionId: first(group, (facts) => facts.sessionId),
    userId: first(group, (facts) => facts.userId),
  };
  const { dialect, span } = group.primary;
  let current = span;
  let within = true;
  for (let level = 0; level < MAX_ANCESTORS && !isComplete(found); level += 1) {
    const parent = current.parentSpanId === null ? undefined : byId.get(current.parentSpanId);
    if (parent === undefined) break;
    const { reader } = parent;
    within &&= !isBoundary(parent);
    if (within && !hasDecision(found.decision)) found.decision = readDecision(reader, parent.span.events);
    found.sessionId ??= reader.fieldText('sessionId', dialect);
    found.userId ??= reader.fieldText('userId', dialect);
    current = parent.span;
  }
  const resource = AttributeReader.ofResource(span.resourceAttributes);
  found.sessionId ??= resource.fieldText('sessionId', dialect);
  found.userId ??= resource.fieldText('userId', dialect);
  return found;
}

function isComplete(found: Inherited): boolean {
  return hasDecision(found.decision) && found.sessionId !== null && found.userId !== null;
}

function toCall(group: CallGroup, inherited: Inherited): ExtractedCall {
  const { primary } = group;
  const { span } = primary;
  const input = richestInput(group);
  const output = richestOutput(group);
  const pick = <T>(read: (facts: SpanFacts) => T | null): T | null => first(group, read);
  const responseTimeSeconds = secondsOf(group.innermost.span);
  const firstToken = pick((facts) => facts.timeToFirstTokenSeconds);
  return {
    id: callId(span.traceId, span.spanId, span.startUnixNano),
    traceId: span.traceId,
    spanId: span.spanId,
    dialect: primary.dialect,
    serviceName: span.serviceName,
    startedAtUnixNano: span.startUnixNano.toString(),
    responseTimeSeconds,
    timeToFirstTokenSeconds: firstToken,
    query: input.query,
    messages: input.messages,
    response: output.response,
    toolCalls: output.toolCalls,
    requestModel: pick((facts) => facts.requestModel),
    responseModel: pick((facts) => facts.responseModel),
    provider: pick((facts) => facts.provider),
    inputTokens: pick((facts) => facts.tokens.input),
    outputTokens: pick((facts) => facts.tokens.output),
    totalTokens: pick((facts) => facts.tokens.total),
    cachedInputTokens: pick((facts) => facts.tokens.cachedInput),
    reasoningTokens: pick((facts) => facts.tokens.reasoning),
    costUsd: pick((facts) => facts.costUsd),
    sessionId: inherited.sessionId,
    userId: inherited.userId,
    requestId: pick((facts) => facts.requestId),
    status: primary.status.status,
    errorType: primary.status.errorType,
    finishReason: pick((facts) => facts.finishReason),
    ...inherited.decision,
    truncated: input.truncated || output.truncated,
  };
}

function first<T>(group: CallGroup, read: (facts: SpanFacts) => T | null): T | null {
  const own = read(group.primary);
  if (own !== null) return own;
  for (const facts of group.others) {
    const value = read(facts);
    if (value !== null) return value;
  }
  return null;
}

/** Decimal numbers without leading zeros: the longer is the larger. */
function byStart(a: ExtractedCall, b: ExtractedCall): number {
  const [left, right] = [a.startedAtUnixNano, b.startedAtUnixNano];
  if (left.length !== right.length) return left.length - right.length;
  if (left !== right) return left < right ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

function sizeOf(span: NormalSpan): number {
  return Object.keys(span.attributes).length + span.events.length;
}
