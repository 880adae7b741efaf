import { describe, expect, it } from '@jest/globals';
import type { Result } from '@signalbox/contracts';
import { exportedRecords, exportedSpans, SPAN_ID, START_MS, TRACE_ID } from '../testing/sdk-export.js';
import { parseOtlp } from './otlp.js';
import { parseOtlpLogs, parseOtlpTraces } from './otlp-protobuf.js';

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.hint);
  return result.value;
}

const nanos = (millis: number) => BigInt(millis) * 1_000_000n;

/** A field of a message, as protobuf writes it: number, wire type 2, length, content. */
const field = (number: number, content: Buffer) =>
  Buffer.concat([Buffer.from([number * 8 + 2]), varint(content.length), content]);
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
const hex = (text: string) => Buffer.from(text, 'hex');
const spanMessage = (id: string, ...more: Buffer[]) =>
  Buffer.concat([field(1, hex(TRACE_ID)), field(2, hex(id)), field(5, Buffer.from('op')), ...more]);
const request = (...spans: Buffer[]) => field(1, field(2, Buffer.concat(spans.map((span) => field(2, span)))));

describe('parseOtlpTraces', () => {
  it("reads what OpenTelemetry's SDK sends, and the same as out of its JSON", () => {
    const attributes = {
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.usage.input_tokens': 12,
      temperature: 0.5,
      debt: -3,
      stream: true,
      'gen_ai.response.finish_reasons': ['stop', 'length'],
      city: 'Zürich 🏔',
      'first.of.two.names': 1,
      'other.of.two.names': 2,
      'länge.of.two.names': 3,
      ['a long key that repeats '.repeat(4)]: 'x',
    };
    const sent = exportedSpans(2, attributes);
    const parsed = valueOf(parseOtlpTraces(sent.protobuf));
    expect(parsed.rejected).toEqual([]);
    expect(parsed.spans).toMatchObject([
      {
        traceId: TRACE_ID,
        spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
        parentSpanId: SPAN_ID,
        name: 'chat 0',
        kind: 'CLIENT',
        serviceName: 'svc',
        scopeName: 'litellm',
        startUnixNano: nanos(START_MS),
        endUnixNano: nanos(START_MS + 250),
        attributes,
        events: [
          {
            name: 'gen_ai.user.message',
            timeUnixNano: nanos(START_MS + 1),
            attributes: { content: 'question 0' },
          },
        ],
        status: { code: 'UNSET', message: null },
      },
      { name: 'chat 1', status: { code: 'ERROR', message: 'rate limited' } },
    ]);
    expect(parsed).toEqual(valueOf(parseOtlp(sent.json)));
  });

  it('keeps every digit of an int64, and every kind of value', () => {
    const pair = (key: string, value: Buffer) => field(9, Buffer.concat([field(1, Buffer.from(key)), field(2, value)]));
    const bytes = request(
      spanMessage(
        '0000000000000001',
        pair('min', hex('1880808080808080808001ff01'.slice(0, 22))),
        pair('max', hex('18ffffffffffffffff7f')),
        pair('nan', hex('21000000000000f87f')),
        pair('bytes', field(7, hex('00ff'))),
        pair('list', field(5, Buffer.concat([field(1, hex('1801')), field(1, field(1, Buffer.from('a')))]))),
        pair('map', field(6, field(1, Buffer.concat([field(1, Buffer.from('k')), field(2, hex('1001'))])))),
        pair('empty', Buffer.alloc(0)),
        pair('utf8', field(1, hex('61ff62'))),
      ),
    );
    expect(valueOf(parseOtlpTraces(bytes)).spans[0]?.attributes).toEqual({
      min: '-9223372036854775808',
      max: '9223372036854775807',
      nan: 'NaN',
      bytes: 'AP8=',
      list: [1, 'a'],
      map: { k: true },
      empty: null,
      utf8: 'a�b',
    });
  });

  it('keeps attributes of a scope, as tail sampling writes them, and the same out of JSON', () => {
    const [key, value] = ['tailsampling.policy', 'errors'];
    const pair = Buffer.concat([field(1, Buffer.from(key)), field(2, field(1, Buffer.from(value)))]);
    const scope = field(1, Buffer.concat([field(1, Buffer.from('litellm')), field(3, pair)]));
    const bytes = field(1, field(2, Buffer.concat([scope, field(2, spanMessage('0000000000000001'))])));
    const json = {
      resourceSpans: [
        {
          scopeSpans: [
            {
              scope: { name: 'litellm', attributes: [{ key, value: { stringValue: value } }] },
              spans: [{ traceId: TRACE_ID, spanId: '0000000000000001', name: 'op' }],
            },
          ],
        },
      ],
    };
    const parsed = valueOf(parseOtlpTraces(bytes));
    expect(parsed.spans).toMatchObject([{ scopeName: 'litellm', scopeAttributes: { [key]: value } }]);
    expect(parsed).toEqual(valueOf(parseOtlp(json)));
  });

  it('finds resource and scope behind the spans that need them, and passes over fields that it does not know', () => {
    const resource = field(
      1,
      field(1, Buffer.concat([field(1, Buffer.from('service.name')), field(2, field(1, Buffer.from('late')))])),
    );
    const scope = field(1, field(1, Buffer.from('scope')));
    const spans = field(
      2,
      spanMessage('0000000000000001', hex('78ff01'), field(13, Buffer.from('link')), hex('850104030201')),
    );
    const bytes = field(
      1,
      Buffer.concat([field(2, Buffer.concat([spans, scope])), field(3, Buffer.from('url')), resource]),
    );
    expect(valueOf(parseOtlpTraces(bytes)).spans).toMatchObject([{ serviceName: 'late', scopeName: 'scope' }]);
  });

  it.each<[string, Buffer, string]>([
    ['no trace id', field(2, hex('0000000000000009')), '.traceId'],
    ['a short id', Buffer.concat([field(1, hex('ab')), field(2, hex('0000000000000009'))]), '.traceId'],
    ['an id of zeros', spanMessage('0000000000000000'), '.spanId'],
    ['an unknown kind', spanMessage('0000000000000009', hex('3063')), '.kind'],
    ['an unknown status', spanMessage('0000000000000009', field(15, hex('1809'))), '.status.code'],
    ['a number without end', spanMessage('0000000000000009', hex('30ffffffffffffffffffffff')), ''],
    ['a group, which nobody writes', spanMessage('0000000000000009', hex('33')), ''],
    ['the field number 0', spanMessage('0000000000000009', hex('02')), ''],
    ['a string longer than the span', spanMessage('0000000000000009', hex('2aff01')), ''],
  ])('refuses a span with %s, with its path, and keeps its siblings', (_what, broken, path) => {
    const bytes = request(spanMessage('0000000000000001'), broken, spanMessage('0000000000000003'));
    const parsed = valueOf(parseOtlpTraces(bytes));
    expect(parsed.spans.map(({ spanId }) => spanId)).toEqual(['0000000000000001', '0000000000000003']);
    expect(parsed.rejected).toEqual([
      expect.objectContaining({ reason: 'malformed_span', path: `resourceSpans[0].scopeSpans[0].spans[1]${path}` }),
    ]);
  });

  it('refuses hostile nesting and keeps the siblings', () => {
    let value = field(1, Buffer.from('x'));
    for (let level = 0; level < 20_000; level += 1) value = field(5, field(1, value));
    const deep = spanMessage(
      '0000000000000009',
      field(9, Buffer.concat([field(1, Buffer.from('k')), field(2, value)])),
    );
    const parsed = valueOf(parseOtlpTraces(request(deep, spanMessage('0000000000000001'))));
    expect(parsed).toMatchObject({
      spans: [{ spanId: '0000000000000001' }],
      rejected: [{ hint: expect.stringMatching(/deep/) }],
    });
  });

  it('keeps the whole spans of a body that was cut off, wherever, and says where it ends', () => {
    const { protobuf } = exportedSpans(3, { 'gen_ai.prompt': 'a prompt' });
    const whole = valueOf(parseOtlpTraces(protobuf)).spans;
    for (let length = 3; length < protobuf.length; length += 1) {
      const parsed = valueOf(parseOtlpTraces(protobuf.subarray(0, length)));
      expect(parsed.rejected).toHaveLength(1);
      expect(parsed.rejected[0]?.path).toMatch(/^resourceSpans\[0\]/);
      expect(parsed.spans).toEqual(whole.slice(0, parsed.spans.length));
    }
  });

  it.each([
    ['text', Buffer.from('hello world')],
    ['JSON', Buffer.from('{"resourceSpans":[]}')],
    ['what gzip wrote', hex('1f8b0800')],
  ])('refuses %s as a whole', (_what, bytes) => {
    expect(parseOtlpTraces(bytes)).toMatchObject({ ok: false, error: { code: 'FORMAT_BROKEN' } });
  });

  it('takes an empty request for no spans', () => {
    expect(parseOtlpTraces(new Uint8Array())).toEqual({ ok: true, value: { spans: [], rejected: [] } });
  });
});

