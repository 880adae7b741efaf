import { isObject, member, memberAt } from '../json.js';
import type { Attributes, AttributeValue } from '../normal-span.js';
import { readPlainValue, setAttribute } from './attribute-values.js';
import { MalformedSpan } from './span-reading.js';
import { attributeKey, resourceKey } from './xray-annotations.js';

/** The exporter's mark of a resource's attribute; in an annotation its dots are underscores. */
const RESOURCE_PREFIX = /^otel[._]resource[._](.+)$/;
const SCOPE_KEYS = new Set(['otel.scope.name', 'otel_scope_name']);
/** The namespace of the exporter and of X-Ray's own SDKs, which wins over others. */
const DEFAULT_NAMESPACE = 'default';

/** Blocks that the exporter makes of attributes, as OpenTelemetry names what is in them. */
const HTTP_KEYS: readonly [path: readonly string[], key: string][] = [
  [['request', 'method'], 'http.request.method'],
  [['request', 'url'], 'url.full'],
  [['request', 'user_agent'], 'user_agent.original'],
  [['request', 'client_ip'], 'client.address'],
  [['response', 'status'], 'http.response.status_code'],
  [['response', 'content_length'], 'http.response.body.size'],
];

export interface XrayAttributes {
  attributes: Attributes;
  resource: Attributes;
  scopeName: string | null;
}

/** What a segment says: its blocks, then annotations over them, then metadata, which alone is as it was, over all. */
export function readXrayAttributes(document: Record<string, unknown>): XrayAttributes {
  const read: XrayAttributes = { attributes: {}, resource: {}, scopeName: null };
  readBlocks(document, read.attributes);
  readAnnotations(member(document, 'annotations'), read);
  readMetadata(member(document, 'metadata'), read);
  return read;
}

function readBlocks(document: Record<string, unknown>, attributes: Attributes): void {
  const http = member(document, 'http');
  for (const [path, key] of HTTP_KEYS) {
    const value = memberAt(http, path);
    if (typeof value === 'string' || typeof value === 'number') attributes[key] = value;
  }
  for (const name of ['aws', 'sql']) {
    const block = member(document, name);
    if (isObject(block)) addScalars(block, name, attributes);
  }
  const user = member(document, 'user');
  if (typeof user === 'string') attributes['enduser.id'] = user;
  const version = memberAt(document, ['service', 'version']);
  if (typeof version === 'string') attributes['service.version'] = version;
}

/** Members of a block and of the blocks in it, with dots. */
function addScalars(block: Record<string, unknown>, path: string, attributes: Attributes, levels = 3): void {
  for (const key of Object.keys(block)) {
    const value = block[key];
    if (isObject(value)) {
      if (levels > 0) addScalars(value, `${path}.${key}`, attributes, levels - 1);
    } else if (value !== null && value !== undefined) {
      setAttribute(attributes, `${path}.${key}`, readPlainValue(value, `.${path}`));
    }
  }
}

function readAnnotations(annotations: unknown, into: XrayAttributes): void {
  if (annotations === undefined || annotations === null) return;
  if (!isObject(annotations)) throw new MalformedSpan('.annotations', 'expected an object');
  const taken = new Set<string>();
  for (const key of Object.keys(annotations)) {
    const value = readPlainValue(annotations[key], '.annotations');
    const resource = RESOURCE_PREFIX.exec(key)?.[1];
    const name = resource === undefined ? attributeKey(key) : `resource ${resource}`;
    if (taken.has(name)) continue;
    taken.add(name);
    add(into, key, value, { attribute: name, resource: resource === undefined ? undefined : resourceKey(resource) });
  }
}

function readMetadata(metadata: unknown, into: XrayAttributes): void {
  if (metadata === undefined || metadata === null) return;
  if (!isObject(metadata)) throw new MalformedSpan('.metadata', 'expected an object');
  const namespaces = Object.keys(metadata).filter((namespace) => namespace !== DEFAULT_NAMESPACE);
  for (const namespace of [...namespaces, DEFAULT_NAMESPACE]) {
    const values = member(metadata, namespace);
    if (isObject(values)) {
      for (const key of Object.keys(values)) {
        const value = readPlainValue(values[key], `.metadata.${namespace}`);
        add(into, key, value, { attribute: key, resource: RESOURCE_PREFIX.exec(key)?.[1] });
      }
    } else if (values !== undefined) {
      setAttribute(into.attributes, namespace, readPlainValue(values, '.metadata'));
    }
  }
}

function add(
  into: XrayAttributes,
  key: string,
  value: AttributeValue,
  names: { attribute: string; resource: string | undefined },
): void {
  if (names.resource !== undefined) setAttribute(into.resource, names.resource, value);
  else if (SCOPE_KEYS.has(key) && typeof value === 'string') into.scopeName = value;
  else setAttribute(into.attributes, names.attribute, value);
}
