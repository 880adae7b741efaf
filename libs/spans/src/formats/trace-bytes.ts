import { accept, reject, type Result } from '@signalbox/contracts';
import { gunzipSync } from 'node:zlib';
import { parseOtlpLogs, parseOtlpTraces } from './otlp-protobuf.js';
import { addParsed, type ParsedSpans } from './span-reading.js';

/** As much text as a string can hold. */
const MAX_BYTES = 0x1fff_ffe8;
const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
/** How a request begins: its first group, with a length. */
const GROUP = 0x0a;
const PREFIX = 4;

/** The bytes of a file, unpacked when they are gzip. */
export function unpack(bytes: Uint8Array, name: string): Result<Uint8Array> {
  if (beginsWith(bytes, ZSTD)) return reject('FORMAT_UNKNOWN', '', `${name} is compressed by zstd: unpack it first`);
  if (!beginsWith(bytes, GZIP)) return withinLimit(bytes, name);
  try {
    return accept(gunzipSync(bytes, { maxOutputLength: MAX_BYTES }));
  } catch (error) {
    const tooLarge = error instanceof RangeError;
    const why = tooLarge ? 'holds more than 512 MB' : 'is compressed, and cannot be unpacked';
    return reject('FORMAT_BROKEN', '', `${name} ${why}${tooLarge ? ': split it' : ''}`);
  }
}

function withinLimit(bytes: Uint8Array, name: string): Result<Uint8Array> {
  if (bytes.length <= MAX_BYTES) return accept(bytes);
  return reject('FORMAT_BROKEN', '', `${name} is larger than 512 MB: split it`);
}

function beginsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

/**
 * OTLP as protobuf, of traces or of logs: one request, or many of them, each after its length in four bytes, as the
 * Collector's file exporter writes. Null when the bytes are something else.
 */
export function readProtobufFile(bytes: Uint8Array): ParsedSpans | null {
  if (bytes[0] === GROUP) return readRequest(bytes);
  return bytes[PREFIX] === GROUP ? readFrames(bytes) : null;
}

/** No field of a span stands where its record has one that must be there, nor the other way round. */
function readRequest(bytes: Uint8Array): ParsedSpans | null {
  const traces = parseOtlpTraces(bytes);
  if (traces.ok && traces.value.spans.length > 0) return traces.value;
  const logs = parseOtlpLogs(bytes);
  if (logs.ok && (logs.value.logs?.length ?? 0) > 0) return logs.value;
  return null;
}

function readFrames(bytes: Uint8Array): ParsedSpans | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parsed: ParsedSpans = { spans: [], rejected: [] };
  let found = false;
  let at = 0;
  for (let number = 1; at < bytes.length; number += 1) {
    const path = `message ${number}`;
    const size = at + PREFIX <= bytes.length ? view.getUint32(at) : Infinity;
    const end = at + PREFIX + size;
    const message = readRequest(bytes.subarray(at + PREFIX, Math.min(end, bytes.length)));
    if (message === null || end > bytes.length) {
      if (!found && message === null) return null;
      const hint = end > bytes.length ? 'the file ends too early' : 'this is no protobuf of OTLP';
      parsed.rejected.push({ code: 'FORMAT_BROKEN', reason: 'malformed_span', path, hint });
    }
    if (message !== null) addParsed(parsed, message, `${path} `);
    found = true;
    at = end;
  }
  return parsed;
}
