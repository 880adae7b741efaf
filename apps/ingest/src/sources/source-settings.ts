import { SignalboxError } from '@signalbox/contracts';
import { endpointOf } from '@signalbox/outbound';
import { z } from 'zod';
import { BACKENDS, type BackendEdges, type BackendSetting } from '../backends/backends.js';
import type { CreateTraceSourceInput } from './source.input.js';
import { RedactionLevel, TraceSourceKind } from './source.type.js';

const headers = z.record(z.string().regex(/^[!#$%&'*+.^_`|~0-9a-z-]+$/i), z.string().regex(/^[\t\x20-\x7e]*$/));
const credentials = z.union([
  z.strictObject({ token: z.string().min(1) }),
  z.strictObject({ username: z.string().min(1), password: z.string() }),
]);
export const sourceSecrets = z.object({ headers: headers.nullable(), credentials: credentials.nullable() });
export type SourceSecrets = z.infer<typeof sourceSecrets>;

export interface SourceSettings extends Record<BackendSetting, string | null> {
  name: string;
  kind: TraceSourceKind;
  redaction: RedactionLevel;
  schedule: string | null;
  retentionDays: number | null;
  secrets: SourceSecrets;
}

const BACKEND_SETTINGS: readonly BackendSetting[] = [
  ...(['endpoint', 'serviceName', 'tenant', 'region', 'path', 'filter'] as const),
];

/** @throws SignalboxError INVALID_INPUT, ADDRESS_REFUSED or AWS_ROLE_REFUSED; a setting without effect is refused rather than dropped. */
export function sourceSettingsOf(input: CreateTraceSourceInput, edges: BackendEdges): SourceSettings {
  const backend = BACKENDS[input.kind];
  const given = (setting: BackendSetting) => input[setting] || null;
  const unused = BACKEND_SETTINGS.filter((setting) => given(setting) !== null && !backend.uses.includes(setting));
  if (unused.length > 0) throw invalid(`${unused.join(', ')}: has no meaning for a ${input.kind} source, leave it out`);
  const missing = backend.needs.filter((setting) => given(setting) === null);
  if (missing.length > 0) throw invalid(`${missing.join(', ')}: a ${input.kind} source needs it`);
  if (input.schedule && input.kind === TraceSourceKind.OTLP)
    throw invalid('schedule: an OTLP source is sent to, not read; leave it out');
  const settings: SourceSettings = {
    name: input.name,
    kind: input.kind,
    endpoint: given('endpoint') && endpointOf('endpoint', input.endpoint, 'the query API', edges.outbound),
    serviceName: given('serviceName'),
    tenant: given('tenant'),
    region: given('region'),
    path: given('path'),
    filter: given('filter'),
    redaction: input.redaction ?? RedactionLevel.ON,
    schedule: input.schedule || null,
    retentionDays: input.retentionDays ?? null,
    secrets: {
      headers: parsed('headers', headers, input.headers, 'an object of header names and values'),
      credentials: parsed('credentials', credentials, input.credentials, '{token} or {username, password}'),
    },
  };
  const { headers: sent, credentials: secret } = settings.secrets;
  backend.check?.({ ...settings, headers: sent ?? {}, credentials: secret }, edges);
  return settings;
}

/** The value itself is never repeated: it may be a secret. */
function parsed<T>(field: string, schema: z.ZodType<T>, value: unknown, expected: string): T | null {
  if (value === null || value === undefined) return null;
  const result = schema.safeParse(value);
  if (!result.success) throw invalid(`${field}: expected ${expected}`);
  return result.data;
}

const invalid = (message: string): SignalboxError => new SignalboxError('INVALID_INPUT', message);
