import { accept, reject, type Result } from '@signalbox/contracts';
import type { Attributes, SpanScope } from '../normal-span.js';
import { scopeOf } from './otlp-fields.js';
import { readRecordMessage, readSpanMessage } from './protobuf-messages.js';
import { readKeyValue } from './protobuf-values.js';
import { isTooMuch, MalformedSpan, rejected, skipRest, type ParsedSpans, type RejectedSpan } from './span-reading.js';
import { CUT, lengthField, WireReader } from './wire-reader.js';

/** What traces and logs differ in, within the same two levels of groups. */
interface Signal {
  groups: string;
  scopes: string;
  items: string;
  reason: RejectedSpan['reason'];
  read(reader: WireReader, resource: Attributes, scope: SpanScope, into: ParsedSpans): void;
}

const TRACES: Signal = {
  groups: 'resourceSpans',
  scopes: 'scopeSpans',
  items: 'spans',
  reason: 'malformed_span',
  read: (reader, resource, scope, into) => into.spans.push(readSpanMessage(reader, resource, scope)),
};
const LOGS: Signal = {
  groups: 'resourceLogs',
  scopes: 'scopeLogs',
  items: 'logRecords',
  reason: 'malformed_record',
  read: (reader, resource, { scopeName }, into) =>
    (into.logs ??= []).push(readRecordMessage(reader, resource, scopeName)),
};

/** Of a request the groups; of a group its resource and scopes; of a scope its own name and items. */
const FIRST = lengthField(1);
const SECOND = lengthField(2);
const SCOPE_ATTRIBUTES = lengthField(3);

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
  const groups = eachMessage(reader, FIRST, signal.groups, signal, into, (groupPath) => {
    let resource: Attributes = {};
    readHeader(reader, () => {
      resource = readResource(reader);
    });
    eachMessage(reader, SECOND, `${groupPath}.${signal.scopes}`, signal, into, (scopePath) => {
      let scope: SpanScope = { scopeName: null };
      readHeader(reader, () => {
        scope = readScope(reader);
      });
      eachMessage(reader, SECOND, `${scopePath}.${signal.items}`, signal, into, (_, cut) => {
        if (cut) throw new MalformedSpan('', CUT);
        signal.read(reader, resource, scope, into);
      });
    });
  });
  const [broken] = into.rejected;
  // Whatever began before it broke is kept; without a beginning the bytes are something else.
  if (groups === 0 && broken !== undefined) {
    return reject('FORMAT_BROKEN', '', `this is no protobuf of OTLP: ${broken.hint}`);
  }
  return accept(into);
}

/** Reads the first field, wherever in the message it stands: what is nested beside it needs what it says of all. */
function readHeader(reader: WireReader, read: () => void): void {
  const start = reader.position;
  try {
    for (let field = reader.field(); field !== 0; field = reader.field()) {
      if (field === FIRST) read();
      else reader.skip(field);
    }
  } catch (error) {
    // Where the message breaks is met again, by who reads the rest of it.
    if (!(error instanceof MalformedSpan) || reader.position === start) throw error;
  }
  reader.position = start;
}

/**
 * Reads the nested messages of one field in place, refusing each that is malformed, and what is broken behind them.
 * One that was cut off is read to where the bytes end.
 * @returns how many there are
 */
function eachMessage(
  reader: WireReader,
  wanted: number,
  path: string,
  { reason }: Signal,
  into: ParsedSpans,
  read: (path: string, cut: boolean) => void,
): number {
  const outer = reader.end;
  let index = 0;
  try {
    for (let field = reader.field(); field !== 0; field = reader.field()) {
      if (field !== wanted) {
        reader.skip(field);
        continue;
      }
      const size = reader.varint();
      const end = Math.min(reader.position + size, outer);
      const cut = end - reader.position < size;
      const before = into.rejected.length;
      reader.end = end;
      try {
        if (isTooMuch(into)) skipRest(into, 1);
        else read(`${path}[${index}]`, cut);
        // Cut between two of its own messages: those that are there are whole.
        if (cut && into.rejected.length === before) throw new MalformedSpan('', CUT);
      } catch (error) {
        into.rejected.push(rejected(error, `${path}[${index}]`, reason));
      }
      reader.position = end;
      reader.end = outer;
      index += 1;
    }
  } catch (error) {
    into.rejected.push(rejected(error, `${path}[${index}]`, reason));
  }
  return index;
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

function readScope(reader: WireReader): SpanScope {
  const outer = reader.end;
  reader.end = reader.length();
  let name = '';
  const attributes: Attributes = {};
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === FIRST) name = reader.key();
    else if (field === SCOPE_ATTRIBUTES) readKeyValue(reader, attributes);
    else reader.skip(field);
  }
  reader.end = outer;
  return scopeOf(name, attributes);
}
