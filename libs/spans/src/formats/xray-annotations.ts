import { INDEX, knownKeys, PROVIDER } from '../dialects/known-keys.js';

/** Resource attributes that tell which service and which process. */
const RESOURCE_KEYS = [
  ...['service.name', 'service.namespace', 'service.version', 'service.instance.id'],
  ...['deployment.environment', 'deployment.environment.name', 'host.name', 'container.id', 'process.pid'],
  ...['telemetry.sdk.name', 'telemetry.sdk.language', 'telemetry.sdk.version', 'telemetry.auto.version'],
  ...['cloud.provider', 'cloud.platform', 'cloud.region', 'cloud.account.id', 'cloud.resource_id'],
  ...['k8s.namespace.name', 'k8s.pod.name', 'k8s.deployment.name', 'k8s.node.name', 'k8s.cluster.name'],
];
const RAW = `llm.${PROVIDER}.`;

const KEYS = dictionaryOf(knownKeys().filter((key) => !key.startsWith(RAW)));
const RESOURCES = dictionaryOf(RESOURCE_KEYS);
/** What may follow the provider, the longest first, since a provider's name may have underscores too. */
const RAW_NAMES = knownKeys()
  .filter((key) => key.startsWith(RAW))
  .map((key) => key.slice(RAW.length))
  .sort((a, b) => b.length - a.length);

/**
 * The key that an annotation of X-Ray had as an attribute. X-Ray takes letters, digits and underscores alone, so the
 * Collector's exporter writes `gen_ai_usage_input_tokens`; keys that no dialect knows stay as they are. Two keys of one
 * such spelling mean the same, so the first in the tables is as good as the other.
 */
export function attributeKey(annotation: string): string {
  return restored(annotation, KEYS) ?? restoredRaw(annotation) ?? annotation;
}

/** The same of what follows `otel.resource.`. */
export function resourceKey(annotation: string): string {
  return restored(annotation, RESOURCES) ?? annotation;
}

function dictionaryOf(keys: readonly string[]): ReadonlyMap<string, string> {
  // The first of equal spellings is to stay.
  return new Map([...keys].reverse().map((key) => [spoilt(key), key]));
}

function spoilt(key: string): string {
  return key.replaceAll(INDEX, '\0').replace(/[^0-9A-Za-z\0]/g, '_');
}

function restored(annotation: string, dictionary: ReadonlyMap<string, string>): string | undefined {
  const numbers: string[] = [];
  const parts = annotation.split('_').map((part) => {
    if (!/^\d+$/.test(part)) return part;
    numbers.push(part);
    return '\0';
  });
  const key = dictionary.get(parts.join('_'));
  return key?.replaceAll(INDEX, () => numbers.shift() ?? '');
}

function restoredRaw(annotation: string): string | undefined {
  if (!annotation.startsWith('llm_')) return undefined;
  const name = RAW_NAMES.find((suffix) => annotation.endsWith(`_${spoilt(suffix)}`));
  if (name === undefined) return undefined;
  const provider = annotation.slice('llm_'.length, -name.length - 1);
  return provider === '' ? undefined : `llm.${provider}.${name}`;
}
