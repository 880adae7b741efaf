import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { exportedRecords, exportedSpans } from '../testing/sdk-export.js';
import { parseJaegerV1 } from './jaeger-v1.js';
import { parseJaegerV3 } from './otlp.js';
import { parseTraceFile } from './trace-file.js';

const span = {
  traceID: 'AB',
  spanID: '1',
  operationName: 'op',
  references: [],
  startTime: 1_700_000_000_000_001,
  duration: 5,
  tags: [{ key: 'n', type: 'int64', value: '9007199254740993' }],
  logs: [],
  processID: 'p1',
};
const trace = { traceID: 'AB', spans: [span], processes: { p1: { serviceName: 'svc', tags: [] } } };
const otlpSpan = {
  traceId: '000000000000000000000000000000ab',
  spanId: '0000000000000001',
  name: 'op',
  startTimeUnixNano: '1700000000000001000',
  endTimeUnixNano: '1700000000000006000',
  attributes: [{ key: 'n', value: { intValue: '9007199254740993' } }],
};
const otlp = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'svc' } }] },
      scopeSpans: [{ spans: [otlpSpan] }],
    },
  ],
};

const exported = exportedSpans(2);

const read = (json: unknown) => parseTraceFile(JSON.stringify(json), 'x.json');

function spansOf(json: unknown) {
  const result = read(json);
  if (!result.ok) throw new Error(result.error.hint);
  return result.value;
}

const TRIED = /; tried OTLP\/JSON, Jaeger API v3, Jaeger API v1 or UI export, .*OTLP protobuf$/;

