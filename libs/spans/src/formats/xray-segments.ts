import type { Attributes, NormalSpan } from '../normal-span.js';
import { isObject, member, memberAt } from '../json.js';
import { readSeconds } from './moments.js';
import {
  ignore,
  isTooMuch,
  MalformedSpan,
  skipRest,
  readId,
  readText,
  rejected,
  type Gap,
  type ParsedSpans,
} from './span-reading.js';
import { exceptionsOf, type ExceptionEvent } from './xray-causes.js';
import { readXrayAttributes } from './xray-attributes.js';
import { readXrayTraceId } from './xray-fields.js';

/** A document of 64 kB, X-Ray's limit, cannot sensibly nest deeper. */
const MAX_DEPTH = 256;

/** What segments have from those above them. */
interface Above {
  depth: number;
  traceId: string | null;
  parentSpanId: string | null;
  serviceName: string | null;
  resource: Attributes;
}

/** Subsegments of one segment, of which those before `next` have been read. */
interface Level extends Above {
  items: readonly unknown[];
  next: number;
  path: string;
}

/** Reads segment documents into {@link parsed}; a cause may name an exception in another of them. */
export class SegmentReader {
  readonly parsed: ParsedSpans = { spans: [], rejected: [] };
  private readonly exceptions = new Map<string, ExceptionEvent>();
  private readonly causes: { span: NormalSpan; exception: string }[] = [];
  private readonly unfinished: NormalSpan[] = [];

  addGaps(gaps: readonly Gap[]): void {
    for (const gap of gaps) (this.parsed.gaps ??= []).push(gap);
  }

  /** @param traceId of the trace that the document is listed under, for one that does not name its own */
  read(document: unknown, path: string, traceId: string | null): void {
    const top: Above = { depth: 0, traceId, parentSpanId: null, serviceName: null, resource: {} };
    const levels: Level[] = [];
    const read = (item: unknown, itemPath: string, above: Above): void => {
      try {
        const below = this.readOne(item, itemPath, above);
        if (below !== null) levels.push(below);
      } catch (error) {
        this.parsed.rejected.push(rejected(error, itemPath));
      }
    };
    read(document, path, top);
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const left = level.items.length - level.next;
      if (left === 0 || isTooMuch(this.parsed)) {
        if (left > 0) skipRest(this.parsed, left);
        levels.pop();
        continue;
      }
      const index = level.next;
      level.next += 1;
      read(level.items[index], `${level.path}[${index}]`, level);
    }
  }

  /** Puts what refers to others together. */
  finish(): ParsedSpans {
    for (const { span, exception } of this.causes) {
      const event = this.exceptions.get(exception);
      if (event !== undefined) addException(span, event);
    }
    // Where a segment is there unfinished and finished too, the finished one comes first and is kept.
    for (const span of this.unfinished) this.parsed.spans.push(span);
    return this.parsed;
  }

  /** @returns the subsegments, which are read whether or not their parent could be */
  private readOne(document: unknown, path: string, above: Above): Level | null {
    if (!isObject(document)) throw new MalformedSpan('', 'expected a segment document');
    if (above.depth > MAX_DEPTH) throw new MalformedSpan('', `subsegments are nested deeper than ${MAX_DEPTH} levels`);
    if (member(document, 'inferred') === true) {
      ignore(this.parsed, 'inferred_segment');
      return null;
    }
    let read: NormalSpan | null = null;
    try {
      read = readSegment(document, above);
      this.keep(read, document);
    } catch (error) {
      this.parsed.rejected.push(rejected(error, path));
    }
    const items = member(document, 'subsegments');
    if (items === undefined || items === null) return null;
    if (!Array.isArray(items)) throw new MalformedSpan('.subsegments', 'expected an array');
    return {
      items,
      next: 0,
      path: `${path}${path === '' ? '' : '.'}subsegments`,
      depth: above.depth + 1,
      traceId: read?.traceId ?? readXrayTraceId(member(document, 'trace_id')) ?? above.traceId,
      parentSpanId: read?.spanId ?? idOrNull(member(document, 'id')),
      serviceName: read?.serviceName ?? above.serviceName,
      resource: read?.resourceAttributes ?? above.resource,
    };
  }

  private keep(span: NormalSpan, document: Record<string, unknown>): void {
    const list = member(document, 'in_progress') === true ? this.unfinished : this.parsed.spans;
    list.push(span);
    const cause = member(document, 'cause');
    if (typeof cause === 'string') this.causes.push({ span, exception: cause.toLowerCase() });
    for (const [id, event] of exceptionsOf(cause, span.endUnixNano)) {
      this.exceptions.set(id, event);
      addException(span, event);
    }
  }
}

function readSegment(document: Record<string, unknown>, above: Above): NormalSpan {
  const given = member(document, 'trace_id');
  const traceId = given === undefined ? above.traceId : readXrayTraceId(given);
  if (traceId === null) {
    throw new MalformedSpan('.trace_id', 'expected an id such as 1-581cf771-a006649127e371903a2de979');
  }
  const isSubsegment = above.depth > 0 || member(document, 'type') === 'subsegment';
  const parent = member(document, 'parent_id');
  const end = member(document, 'end_time');
  const { attributes, resource, scopeName } = readXrayAttributes(document);
  const name = readText(member(document, 'name'), '.name');
  const resourceAttributes = Object.keys(resource).length === 0 ? above.resource : { ...above.resource, ...resource };
  const service = resourceAttributes['service.name'];
  return {
    traceId,
    spanId: readId(member(document, 'id'), 16, '.id'),
    parentSpanId:
      above.depth > 0
        ? above.parentSpanId
        : parent === undefined || parent === null
          ? null
          : readId(parent, 16, '.parent_id'),
    name,
    kind: kindOf(document, isSubsegment),
    // X-Ray names a segment after its service.
    serviceName: typeof service === 'string' && service !== '' ? service : isSubsegment ? above.serviceName : name,
    scopeName,
    startUnixNano: readSeconds(member(document, 'start_time'), '.start_time'),
    endUnixNano: end === undefined || end === null ? 0n : readSeconds(end, '.end_time'),
    attributes,
    resourceAttributes,
    events: [],
    status: { code: isFailed(document) ? 'ERROR' : 'UNSET', message: messageOf(document) },
  };
}

function kindOf(document: Record<string, unknown>, isSubsegment: boolean): NormalSpan['kind'] {
  if (!isSubsegment) return 'SERVER';
  const namespace = member(document, 'namespace');
  return namespace === 'aws' || namespace === 'remote' ? 'CLIENT' : 'INTERNAL';
}

function isFailed(document: Record<string, unknown>): boolean {
  return ['fault', 'error', 'throttle'].some((key) => member(document, key) === true);
}

function messageOf(document: Record<string, unknown>): string | null {
  const message = memberAt(document, ['cause', 'message']);
  return typeof message === 'string' && message !== '' ? message : null;
}

function addException(span: NormalSpan, event: ExceptionEvent): void {
  span.events.push({ ...event, timeUnixNano: span.endUnixNano });
  const message = event.attributes['exception.message'];
  if (typeof message === 'string') span.status.message ??= message;
}

function idOrNull(value: unknown): string | null {
  return typeof value === 'string' && /^(?!0+$)[0-9a-f]{16}$/i.test(value) ? value.toLowerCase() : null;
}
