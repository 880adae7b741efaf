import { describe, expect, it } from '@jest/globals';
import type { NormalSpan } from '../normal-span.js';
import { joinLogRecords, type LogRecord } from './log-records.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const span = (spanId: string, events: NormalSpan['events'] = []): NormalSpan => ({
  traceId: TRACE,
  spanId,
  parentSpanId: null,
  name: 'chat',
  kind: 'CLIENT',
  serviceName: null,
  scopeName: null,
  startUnixNano: 1n,
  endUnixNano: 9n,
  attributes: {},
  resourceAttributes: {},
  events,
  status: { code: 'UNSET', message: null },
});
const record = (spanId: string | null, timeUnixNano: bigint, more: Partial<LogRecord> = {}): LogRecord => ({
  traceId: TRACE,
  spanId,
  name: 'gen_ai.user.message',
  timeUnixNano,
  attributes: { a: 1 },
  body: { content: 'Hi' },
  resourceAttributes: {},
  scopeName: null,
  ...more,
});

describe('joinLogRecords', () => {
  it('makes a record an event of the span that it names, in order of time', () => {
    const own = { name: 'exception', timeUnixNano: 5n, attributes: {} };
    const records = [record('b', 7n, { name: 'gen_ai.choice' }), record('b', 3n)];
    const { spans, joined, withoutSpan } = joinLogRecords([span('a'), span('b', [own])], records);
    expect(spans[0]).toEqual(span('a'));
    expect(spans[1]?.events).toEqual([
      { name: 'gen_ai.user.message', timeUnixNano: 3n, attributes: { a: 1 }, body: { content: 'Hi' } },
      own,
      { name: 'gen_ai.choice', timeUnixNano: 7n, attributes: { a: 1 }, body: { content: 'Hi' } },
    ]);
    expect({ joined, withoutSpan }).toEqual({ joined: 2, withoutSpan: [] });
  });

  it('leaves the spans that it is given as they are', () => {
    const given = span('a');
    joinLogRecords([given], [record('a', 1n)]);
    expect(given.events).toEqual([]);
  });

  it('joins a record once that two reads brought, and tells so', () => {
    const twice = [record('a', 3n), record('a', 3n), record('a', 3n, { body: { content: 'Hello' } })];
    const { spans, joined, duplicates } = joinLogRecords([span('a')], twice);
    expect(spans[0]?.events.map(({ body }) => body)).toEqual([{ content: 'Hi' }, { content: 'Hello' }]);
    expect({ joined, duplicates }).toEqual({ joined: 2, duplicates: 1 });
  });

  it('gives back the records that name no span, or none that was read', () => {
    const [none, other, elsewhere] = [record(null, 1n), record('c', 2n), record('a', 3n, { traceId: 'f'.repeat(32) })];
    const { joined, withoutSpan } = joinLogRecords([span('a')], [none, other, elsewhere, record('a', 4n)]);
    expect(withoutSpan).toEqual([none, other, elsewhere]);
    expect(joined).toBe(1);
  });

  it('puts a record on each copy of a span, so that it does not matter which copy is kept', () => {
    expect(joinLogRecords([span('a'), span('a')], [record('a', 3n)]).spans.map(({ events }) => events.length)).toEqual([
      1, 1,
    ]);
  });
});
