import type { ExtractedCall } from '@signalbox/contracts';
import { callId } from '../call-id.js';
import { RAW_SPAN_NAME, type SkipReason } from '../dialects/classification.js';
import { FIELD_KEYS } from '../dialects/field-keys.js';
import type { NormalSpan } from '../normal-span.js';
import { AttributeReader } from './attribute-reader.js';
import { classify } from './classify.js';
import { coverageOf, type Coverage } from './coverage.js';
import { hasDecision, NO_DECISION, readDecision, type DecisionFacts } from './decision-attributes.js';
import { groupCalls, type CallGroup } from './groups.js';
import { readSpanFacts, secondsOf, type SpanFacts } from './span-facts.js';

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
/** What happens below these is another call than what happens above. */
const BOUNDARY_REASONS: ReadonlySet<string> = new Set<SkipReason>(['agent_span', 'tool_span', 'workflow_span']);
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
    const trace = traces.get(span.traceId) ?? new Map<string, NormalSpan>();
    traces.set(span.traceId, trace);
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
  byId: ReadonlyMap<string, NormalSpan>,
  skip: (reason: SkipReason, count: number) => void,
): { calls: ExtractedCall[]; spansMerged: number } {
  const readers = new Map<string, AttributeReader>();
  const kinds = new Map<string, 'llm' | SkipReason>();
  for (const [id, span] of byId) {
    const reader = new AttributeReader(span);
    readers.set(id, reader);
    kinds.set(id, classify(span, reader));
  }

  const facts = new Map<string, SpanFacts>();
  const boundaries = new Set<string>();
  for (const [id, span] of byId) {
    const kind = kindWithin(span, kinds);
    const reader = readers.get(id);
    if (BOUNDARY_REASONS.has(kind)) boundaries.add(id);
    if (kind !== 'llm') skip(kind, 1);
    else if (reader !== undefined) facts.set(id, readSpanFacts(span, reader));
  }

  const groups = groupCalls({ byId, facts, boundaries });
  const kept = groups.filter((group) => !isRetryWithoutModel(group, groups));
  const calls = kept.map((group) => toCall(group, inherit(group, { byId, readers, boundaries })));
  const inKept = kept.reduce((sum, group) => sum + 1 + group.others.length, 0);
  skip('retry_without_model', facts.size - inKept);
  return { calls, spansMerged: inKept - kept.length };
}

function kindWithin(span: NormalSpan, kinds: ReadonlyMap<string, 'llm' | SkipReason>): 'llm' | SkipReason {
  const kind = kinds.get(span.spanId) ?? 'not_llm';
  if (kind !== 'llm') return kind;
  if (span.startUnixNano === 0n) return 'no_start_time';
  if (span.endUnixNano < span.startUnixNano) return 'no_end_time';
  const above = span.parentSpanId === null ? undefined : kinds.get(span.parentSpanId);
  const follows = span.name === RAW_SPAN_NAME && above !== undefined && above !== 'llm' && RAW_FOLLOWS.has(above);
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
function inherit(
  group: CallGroup,
  trace: {
    byId: ReadonlyMap<string, NormalSpan>;
    readers: ReadonlyMap<string, AttributeReader>;
    boundaries: ReadonlySet<string>;
  },
): Inherited {
  const members = [group.primary, ...group.others];
  const found: Inherited = {
    decision: members.find((facts) => hasDecision(facts.decision))?.decision ?? NO_DECISION,
    sessionId: first(group, (facts) => facts.sessionId),
    userId: first(group, (facts) => facts.userId),
  };
  let current = group.primary.span;
  let within = true;
  for (let level = 0; level < MAX_ANCESTORS && !isComplete(found); level += 1) {
    const parent = current.parentSpanId === null ? undefined : trace.byId.get(current.parentSpanId);
    const reader = parent === undefined ? undefined : trace.readers.get(parent.spanId);
    if (parent === undefined || reader === undefined) break;
    within &&= !trace.boundaries.has(parent.spanId);
    if (within && !hasDecision(found.decision)) found.decision = readDecision(reader);
    found.sessionId ??= reader.first(FIELD_KEYS.sessionId, (key) => reader.text(key));
    found.userId ??= reader.first(FIELD_KEYS.userId, (key) => reader.text(key));
    current = parent;
  }
  const resource = new AttributeReader({ ...group.primary.span, attributes: group.primary.span.resourceAttributes });
  found.sessionId ??= resource.first(FIELD_KEYS.sessionId, (key) => resource.text(key));
  found.userId ??= resource.first(FIELD_KEYS.userId, (key) => resource.text(key));
  return found;
}

function isComplete(found: Inherited): boolean {
  return hasDecision(found.decision) && found.sessionId !== null && found.userId !== null;
}

function toCall(group: CallGroup, inherited: Inherited): ExtractedCall {
  const { primary } = group;
  const { span } = primary;
  const input = richest(
    group,
    (facts) => facts.input,
    (content) => content.messages !== null,
  );
  const output = richest(
    group,
    (facts) => facts.output,
    (content) => content.response !== null || content.toolCalls !== null,
  );
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
    inputTokens: pick((facts) => facts.inputTokens),
    outputTokens: pick((facts) => facts.outputTokens),
    totalTokens: pick((facts) => facts.totalTokens),
    cachedInputTokens: pick((facts) => facts.cachedInputTokens),
    reasoningTokens: pick((facts) => facts.reasoningTokens),
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
  for (const facts of [group.primary, ...group.others]) {
    const value = read(facts);
    if (value !== null) return value;
  }
  return null;
}

/** Whole content of any of the spans before cut content of the first. */
function richest<T extends { truncated: boolean }>(
  group: CallGroup,
  read: (facts: SpanFacts) => T,
  hasContent: (content: T) => boolean,
): T {
  const all = [group.primary, ...group.others].map(read);
  const own = read(group.primary);
  const found = all.find((content) => hasContent(content) && !content.truncated) ?? all.find(hasContent);
  return found ?? all.find((content) => content.truncated) ?? own;
}

function byStart(a: ExtractedCall, b: ExtractedCall): number {
  const [left, right] = [BigInt(a.startedAtUnixNano), BigInt(b.startedAtUnixNano)];
  if (left !== right) return left < right ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

function sizeOf(span: NormalSpan): number {
  return Object.keys(span.attributes).length + span.events.length;
}
