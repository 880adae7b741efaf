import type { SpanRole } from '../dialects/skip-reasons.js';
import type { NormalSpan } from '../normal-span.js';
import type { AttributeReader } from './attribute-reader.js';
import { areTwins, reportSameCall } from './same-call.js';
import type { SpanFacts } from './span-facts.js';

/** Calls that run beside each other under one parent; a hostile trace has more, an honest one does not. */
const SIBLINGS_LOOKED_AT = 64;

/** A span of a trace, with what it was found to be. */
export interface TraceSpan {
  span: NormalSpan;
  reader: AttributeReader;
  kind: SpanRole;
  /** Of an LLM span. */
  facts: SpanFacts | null;
}

/** One call: the span that identifies it, and the others that report the same call, richest first. */
export interface CallGroup {
  primary: SpanFacts;
  others: SpanFacts[];
  /** The innermost span, whose duration is nearest to the model's own. */
  innermost: SpanFacts;
}

/** What happens below these is another call than what happens above. */
export function isBoundary({ kind }: TraceSpan): boolean {
  return kind === 'agent_span' || kind === 'tool_span' || kind === 'workflow_span';
}

/** Groups the LLM spans of a trace into calls. Every LLM span is in exactly one group. */
export function groupCalls(reports: readonly SpanFacts[], byId: ReadonlyMap<string, TraceSpan>): CallGroup[] {
  const [only] = reports;
  if (only !== undefined && reports.length === 1) return [{ primary: only, others: [], innermost: only }];
  const nearest = nearestCallAncestors(reports, byId);
  const ordered = reports.toSorted(order);
  const children = new Map<string, SpanFacts[]>();
  const siblings = new Map<string, SpanFacts[]>();
  for (const facts of ordered) {
    const parent = facts.span.parentSpanId;
    if (parent !== null && !facts.isRawCopy) pushTo(siblings, parent, facts);
  }
  for (const facts of ordered) {
    const beside = siblings.get(facts.span.parentSpanId ?? '') ?? [];
    const above = nearest.get(facts.span.spanId) ?? sameCallBeside(facts, beside);
    if (above !== null) pushTo(children, above, facts);
  }

  const mergedInto = new Map<string, string>();
  for (const [aboveId, below] of children) {
    const above = byId.get(aboveId)?.facts ?? null;
    if (above === null) continue;
    const raw = below.filter((facts) => facts.isRawCopy);
    const others = below.filter((facts) => !facts.isRawCopy);
    const same = bestMatch(above, others);
    const twins = same === null ? [] : [same, ...others.filter((facts) => facts !== same && areTwins(same, facts))];
    for (const facts of [...raw, ...twins]) mergedInto.set(facts.span.spanId, aboveId);
  }

  const places = placeInGroups(ordered, mergedInto);
  const members = new Map<string, PlacedFacts[]>();
  for (const placed of places) pushTo(members, placed.root, placed);
  return [...members.values()].map(toGroup);
}

interface PlacedFacts {
  facts: SpanFacts;
  /** Id of the outermost span of the group. */
  root: string;
  /** Steps below the root. */
  depth: number;
}

function pushTo<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

function toGroup(members: PlacedFacts[]): CallGroup {
  const ranked = members.toSorted((a, b) => richness(b.facts) - richness(a.facts) || b.depth - a.depth);
  const [primary, ...others] = ranked;
  if (primary === undefined) throw new Error('a group of spans is never empty');
  const timed = members.filter(({ facts }) => facts.span.endUnixNano > facts.span.startUnixNano);
  const innermost = timed.toSorted((a, b) => b.depth - a.depth || order(b.facts, a.facts))[0] ?? primary;
  return { primary: primary.facts, others: others.map(({ facts }) => facts), innermost: innermost.facts };
}

/** How much a span tells; LiteLLM's raw copy never speaks for a call that another span reports. */
function richness(facts: SpanFacts): number {
  if (facts.isRawCopy) return -1;
  const told = [
    facts.input.query,
    facts.output.response ?? facts.output.toolCalls,
    facts.responseModel,
    facts.requestModel,
    facts.tokens.input,
    facts.tokens.output,
    facts.costUsd,
    facts.tokens.cachedInput,
  ];
  return told.filter((value) => value !== null).length;
}

