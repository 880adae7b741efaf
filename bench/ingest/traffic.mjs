// Spans as a gateway sends them: a call with prompt, answer, usage, user and conversation, and a span of another kind beside it.
export const START = Date.parse('2026-03-01T00:00:00Z');
/** Between two traces. */
export const SPACING_MS = 100;
export const SPANS_OF_TRACE = 2;

const PROMPT = 'How do I tell a router which of its candidates answers best when every prompt was asked once? '.repeat(
  6,
);
const ANSWER = 'Ask some of them again of the others, and weigh what you have by how likely it was to be seen. '.repeat(
  4,
);

const message = (role, content) => JSON.stringify([{ role, parts: [{ type: 'text', content }] }]);
const hex = (n, digits) => n.toString(16).padStart(digits, '0');

/** @param seed tells the traces of one bench from those of another */
export function spansOfTrace(n, seed = 1) {
  const traceId = hex(seed, 8) + hex(n, 24);
  const start = START + n * SPACING_MS;
  const call = {
    ...{ traceId, spanId: hex(2 * n + 1, 16), name: 'chat gpt-4o', kind: 3 },
    ...{ startTimeUnixNano: `${start}000000`, endTimeUnixNano: `${start + 1_500}000000` },
    attributes: [
      ['gen_ai.operation.name', 'chat'],
      ['gen_ai.request.model', 'gpt-4o'],
      ['gen_ai.response.model', 'gpt-4o-2024-08-06'],
      ['gen_ai.input.messages', message('user', `${n}: ${PROMPT}`)],
      ['gen_ai.output.messages', message('assistant', `${n}: ${ANSWER}`)],
      ['gen_ai.usage.input_tokens', 130],
      ['gen_ai.usage.output_tokens', 80],
      ['session.id', `session ${n >> 2}`],
      ['user.id', `user ${n % 1_000}`],
    ],
  };
  const other = {
    ...{ traceId, spanId: hex(2 * n + 2, 16), parentSpanId: call.spanId, name: 'redis set', kind: 3 },
    ...{ startTimeUnixNano: `${start + 1}000000`, endTimeUnixNano: `${start + 9}000000` },
    attributes: [['db.system', 'redis']],
  };
  return [call, other].map((span) => ({
    ...span,
    attributes: span.attributes.map(([key, value]) => ({ key, value: anyValue(value) })),
  }));
}

const anyValue = (value) => (typeof value === 'string' ? { stringValue: value } : { intValue: String(value) });

export const SERVICE = 'gateway';

/** As OTLP/JSON. */
export const resourceSpansOf = (spans) => [
  {
    resource: { attributes: [{ key: 'service.name', value: { stringValue: SERVICE } }] },
    scopeSpans: [{ scope: { name: 'bench' }, spans }],
  },
];

/** The same as OTLP/protobuf: https://github.com/open-telemetry/opentelemetry-proto */
export function protobufOf(spans) {
  const scope = field(1, field(1, 'bench'));
  const scopeSpans = Buffer.concat([scope, ...spans.map((span) => field(2, spanMessage(span)))]);
  const resource = field(1, keyValue({ key: 'service.name', value: { stringValue: SERVICE } }));
  return field(1, Buffer.concat([field(1, resource), field(2, scopeSpans)]));
}

function spanMessage({
  traceId,
  spanId,
  parentSpanId = '',
  name,
  kind,
  startTimeUnixNano,
  endTimeUnixNano,
  attributes,
}) {
  const times = Buffer.alloc(18);
  times[0] = (7 << 3) | 1;
  times.writeBigUInt64LE(BigInt(startTimeUnixNano), 1);
  times[9] = (8 << 3) | 1;
  times.writeBigUInt64LE(BigInt(endTimeUnixNano), 10);
  return Buffer.concat([
    ...[
      field(1, Buffer.from(traceId, 'hex')),
      field(2, Buffer.from(spanId, 'hex')),
      field(4, Buffer.from(parentSpanId, 'hex')),
    ],
    ...[field(5, name), Buffer.from([6 << 3, kind]), times],
    ...attributes.map((attribute) => field(9, keyValue(attribute))),
  ]);
}

function keyValue({ key, value }) {
  const any =
    value.stringValue === undefined
      ? Buffer.concat([Buffer.from([3 << 3]), varint(Number(value.intValue))])
      : field(1, value.stringValue);
  return Buffer.concat([field(1, key), field(2, any)]);
}

function field(number, content) {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);
}

function varint(n) {
  const bytes = [];
  for (; n > 127; n = Math.floor(n / 128)) bytes.push((n % 128) | 128);
  return Buffer.from([...bytes, n]);
}
