import { SignalboxError } from '@signalbox/contracts';
import { z } from 'zod';
import type { CreateTraceSourceInput } from './source.input.js';
import { RedactionLevel, TraceSourceKind } from './source.type.js';

const headers = z.record(z.string().regex(/^[!#$%&'*+.^_`|~0-9a-z-]+$/i), z.string().regex(/^[\t\x20-\x7e]*$/));
const credentials = z.union([
  z.strictObject({ token: z.string().min(1) }),
  z.strictObject({ username: z.string().min(1), password: z.string() }),
]);
export const sourceSecrets = z.object({ headers: headers.nullable(), credentials: credentials.nullable() });
export type SourceSecrets = z.infer<typeof sourceSecrets>;

/** The settings of a source that can be read today. */
export interface SourceSettings {
  name: string;
  kind: TraceSourceKind;
  endpoint: string;
  serviceName: string | null;
  tenant: string | null;
  redaction: RedactionLevel;
  secrets: SourceSecrets;
}

const LATER = ['region', 'path', 'filter', 'schedule', 'retentionDays'] as const;

/** @throws SignalboxError INVALID_INPUT; a setting without effect is refused rather than dropped. */
export function sourceSettingsOf(input: CreateTraceSourceInput): SourceSettings {
  if (input.kind !== TraceSourceKind.JAEGER) throw invalid(`kind ${input.kind} comes later; JAEGER is read today`);
  const unused = LATER.filter((field) => input[field] !== null && input[field] !== undefined);
  if (unused.length > 0) throw invalid(`${unused.join(', ')}: comes later, leave it out`);
  if (input.redaction === RedactionLevel.STRICT)
    throw invalid('redaction: STRICT comes later; texts are stored as they were read');
  return {
    name: input.name,
    kind: input.kind,
    endpoint: endpointOf(input.endpoint),
    serviceName: input.serviceName || null,
    tenant: input.tenant || null,
    redaction: input.redaction ?? RedactionLevel.ON,
    secrets: {
      headers: parsed('headers', headers, input.headers, 'an object of header names and values'),
      credentials: parsed('credentials', credentials, input.credentials, '{token} or {username, password}'),
    },
  };
}

function endpointOf(endpoint: string | null | undefined): string {
  if (!endpoint || !URL.canParse(endpoint)) throw invalid('endpoint: expected the base URL of the query API');
  const url = new URL(endpoint);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalid('endpoint: expected http:// or https://');
  if (url.username || url.password) throw invalid('endpoint: give the password in credentials, where it is encrypted');
  if (url.search || url.hash) throw invalid('endpoint: leave out the query and the fragment');
  return url.href.replace(/\/+$/, '');
}

/** The value itself is never repeated: it may be a secret. */
function parsed<T>(field: string, schema: z.ZodType<T>, value: unknown, expected: string): T | null {
  if (value === null || value === undefined) return null;
  const result = schema.safeParse(value);
  if (!result.success) throw invalid(`${field}: expected ${expected}`);
  return result.data;
}

const invalid = (message: string): SignalboxError => new SignalboxError('INVALID_INPUT', message);
