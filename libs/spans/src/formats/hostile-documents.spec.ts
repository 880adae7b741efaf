import { describe, expect, it } from '@jest/globals';
import { valueOf } from '../testing/fixtures.js';
import { parseOtlpLogs, parseOtlpTraces } from './otlp-protobuf.js';
import { MAX_REJECTED, type ParsedSpans } from './span-reading.js';
import { parseTraceFile } from './trace-file.js';

const BOUND_MS = 20_000;
const MANY = 1_000_000;

function timed(read: () => ParsedSpans): ParsedSpans {
  const start = performance.now();
  const parsed = read();
  expect(performance.now() - start).toBeLessThan(BOUND_MS);
  return parsed;
}

const readText = (text: string) => timed(() => valueOf(parseTraceFile(text, 'x')));
const nothing = (count: number) => `[${'0,'.repeat(count - 1)}0]`;

/** A message in a message in a message, the innermost of them empty, again and again. */
function emptyMessages(count: number): Buffer {
  const nest = (content: Buffer, tag: number): Buffer => {
    const size: number[] = [];
    let rest = content.length;
    for (; rest > 127; rest = Math.floor(rest / 128)) size.push((rest % 128) + 128);
    return Buffer.concat([Buffer.from([tag, ...size, rest]), content]);
  };
  return nest(nest(Buffer.from('1200'.repeat(count), 'hex'), 0x12), 0x0a);
}

describe('a document of nothing but malformed spans', () => {
  it.each([
    ['OTLP', `{"resourceSpans":[{"scopeSpans":[{"spans":${nothing(MANY)}}]}]}`],
    ['groups of OTLP', `{"resourceSpans":${nothing(MANY)}}`],
    ['Jaeger', `{"data":[{"traceID":"ab","spans":${nothing(MANY)},"processes":{}}]}`],
    ['subsegments of X-Ray', `{"trace_id":"1-68e5a2c0-0102030405060708090a0b0c","subsegments":${nothing(MANY)}}`],
    ['records', `{"resourceLogs":[{"scopeLogs":[{"logRecords":${nothing(MANY)}}]}]}`],
  ])('of %s is given up in time, and every one of them is counted', (_what, text) => {
    const { rejected, unread } = readText(text);
    expect(rejected.length).toBeLessThanOrEqual(MAX_REJECTED);
    expect(rejected.length + (unread ?? 0)).toBeGreaterThanOrEqual(MANY);
    expect(rejected.length + (unread ?? 0)).toBeLessThanOrEqual(MANY + 1);
  });

  it.each([
    ['spans', parseOtlpTraces],
    ['records', parseOtlpLogs],
  ])('of %s in protobuf is given up in time, and every one of them is counted', (_what, parse) => {
    const { rejected, unread, spans, logs = [] } = timed(() => valueOf(parse(emptyMessages(MANY))));
    expect([spans, logs]).toEqual([[], []]);
    expect(rejected).toHaveLength(MAX_REJECTED);
    expect(unread).toBe(MANY - MAX_REJECTED);
  });

  it('keeps the valid ones before it', () => {
    const span = '{"traceId":"ab","spanId":"cd"}';
    expect(
      readText(`{"resourceSpans":[{"scopeSpans":[{"spans":[${span},${nothing(MANY).slice(1)}}]}]}`).spans,
    ).toHaveLength(1);
  });
});

describe('one span', () => {
  it('with more events than any program has is refused', () => {
    const head = Buffer.from(`0a10${'ab'.repeat(16)}1208${'cd'.repeat(8)}`, 'hex');
    const events = Buffer.from('5a00'.repeat(MANY), 'hex');
    const message = Buffer.concat([head, events]);
    const size = Buffer.from([
      0x12,
      0x80 | (message.length & 0x7f),
      0x80 | ((message.length >> 7) & 0x7f),
      0x80 | ((message.length >> 14) & 0x7f),
      message.length >> 21,
    ]);
    // The groups around it say more than there is, and are read to where the bytes end.
    const bytes = Buffer.concat([Buffer.from('0affffff7f12ffffff7f', 'hex'), size, message]);
    expect(timed(() => valueOf(parseOtlpTraces(bytes)))).toMatchObject({
      spans: [],
      rejected: [{ path: 'resourceSpans[0].scopeSpans[0].spans[0].events' }],
    });
  });

  it('of a million attributes is read in time', () => {
    const attributes = Array.from(
      { length: 1_000_000 },
      (_, index) => `{"key":"k${index}","value":{"intValue":${index}}}`,
    );
    const span = `{"traceId":"ab","spanId":"cd","attributes":[${attributes.join(',')}]}`;
    const { spans } = readText(`{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`);
    expect(spans[0]?.attributes['k999999']).toBe(999_999);
  });
});
