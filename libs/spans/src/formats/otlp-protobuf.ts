import { accept, reject, type Result } from '@signalbox/contracts';
import type { Attributes } from '../normal-span.js';
import { readRecordMessage, readSpanMessage } from './protobuf-messages.js';
import { readKeyValue } from './protobuf-values.js';
import { MalformedSpan, rejected, type ParsedSpans, type RejectedSpan } from './span-reading.js';
import { CUT, lengthField, WireReader } from './wire-reader.js';

/** What traces and logs differ in, within the same two levels of groups. */
interface Signal {
  groups: string;
  scopes: string;
  items: string;
  reason: RejectedSpan['reason'];
  read(reader: WireReader, resource: Attributes, scopeName: string | null, into: ParsedSpans): void;
}

const TRACES: Signal = {
  groups: 'resourceSpans',
  scopes: 'scopeSpans',
  items: 'spans',
  reason: 'malformed_span',
  read: (reader, resource, scopeName, into) => into.spans.push(readSpanMessage(reader, resource, scopeName)),
};
const LOGS: Signal = {
  groups: 'resourceLogs',
  scopes: 'scopeLogs',
  items: 'logRecords',
  reason: 'malformed_record',
  read: (reader, resource, scopeName, into) => (into.logs ??= []).push(readRecordMessage(reader, resource, scopeName)),
};

/** Of a request the groups; of a group its resource and scopes; of a scope its own name and items. */
const FIRST = lengthField(1);
const SECOND = lengthField(2);

/** Spans of an OTLP `ExportTraceServiceRequest` (or `TracesData`, of the same form): what `parseOtlp` does, of bytes. */
export function parseOtlpTraces(bytes: Uint8Array): Result<ParsedSpans> {
  return parseRequest(bytes, TRACES, { spans: [], rejected: [] });
}

/** Log records of an OTLP `ExportLogsServiceRequest` (or `LogsData`). */
export function parseOtlpLogs(bytes: Uint8Array): Result<ParsedSpans> {
  return parseRequest(bytes, LOGS, { spans: [], rejected: [], logs: [] });
}

function parseRequest(bytes: Uint8Array, signal: Signal, into: ParsedSpans): Result<ParsedSpans> {
  const reader = new WireReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const groups = collect(reader, FIRST);
  if (groups.broken !== null && groups.ranges.length === 0) {
    return reject('FORMAT_BROKEN', '', `this is no protobuf of OTLP: ${groups.broken.hint}`);
  }
  readRanges(reader, groups, signal.groups, signal, into, (groupPath) => {
    let resource: Attributes = {};
    const scopes = collect(reader, SECOND, () => {
      resource = readResource(reader);
    });
    readRanges(reader, scopes, `${groupPath}.${signal.scopes}`, signal, into, (scopePath) => {
      let scopeName: string | null = null;
      const items = collect(reader, SECOND, () => {
        scopeName = readScopeName(reader);
      });
      readRanges(reader, items, `${scopePath}.${signal.items}`, signal, into, (_, cut) => {
        if (cut) throw new MalformedSpan('', CUT);
        signal.read(reader, resource, scopeName, into);
      });
    });
  });
  return accept(into);
}

interface Range {
  start: number;
  end: number;
  /** It should be longer; this is what there is of it. */
  cut: boolean;
}

interface Messages {
  ranges: Range[];
  /** What is wrong behind the last of them. */
  broken: MalformedSpan | null;
}

/**
 * The nested messages of one field, before any of them is read: fields may come in any order, and each needs what
 * `readHeader` finds in the first field.
 */
function collect(reader: WireReader, wanted: number, readHeader?: () => void): Messages {
  const ranges: Messages['ranges'] = [];
  try {
    for (let field = reader.field(); field !== 0; field = reader.field()) {
      if (field === wanted) {
        const size = reader.varint();
        const start = reader.position;
        const end = Math.min(start + size, reader.end);
        ranges.push({ start, end, cut: end - start < size });
        reader.position = end;
      } else if (field === FIRST && readHeader !== undefined) readHeader();
      else reader.skip(field);
    }
  } catch (error) {
    if (error instanceof MalformedSpan) return { ranges, broken: error };
    throw error;
  }
  return { ranges, broken: null };
}

function readRanges(
  reader: WireReader,
  { ranges, broken }: Messages,
  path: string,
  { reason }: Signal,
  into: ParsedSpans,
  read: (path: string, cut: boolean) => void,
): void {
  for (const [index, { start, end, cut }] of ranges.entries()) {
    const itemPath = `${path}[${index}]`;
    const before = into.rejected.length;
    reader.position = start;
    reader.end = end;
    try {
      read(itemPath, cut);
      // Cut between two of its own messages: those that are there are whole.
      if (cut && into.rejected.length === before) throw new MalformedSpan('', CUT);
    } catch (error) {
      into.rejected.push(rejected(error, itemPath, reason));
    }
  }
  if (broken !== null) into.rejected.push(rejected(broken, `${path}[${ranges.length}]`, reason));
}

function readResource(reader: WireReader): Attributes {
  const outer = reader.end;
  reader.end = reader.length();
  const attributes: Attributes = {};
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === FIRST) readKeyValue(reader, attributes);
    else reader.skip(field);
  }
  reader.end = outer;
  return attributes;
}

function readScopeName(reader: WireReader): string | null {
  const outer = reader.end;
  reader.end = reader.length();
  let name = '';
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === FIRST) name = reader.key();
    else reader.skip(field);
  }
  reader.end = outer;
  return name === '' ? null : name;
}
