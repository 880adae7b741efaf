import { describe, expect, it } from '@jest/globals';
import type { LogRecord, NormalSpan } from '@signalbox/spans';
import { recordsOfText, spansOfText, textOfRecords, textOfSpans } from './received-text.js';

const SPAN: NormalSpan = {
  ...{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), parentSpanId: null, name: 'chat', kind: 'CLIENT' },
  ...{ serviceName: 'gateway', scopeName: null, startUnixNano: 1_772_323_200_000_000_001n, endUnixNano: 0n },
  ...{ attributes: { list: [1, 'two', null, { deep: [true] }] }, resourceAttributes: {} },
  events: [
    { name: 'said', timeUnixNano: 18_446_744_073_709_551_615n, attributes: {} },
    { name: 'said', timeUnixNano: 5n, attributes: { role: 'user' }, body: null },
  ],
  status: { code: 'ERROR', message: 'no' },
};
const RECORD: LogRecord = {
  ...{ traceId: SPAN.traceId, spanId: SPAN.spanId, name: 'gen_ai.choice', timeUnixNano: -1n, attributes: {} },
  ...{ body: { content: ['x'] }, resourceAttributes: { host: 'a' }, scopeName: 'sdk' },
};

describe('what is kept of a trace', () => {
  it('is the same when it is read', () => {
    const spans = [SPAN, { ...SPAN, scopeAttributes: { version: '1' } }];
    expect(spansOfText(textOfSpans(spans))).toEqual({ ok: true, value: spans });
    expect(recordsOfText(textOfRecords([RECORD]))).toEqual({ ok: true, value: [RECORD] });
  });

  const broken = { ok: false, error: { code: 'FORMAT_BROKEN' } };
  it.each([
    ['no JSON', (text: string) => text.slice(1)],
    ['no list', (text: string) => text.slice(1, -1)],
    ['a list of something else', () => '[null]'],
    ['no name', (text: string) => text.replace('"name":"chat"', '"other":1')],
    ['another kind', (text: string) => text.replace('"CLIENT"', '"SOMETHING"')],
    ['another status', (text: string) => text.replace('"ERROR"', '"FINE"')],
    ['a time that is a number', (text: string) => text.replace('"endUnixNano":"0"', '"endUnixNano":0')],
    ['a time that is no number', (text: string) => text.replace('"endUnixNano":"0"', '"endUnixNano":""')],
    ['a list of attributes', (text: string) => text.replace('"resourceAttributes":{}', '"resourceAttributes":[]')],
    ['no events', (text: string) => text.replace('"events":[', '"events":null,"x":[')],
  ])('is refused with %s', (_what, change) => {
    const text = textOfSpans([SPAN]);
    expect(change(text)).not.toBe(text);
    expect(spansOfText(change(text))).toMatchObject(broken);
  });

  it('is refused with records that lack their text', () => {
    expect(recordsOfText(textOfRecords([RECORD]).replace('"body"', '"other"'))).toMatchObject(broken);
  });
});
