import type { OtlpEncoding, OtlpSignal, Received } from './receiver.service.js';

const TYPES: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

export interface OtlpAnswer {
  type: string;
  body: Buffer;
}

/** `ExportTraceServiceResponse` and `ExportLogsServiceResponse`: empty, or with `partial_success`. */
export function exportAnswer(signal: OtlpSignal, encoding: OtlpEncoding, { rejected, message }: Received): OtlpAnswer {
  const type = TYPES[encoding];
  if (encoding === 'json') {
    const count = signal === 'traces' ? { rejectedSpans: String(rejected) } : { rejectedLogRecords: String(rejected) };
    const answer = rejected === 0 ? {} : { partialSuccess: { ...count, errorMessage: message } };
    return { type, body: Buffer.from(JSON.stringify(answer)) };
  }
  if (rejected === 0) return { type, body: Buffer.alloc(0) };
  const partial = Buffer.concat([Buffer.from([0x08]), varint(rejected), field(2, Buffer.from(message))]);
  return { type, body: field(1, partial) };
}

/** `google.rpc.Status`, which OTLP answers failures with. @param code of gRPC */
export function statusAnswer(encoding: OtlpEncoding, code: number, message: string): OtlpAnswer {
  const type = TYPES[encoding];
  if (encoding === 'json') return { type, body: Buffer.from(JSON.stringify({ code, message })) };
  return { type, body: Buffer.concat([Buffer.from([0x08]), varint(code), field(2, Buffer.from(message))]) };
}

/** A field of bytes: its number and wire type 2, its length, itself. */
function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}