describe('parseTraceFile', () => {
  it.each([
    ['jaeger-v1', { data: [trace], total: 0 }],
    ['jaeger-v1', trace],
    ['jaeger-v1', [trace]],
    ['jaeger-v3', { result: otlp }],
    ['otlp-json', otlp],
  ])('reads the same span out of %s', (format, json) => {
    const file = spansOf(json);
    expect(file.format).toBe(format);
    expect(file.spans).toEqual([
      expect.objectContaining({
        traceId: '000000000000000000000000000000ab',
        spanId: '0000000000000001',
        parentSpanId: null,
        serviceName: 'svc',
        startUnixNano: 1_700_000_000_000_001_000n,
        endUnixNano: 1_700_000_000_000_006_000n,
        attributes: { n: '9007199254740993' },
        status: { code: 'UNSET', message: null },
      }),
    ]);
  });

  it('knows the trace summaries of Jaeger, which hold no spans', () => {
    expect(read({ summaries: [{ traceId: 'ab' }] })).toEqual({
      ok: true,
      value: { format: 'jaeger-trace-summaries', spans: [], rejected: [] },
    });
  });

  it('reads one document a line, as the Collector writes them', () => {
    const lines = `${JSON.stringify(otlp)}\n\n${JSON.stringify(otlp)}\n`;
    const result = parseTraceFile(lines, 'x.jsonl');
    expect(result.ok && result.value.spans).toHaveLength(2);
    expect(parseTraceFile(`${lines}{"resourceSpans":[`, 'x.jsonl')).toMatchObject({
      ok: false,
      error: { code: 'FORMAT_BROKEN', path: 'line 4' },
    });
  });

  it('names the broken one of many lines as an editor counts them, also when it is the first', () => {
    const good = JSON.stringify(otlp);
    const hintOf = (text: string) => {
      const result = parseTraceFile(text, 'x.jsonl');
      return result.ok ? 'read' : `${result.error.path}: ${result.error.hint}`;
    };
    expect(hintOf(`${good}\n\n\n{"resourceSpans":[\n${good}`)).toBe(
      'line 4: x.jsonl, line 4, is not valid JSON: it ends too early',
    );
    expect(hintOf(`${good}\n{"resourceSpans": ["secret prompt" 1]}`)).toMatch(
      /^line 2: x\.jsonl, line 2, is not valid JSON: unexpected character at position \d+$/,
    );
    expect(hintOf(`\n{"resourceSpans":[\n${good}\n`)).toMatch(/^line 2: x\.jsonl, line 2, /);
    expect(hintOf(`${good}\n{"hello":1}`)).toMatch(/^line 2: x\.jsonl, line 2, is in none of the trace formats/);
  });

  it.each(['', ' \n\n', '\uFEFF'])('calls an empty file empty (%j)', (text) => {
    expect(parseTraceFile(text, 'x.json')).toMatchObject({
      ok: false,
      error: { code: 'FORMAT_BROKEN', hint: expect.stringMatching(/^x\.json is empty; tried OTLP/) },
    });
  });

  it.each([[{ hello: 1 }], [[]], [7], [null], [{ data: [1] }], [{ data: {} }]])(
    'refuses %j and names the formats that were tried',
    (json) => {
      expect(read(json)).toMatchObject({
        ok: false,
        error: { code: 'FORMAT_UNKNOWN', hint: expect.stringMatching(TRIED) },
      });
    },
  );

  it.each<[string, Buffer, string]>([
    ['text', Buffer.from('hello world\n'), 'FORMAT_BROKEN'],
    ['random bytes', Buffer.from('9c00ff1e7f80c3280a01fe', 'hex'), 'FORMAT_BROKEN'],
    ['nothing', Buffer.alloc(0), 'FORMAT_BROKEN'],
    ['what gzip wrote of text', gzipSync('hello world'), 'FORMAT_BROKEN'],
    ['protobuf that is no OTLP', Buffer.from('0a0208010a0208020a020803', 'hex'), 'FORMAT_BROKEN'],
  ])('refuses a file of %s and names the formats that were tried', (_, bytes, code) => {
    expect(parseTraceFile(bytes, 'x')).toMatchObject({
      ok: false,
      error: { code, hint: expect.stringMatching(TRIED) },
    });
  });

  it('reads what PowerShell writes of the output of a command', () => {
    expect(parseTraceFile(Buffer.from(`\uFEFF${JSON.stringify(otlp)}`, 'utf16le'), 'x.json')).toEqual(read(otlp));
  });

  it('unpacks a file that gzip packed', () => {
    expect(parseTraceFile(gzipSync(JSON.stringify(otlp)), 'x.json.gz')).toEqual(read(otlp));
    expect(parseTraceFile(gzipSync(exported.protobuf), 'x.pb.gz')).toMatchObject({
      ok: true,
      value: { format: 'otlp-protobuf' },
    });
  });

  it.each([
    ['that was cut', gzipSync(JSON.stringify(otlp)).subarray(0, 60), /is compressed, and cannot be unpacked/],
    ['of zstd', Buffer.from('28b52ffd00', 'hex'), /is compressed by zstd: unpack it first/],
  ])('says of a compressed file %s what is wrong', (_what, bytes, hint) => {
    expect(parseTraceFile(bytes, 'x')).toMatchObject({ ok: false, error: { hint: expect.stringMatching(hint) } });
  });

  it('reads OTLP as protobuf, of traces and of logs, told apart by what is in them', () => {
    expect(parseTraceFile(exported.protobuf, 'x.pb')).toEqual({
      ok: true,
      value: { ...spansOf(exported.json), format: 'otlp-protobuf' },
    });
    const records = exportedRecords();
    expect(parseTraceFile(records.protobuf, 'x.pb')).toEqual({
      ok: true,
      value: { ...spansOf(records.json), format: 'otlp-protobuf' },
    });
  });

  it("reads requests each after its length, as the Collector's file exporter writes protobuf", () => {
    const framed = (bytes: Uint8Array): Buffer => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    };
    const file = Buffer.concat([framed(exported.protobuf), framed(exportedRecords().protobuf)]);
    expect(parseTraceFile(file, 'x.pb')).toMatchObject({
      ok: true,
      value: { format: 'otlp-protobuf', spans: [{ name: 'chat 0' }, { name: 'chat 1' }], logs: [{}, {}], rejected: [] },
    });
    expect(
      parseTraceFile(Buffer.concat([file, framed(exported.protobuf)]).subarray(0, file.length + 60), 'x'),
    ).toMatchObject({
      ok: true,
      value: { spans: [{}, {}], rejected: [{ path: 'message 3', hint: 'the file ends too early' }] },
    });
  });

  it('says of a file that was cut off, wherever, that it ends too early', () => {
    const whole = JSON.stringify({ data: [{ ...trace, none: null, yes: true, less: -1.5e-7, text: 'a\\n\u0007é' }] });
    const pretty = JSON.stringify(JSON.parse(whole), null, 2);
    for (const text of [whole, pretty]) {
      for (let length = 1; length < text.length; length += 1) {
        expect(parseTraceFile(text.slice(0, length), 'x.json')).toMatchObject({
          error: { code: 'FORMAT_BROKEN', hint: expect.stringContaining('it ends too early') },
        });
      }
    }
  });

  it('says where broken JSON breaks, without the text around it', () => {
    const result = parseTraceFile('{"data": [{"secret prompt" 1}]}', 'x.json');
    expect(result).toMatchObject({ ok: false, error: { code: 'FORMAT_BROKEN' } });
    expect(!result.ok && result.error.hint).toMatch(/x\.json is not valid JSON: unexpected character at position 27/);
    expect(!result.ok && result.error.hint).not.toContain('secret');
    for (const text of ['{"data": [', 'NaN', '<html></html>']) {
      expect(parseTraceFile(text, 'x')).toMatchObject({ ok: false, error: { code: 'FORMAT_BROKEN' } });
    }
  });

  it('takes "nothing found" for no spans and hands on what else a backend says', () => {
    expect(parseJaegerV3({ error: { httpCode: 404, message: 'No traces found' } })).toEqual({
      ok: true,
      value: { spans: [], rejected: [] },
    });
    expect(parseJaegerV3({ error: { httpCode: 400, message: 'malformed start time' } })).toMatchObject({
      ok: false,
      error: { code: 'SOURCE_REFUSED', hint: expect.stringContaining('malformed start time') },
    });
    expect(parseJaegerV1({ data: null, errors: [{ code: 404, msg: 'trace not found' }] })).toMatchObject({ ok: true });
    expect(parseJaegerV1({ data: null, errors: [{ code: 500, msg: 'boom' }] })).toMatchObject({
      ok: false,
      error: { code: 'SOURCE_REFUSED' },
    });
    expect(parseJaegerV1({ data: [] })).toEqual({ ok: true, value: { spans: [], rejected: [] } });
  });
});

