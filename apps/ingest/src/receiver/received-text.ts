import type { LogRecord, NormalSpan, SpanEvent } from '@signalbox/spans';

/** Spans and records as one line of JSON each; a time is a string there, since it exceeds what a JSON number holds. */
interface KeptTime {
  timeUnixNano: string;
}
type KeptSpan = Omit<NormalSpan, 'startUnixNano' | 'endUnixNano' | 'events'> & {
  startUnixNano: string;
  endUnixNano: string;
  events: (Omit<SpanEvent, 'timeUnixNano'> & KeptTime)[];
};
type KeptRecord = Omit<LogRecord, 'timeUnixNano'> & KeptTime;

export function textOfSpans(spans: readonly NormalSpan[]): string {
  return JSON.stringify(
    spans.map((span): KeptSpan => ({
      ...span,
      startUnixNano: span.startUnixNano.toString(),
      endUnixNano: span.endUnixNano.toString(),
      events: span.events.map((event) => ({ ...event, timeUnixNano: event.timeUnixNano.toString() })),
    })),
  );
}

/** @param text as {@link textOfSpans} wrote it */
export function spansOfText(text: string): NormalSpan[] {
  const kept = JSON.parse(text) as KeptSpan[];
  return kept.map((span) => ({
    ...span,
    startUnixNano: BigInt(span.startUnixNano),
    endUnixNano: BigInt(span.endUnixNano),
    events: span.events.map((event) => ({ ...event, timeUnixNano: BigInt(event.timeUnixNano) })),
  }));
}

export function textOfRecords(records: readonly LogRecord[]): string {
  return JSON.stringify(
    records.map((record): KeptRecord => ({ ...record, timeUnixNano: record.timeUnixNano.toString() })),
  );
}

/** @param text as {@link textOfRecords} wrote it */
export function recordsOfText(text: string): LogRecord[] {
  const kept = JSON.parse(text) as KeptRecord[];
  return kept.map((record) => ({ ...record, timeUnixNano: BigInt(record.timeUnixNano) }));
}