/** A wrapper reports one of its children: the one whose tokens agree, else a successful one, else the latest. */
function bestMatch(above: SpanFacts, below: readonly SpanFacts[]): SpanFacts | null {
  const same = below.filter((facts) => reportSameCall(above, facts));
  const score = (facts: SpanFacts): number =>
    (above.tokens.input !== null && facts.tokens.input !== null ? 2 : 0) +
    (facts.status.status === above.status.status ? 1 : 0);
  return same.toSorted((a, b) => score(b) - score(a) || order(b, a))[0] ?? null;
}

/**
 * The span beside this one that reports the same call: of a raw copy whose parent was not recorded the LLM span that it
 * lies within, of another one that was written down before by a second instrumentation.
 */
function sameCallBeside(facts: SpanFacts, beside: readonly SpanFacts[]): string | null {
  if (beside.length === 0) return null;
  const end = firstAfter(beside, facts.span.startUnixNano);
  const started = beside.slice(Math.max(0, end - SIBLINGS_LOOKED_AT), end);
  const found = facts.isRawCopy
    ? started.findLast((other) => other.span.endUnixNano >= facts.span.endUnixNano && reportSameCall(other, facts))
    : started.slice(0, Math.max(0, started.indexOf(facts))).findLast((other) => areTwins(other, facts));
  return found?.span.spanId ?? null;
}

/** Index of the first span that starts after the time; `ordered` is by start. */
function firstAfter(ordered: readonly SpanFacts[], time: bigint): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ordered[middle]?.span.startUnixNano ?? time) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** For every LLM span the nearest LLM span above it, not across a boundary. Each span is walked once. */
function nearestCallAncestors(
  reports: readonly SpanFacts[],
  byId: ReadonlyMap<string, TraceSpan>,
): Map<string, string | null> {
  const above = new Map<string, string | null>();
  for (const { span } of reports) {
    const path: string[] = [];
    const seen = new Set<string>();
    let current: string | null = span.spanId;
    let found: string | null = null;
    while (current !== null && !seen.has(current)) {
      seen.add(current);
      const known = above.get(current);
      if (known !== undefined) {
        found = known;
        break;
      }
      path.push(current);
      const parentId: string | null = byId.get(current)?.span.parentSpanId ?? null;
      const parent: TraceSpan | undefined = parentId === null ? undefined : byId.get(parentId);
      if (parentId === null || parent === undefined || isBoundary(parent)) break;
      if (parent.facts !== null) {
        found = parentId;
        break;
      }
      current = parentId;
    }
    // In a cycle of parents the walk comes back to the span it began at, which is above the others and not above itself.
    for (const walked of path) above.set(walked, walked === found ? null : found);
  }
  return above;
}

/** Root and depth of every span; each is walked once. A span in a cycle of parents is its own root. */
function placeInGroups(ordered: readonly SpanFacts[], mergedInto: ReadonlyMap<string, string>): PlacedFacts[] {
  const places = new Map<string, { root: string; depth: number }>();
  return ordered.map((facts) => {
    const path: string[] = [];
    const seen = new Set<string>();
    let current = facts.span.spanId;
    for (;;) {
      const known = places.get(current);
      const next = mergedInto.get(current);
      if (known !== undefined || next === undefined || seen.has(current)) break;
      seen.add(current);
      path.push(current);
      current = next;
    }
    let place = places.get(current) ?? { root: current, depth: 0 };
    places.set(current, place);
    for (const id of path.reverse().filter((walked) => walked !== place.root)) {
      place = { root: place.root, depth: place.depth + 1 };
      places.set(id, place);
    }
    return { facts, ...(places.get(facts.span.spanId) ?? place) };
  });
}

function order(a: SpanFacts, b: SpanFacts): number {
  const [left, right] = [a.span.startUnixNano, b.span.startUnixNano];
  if (left !== right) return left < right ? -1 : 1;
  return a.span.spanId < b.span.spanId ? -1 : 1;
}