describe('parseOtlpLogs', () => {
  it("reads what OpenTelemetry's SDK sends, and the same as out of its JSON", () => {
    const sent = exportedRecords();
    const parsed = valueOf(parseOtlpLogs(sent.protobuf));
    expect(parsed).toMatchObject({
      spans: [],
      rejected: [],
      logs: [
        {
          traceId: TRACE_ID,
          spanId: SPAN_ID,
          name: 'gen_ai.user.message',
          timeUnixNano: nanos(START_MS),
          attributes: { n: 7 },
          body: { content: [{ text: 'Hi' }], deep: { ok: true } },
          scopeName: 'agent',
        },
        { traceId: null, spanId: null, name: '', body: 'plain line' },
      ],
    });
    expect(parsed).toEqual(valueOf(parseOtlp(sent.json)));
  });

  it('refuses a malformed record with its path and keeps its siblings', () => {
    const good = field(12, Buffer.from('gen_ai.choice'));
    const records = [good, field(9, hex('ab')), good].map((record) => field(2, record));
    expect(valueOf(parseOtlpLogs(field(1, field(2, Buffer.concat(records)))))).toMatchObject({
      logs: [{ name: 'gen_ai.choice' }, { name: 'gen_ai.choice' }],
      rejected: [{ reason: 'malformed_record', path: 'resourceLogs[0].scopeLogs[0].logRecords[1].traceId' }],
    });
  });
});
