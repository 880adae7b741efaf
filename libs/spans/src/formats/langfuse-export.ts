import { accept, reject, type Result } from '@signalbox/contracts';
import { isObject, member, memberAt, parseJson } from '../json.js';
import type { Attributes, NormalSpan } from '../normal-span.js';
import { readPlainAttributes, readPlainValue, setAttribute } from './attribute-values.js';
import { idFor } from './foreign-ids.js';
import { readIsoTime } from './moments.js';
import { readObject, serviceNameOf } from './otlp-fields.js';
import { at, readEach, readText, type ParsedSpans } from './span-reading.js';

/** What Langfuse keeps of an observation beside its attributes, under the names that its own SDKs use on spans. */
const OBSERVATION_KEYS: readonly [member: string, key: string][] = [
  ['input', 'langfuse.observation.input'],
  ['output', 'langfuse.observation.output'],
  ['model', 'langfuse.observation.model.name'],
  ['usageDetails', 'langfuse.observation.usage_details'],
  ['costDetails', 'langfuse.observation.cost_details'],
  ['completionStartTime', 'langfuse.observation.completion_start_time'],
];

interface Context {
  /** Of all observations of a trace: its session and its user. */
  shared: Attributes;
}

/** True for a trace that Langfuse's UI or API exports, `{trace, observations}` or a trace with its observations, and for `{data: [observations]}`. */
export function isLangfuseExport(json: unknown): boolean {
  return observationsOf(json) !== undefined;
}

function observationsOf(json: unknown): { observations: unknown[]; path: string; trace: unknown } | undefined {
  if (!isObject(json)) return undefined;
  const observations = member(json, 'observations');
  if (Array.isArray(observations)) {
    const trace = member(json, 'trace') ?? json;
    return isObject(trace) && Object.hasOwn(trace, 'id') ? { observations, path: 'observations', trace } : undefined;
  }
  const data = member(json, 'data');
  const isList = Array.isArray(data) && data.some(isObservation);
  return isList ? { observations: data, path: 'data', trace: null } : undefined;
}

function isObservation(item: unknown): boolean {
  return isObject(item) && ['id', 'traceId', 'type', 'startTime'].every((key) => Object.hasOwn(item, key));
}

/** One span for each observation. Times are as fine as Langfuse keeps them, milliseconds. */
export function parseLangfuseExport(json: unknown): Result<ParsedSpans> {
  const found = observationsOf(json);
  if (found === undefined) return reject('FORMAT_UNKNOWN', '', 'expected {trace, observations: [...]}');
  const parsed: ParsedSpans = { spans: [], rejected: [] };
  const context = { shared: sharedOf(found.trace) };
  readEach(found.observations, found.path, parsed, (item) => {
    parsed.spans.push(readObservation(item, context));
  });
  return accept(parsed);
}

function sharedOf(trace: unknown): Attributes {
  const [session, user] = [memberAt(trace, ['sessionId']), memberAt(trace, ['userId'])];
  return {
    ...(typeof session === 'string' && session !== '' ? { 'langfuse.session.id': session } : {}),
    ...(typeof user === 'string' && user !== '' ? { 'langfuse.user.id': user } : {}),
  };
}

function readObservation(item: unknown, { shared }: Context): NormalSpan {
  const observation = readObject(item, '', 'an observation');
  const metadata = readMetadata(member(observation, 'metadata'));
  const resource = at('.metadata.resourceAttributes', () =>
    readPlainAttributes(memberAt(metadata, ['resourceAttributes'])),
  );
  const own = at('.metadata.attributes', () => readPlainAttributes(memberAt(metadata, ['attributes'])));
  const scope = memberAt(metadata, ['scope', 'name']);
  const parent = member(observation, 'parentObservationId');
  const end = member(observation, 'endTime');
  const failed = member(observation, 'level') === 'ERROR';
  const message = readText(member(observation, 'statusMessage'), '.statusMessage');
  return {
    traceId: idFor(member(observation, 'traceId'), 32, '.traceId'),
    spanId: idFor(member(observation, 'id'), 16, '.id'),
    parentSpanId: parent === undefined || parent === null ? null : idFor(parent, 16, '.parentObservationId'),
    name: readText(member(observation, 'name'), '.name'),
    kind: 'UNSPECIFIED',
    serviceName: serviceNameOf(resource),
    scopeName: typeof scope === 'string' && scope !== '' ? scope : null,
    startUnixNano: readIsoTime(member(observation, 'startTime'), '.startTime'),
    endUnixNano: end === undefined || end === null ? 0n : readIsoTime(end, '.endTime'),
    attributes: { ...readFields(observation, own), ...shared, ...own },
    resourceAttributes: resource,
    events: [],
    status: { code: failed ? 'ERROR' : 'UNSET', message: message === '' ? null : message },
  };
}

/** An object from the API, and JSON of one from the UI. */
function readMetadata(value: unknown): unknown {
  return typeof value === 'string' ? parseJson(value) : value;
}

function readFields(observation: Record<string, unknown>, own: Attributes): Attributes {
  const attributes: Attributes = {};
  for (const [name, key] of OBSERVATION_KEYS) {
    const value = member(observation, name);
    const isEmpty = value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0);
    if (!isEmpty) setAttribute(attributes, key, readPlainValue(value, `.${name}`));
  }
  const type = member(observation, 'type');
  // Langfuse calls GENERATION also what only wraps one, which the AI SDK itself tells apart.
  if (typeof type === 'string' && !Object.hasOwn(own, 'ai.operationId')) {
    attributes['langfuse.observation.type'] = type.toLowerCase();
  }
  return attributes;
}