describe('a malformed span', () => {
  const deep = (levels: number): unknown =>
    levels === 0 ? { stringValue: 'x' } : { arrayValue: { values: [deep(levels - 1)] } };

  it.each<[string, object, string]>([
    ['no trace id', { traceID: undefined, trace: 1 }, ''],
    ['an id that is not hex', { spanID: 'xyz' }, 'data[0].spans[1].spanID'],
    ['no start', { startTime: undefined }, 'data[0].spans[1].startTime'],
    ['a start that is no number', { startTime: 'NaN' }, 'data[0].spans[1].startTime'],
    ['a negative duration', { duration: -1 }, 'data[0].spans[1].duration'],
    ['tags that are no list', { tags: { a: 1 } }, 'data[0].spans[1].tags'],
    ['a tag without key', { tags: [{ value: 1 }] }, 'data[0].spans[1].tags[0]'],
    ['an object as tag value', { tags: [{ key: 'k', value: {} }] }, 'data[0].spans[1].tags[0].value'],
    ['a log without time', { logs: [{ fields: [] }] }, 'data[0].spans[1].logs[0].timestamp'],
  ])('with %s is refused with its path, and its siblings are kept', (_what, change, path) => {
    const broken = path === '' ? 'no object' : { ...span, spanID: '2', ...change };
    const file = spansOf({ data: [{ ...trace, spans: [span, broken, { ...span, spanID: '3' }] }] });
    expect(file.spans.map(({ spanId }) => spanId)).toEqual(['0000000000000001', '0000000000000003']);
    expect(file.rejected).toEqual([
      expect.objectContaining({ reason: 'malformed_span', path: path === '' ? 'data[0].spans[1]' : path }),
    ]);
  });

  it.each<[string, object, string]>([
    ['an id of zeros', { spanId: '0000000000000000' }, '.spanId'],
    ['a time beyond 64 bits', { startTimeUnixNano: '99999999999999999999' }, '.startTimeUnixNano'],
    ['an unknown status', { status: { code: 9 } }, '.status.code'],
    ['hostile nesting', { attributes: [{ key: 'k', value: deep(70) }] }, `.attributes[0].value${'[0]'.repeat(65)}`],
  ])('of OTLP with %s is refused with its path', (_what, change, path) => {
    const spans = [{ ...otlpSpan, ...change }, otlpSpan];
    const file = spansOf({ resourceSpans: [{ scopeSpans: [{ spans }] }, 'no group'] });
    expect(file.spans).toHaveLength(1);
    expect(file.rejected.map((refused) => refused.path)).toEqual([
      `resourceSpans[0].scopeSpans[0].spans[0]${path}`,
      'resourceSpans[1]',
    ]);
  });

  it('never reaches a prototype', () => {
    const text = JSON.stringify({
      resourceSpans: [{ scopeSpans: [{ spans: [{ ...otlpSpan, attributes: 'ATTRIBUTES' }] }] }],
    }).replace(
      '"ATTRIBUTES"',
      '[{"key":"__proto__","value":{"kvlistValue":{"values":[{"key":"x","value":{"boolValue":true}}]}}}]',
    );
    const result = parseTraceFile(text, 'x');
    const attributes = result.ok ? result.value.spans[0]?.attributes : undefined;
    expect(Object.keys(attributes ?? {})).toEqual(['__proto__']);
    expect(attributes).not.toHaveProperty('x');
    expect({}).not.toHaveProperty('x');
  });

  it('is never a thrown error, whatever the JSON', () => {
    const keys = fc.constantFrom(
      'data',
      'spans',
      'traceID',
      'spanID',
      'tags',
      'logs',
      'resourceSpans',
      'scopeSpans',
      '__proto__',
      'result',
      'attributes',
      'references',
      'startTime',
    );
    const json = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom<unknown>(null, 1, -1, '', 'ab', true, 1e300),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.array(fc.tuple(keys, tie('node')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
      ),
    })).node;
    fc.assert(
      fc.property(json, (value) => void read(value)),
      { numRuns: 500 },
    );
  });
});
