import type { Attributes, AttributeValue, NormalSpan, SpanEvent } from '../normal-span.js';

/** A log record of OpenTelemetry, as instrumentations write prompts and answers that are not on the span. */
export interface LogRecord {
  /** Of the span that the record names; null where it names none. */
  traceId: string | null;
  spanId: string | null;
  /** The event's name; empty for a plain line of a log. */
  name: string;
  timeUnixNano: bigint;
  attributes: Attributes;
  body: AttributeValue;
  resourceAttributes: Attributes;
  scopeName: string | null;
}

export interface JoinedSpans {
  /** The spans in the order given; those that records name have them among their events, in order of time. */
  spans: NormalSpan[];
  /** How many records became events. */
  joined: number;
  /** Records that are there twice, as reading overlapping windows brings them; each is joined once. */
  duplicates: number;
  /** Records that name no span, or none of these. */
  withoutSpan: LogRecord[];
}

/** Where emitters put the name of an event: its own field, or an attribute of either spelling. */
export function eventNameOf(name: string, attributes: Attributes): string {
  if (name !== '') return name;
  const named = attributes['event.name'] ?? attributes['event_name'];
  return typeof named === 'string' ? named : '';
}

/** Makes each record an event of the span that it names. A span that is there twice gets it twice. */
export function joinLogRecords(spans: readonly NormalSpan[], records: readonly LogRecord[]): JoinedSpans {
  const known = new Set(records.length === 0 ? [] : spans.map(keyOf));
  const events = new Map<string, Map<string, SpanEvent>>();
  const withoutSpan: LogRecord[] = [];
  let duplicates = 0;
  for (const record of records) {
    const key = keyOf(record);
    if (!known.has(key)) {
      withoutSpan.push(record);
      continue;
    }
    const ofSpan = events.get(key) ?? new Map<string, SpanEvent>();
    events.set(key, ofSpan);
    const event = toEvent(record);
    const identity = identityOf(event);
    if (ofSpan.has(identity)) duplicates += 1;
    else ofSpan.set(identity, event);
  }
  return {
    spans: events.size === 0 ? [...spans] : spans.map((span) => withEvents(span, events.get(keyOf(span)))),
    joined: records.length - withoutSpan.length - duplicates,
    duplicates,
    withoutSpan,
  };
}

function keyOf({ traceId, spanId }: { traceId: string | null; spanId: string | null }): string {
  return `${traceId ?? ''}:${spanId ?? ''}`;
}

function toEvent({ name, timeUnixNano, attributes, body }: LogRecord): SpanEvent {
  return { name, timeUnixNano, attributes, body };
}

function identityOf({ name, timeUnixNano, attributes, body }: SpanEvent): string {
  return JSON.stringify([name, String(timeUnixNano), attributes, body]);
}

function withEvents(span: NormalSpan, added: ReadonlyMap<string, SpanEvent> | undefined): NormalSpan {
  if (added === undefined) return span;
  const events = [...span.events, ...added.values()];
  return { ...span, events: events.sort(byTime) };
}

function byTime(a: SpanEvent, b: SpanEvent): number {
  return a.timeUnixNano < b.timeUnixNano ? -1 : a.timeUnixNano > b.timeUnixNano ? 1 : 0;
}
