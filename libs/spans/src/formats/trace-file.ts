import { accept, reject, type Result } from '@signalbox/contracts';
import { DOCUMENT_FORMATS, type TraceFormat } from './document-formats.js';
import { parseExactJson } from './exact-json.js';
import { addParsed, ignore, type ParsedSpans } from './span-reading.js';
import { readProtobufFile, unpack } from './trace-bytes.js';

export interface TraceFile extends ParsedSpans {
  format: TraceFormat;
}

const TITLES = [...DOCUMENT_FORMATS.map(({ title }) => title), 'OTLP protobuf'].join(', ');

/**
 * Reads a trace file in whichever known format it is: one JSON document or one a line (as the Collector's file
 * exporter writes), or OTLP as protobuf, each also packed by gzip. `name` is used in messages only.
 * Refuses with `FORMAT_BROKEN` (empty or not JSON) or `FORMAT_UNKNOWN`, both naming the formats that were tried, or with
 * `SOURCE_REFUSED` (the file holds a backend's error). Malformed spans are in `rejected`; their siblings are kept.
 */
export function parseTraceFile(content: string | Uint8Array, name: string): Result<TraceFile> {
  if (typeof content === 'string') return parseText(content, name);
  const unpacked = unpack(content, name);
  if (!unpacked.ok) return unpacked;
  const bytes = unpacked.value;
  const text = parseText(textOf(bytes), name);
  if (text.ok || text.error.code !== 'FORMAT_BROKEN') return text;
  const protobuf = readProtobufFile(bytes);
  return protobuf === null ? text : accept({ format: 'otlp-protobuf', ...protobuf });
}

/** UTF-8, or what PowerShell makes of the output of a command. */
function textOf(bytes: Uint8Array): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(isUtf16 ? 'utf16le' : 'utf8');
}

function parseText(text: string, name: string): Result<TraceFile> {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (source.trim() === '') return reject('FORMAT_BROKEN', '', `${name} is empty; tried ${TITLES}`);
  const whole = parseDocument(source);
  if (whole.ok) return readDocument(whole.value, name);

  const lines = source.split('\n').flatMap((text, index) => (text.trim() === '' ? [] : [{ text, number: index + 1 }]));
  if (isDocumentALine(lines)) return readLines(lines, name);
  return reject('FORMAT_BROKEN', '', `${name} is not valid JSON: ${whole.error}; tried ${TITLES}`);
}

interface NumberedLine {
  text: string;
  /** In the file, from 1; blank lines count. */
  number: number;
}

/** Told by the second line where the first is the broken one; a document over several lines has no object there beside another. */
function isDocumentALine([first, second]: readonly NumberedLine[]): boolean {
  if (first === undefined || second === undefined) return false;
  const bothObjects = first.text.startsWith('{') && second.text.startsWith('{');
  return parseDocument(first.text).ok || (bothObjects && parseDocument(second.text).ok);
}

function readLines(lines: readonly NumberedLine[], name: string): Result<TraceFile> {
  let format: TraceFormat | undefined;
  let unknown: Result<TraceFile> | undefined;
  const parsed: ParsedSpans = { spans: [], rejected: [] };
  for (const { text, number } of lines) {
    const path = `line ${number}`;
    const document = parseDocument(text);
    if (!document.ok) {
      // The place inside the line calls that line 1, beside the real number.
      const where = document.error.replace(/ \(line \d+ column \d+\)/, '');
      return reject('FORMAT_BROKEN', path, `${name}, ${path}, is not valid JSON: ${where}`);
    }
    const read = readDocument(document.value, `${name}, ${path},`);
    if (read.ok) {
      format ??= read.value.format;
      addParsed(parsed, read.value, `${path} `);
      continue;
    }
    const failed = { ok: false as const, error: { ...read.error, path: `${path} ${read.error.path}`.trim() } };
    if (read.error.code !== 'FORMAT_UNKNOWN') return failed;
    unknown ??= failed;
    ignore(parsed, 'log_line');
  }
  if (format === undefined) return unknown ?? reject('FORMAT_BROKEN', '', `${name} is empty`);
  // A log group has lines of every kind; in any other format a line that is something else is a mistake.
  return unknown !== undefined && format !== 'cloudwatch' ? unknown : accept({ format, ...parsed });
}

function parseDocument(text: string): Result<unknown, string> {
  try {
    return { ok: true, value: parseExactJson(text) };
  } catch (error) {
    return { ok: false, error: error instanceof SyntaxError ? placeOf(error.message, text) : 'it cannot be read' };
  }
}

/** V8 quotes the text around a syntax error, which may be a prompt; only the place is repeated. */
function placeOf(message: string, text: string): string {
  const place = /at position (\d+)(?: \(line \d+ column \d+\))?/.exec(message);
  // A file that was cut off breaks at its end: inside of a string, between two members, after a minus.
  const atEnd = place !== null && Number(place[1]) >= text.trimEnd().length;
  if (atEnd || message.startsWith('Unexpected end')) return 'it ends too early';
  return place === null ? 'it holds a character that JSON does not allow there' : `unexpected character ${place[0]}`;
}

function readDocument(json: unknown, name: string): Result<TraceFile> {
  const reader = DOCUMENT_FORMATS.find((format) => format.matches(json));
  if (reader === undefined) {
    return reject('FORMAT_UNKNOWN', '', `${name} is in none of the trace formats that are read; tried ${TITLES}`);
  }
  const parsed = reader.parse(json);
  if (parsed.ok) return accept({ format: reader.format, ...parsed.value });
  return reject(parsed.error.code, parsed.error.path, `${name}: ${parsed.error.hint}`);
}
