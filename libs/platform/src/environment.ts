import { SignalboxError } from '@signalbox/contracts';
import { z } from 'zod';

/** The one place that reads the environment. Empty variables count as absent, as shells and compose files leave them. */
export function processEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}

/**
 * Parses variables once. `names` says which variable feeds which field of the schema.
 * @throws SignalboxError ENVIRONMENT_INVALID that lists every fault by the variable's name, not just the first.
 */
export function parseEnvironment<T>(
  schema: z.ZodType<T>,
  names: Record<string, string>,
  variables: Record<string, string>,
): T {
  const fields = Object.fromEntries(Object.entries(names).map(([field, variable]) => [field, variables[variable]]));
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${names[String(issue.path[0])]}: ${issue.message}`);
  throw new SignalboxError('ENVIRONMENT_INVALID', `The environment is not complete:\n  ${faults.join('\n  ')}`);
}

export const ROLES = ['api', 'worker', 'all'] as const;

const postgresUrl = z.string('is missing').regex(/^postgres(ql)?:\/\//, 'must start with postgres://');
export const queueUrl = z
  .string('is missing')
  .regex(/^(postgres(ql)?|rediss?):\/\//, 'must start with postgres:// or redis://');
export const listenPort = z.coerce.number('must be a port').int().min(0).max(65_535);
export const logLevel = z.enum(['log', 'warn', 'error']);

/** What every service needs; a service's own `main.ts` parses it from variables, standalone makes it. */
const serviceEnvironment = z.object({
  /** Login role of this service, e.g. `postgres://signalbox_ingest:...@127.0.0.1:5432/signalbox`. */
  databaseUrl: postgresUrl,
  /** Where BullMQ keeps its jobs. */
  queueUrl,
  objectStoreUrl: z.string('is missing').regex(/^file:\/\//, 'must start with file:// (s3:// comes later)'),
  /** 32 bytes; seals credentials at rest. */
  secretKey: z.string('is missing').regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits (openssl rand -hex 32)'),
  host: z.string().default('127.0.0.1'),
  /** 0 takes any free port. */
  port: listenPort,
  role: z.enum(ROLES).default('all'),
  logLevel: logLevel.default('log'),
});
export type ServiceEnvironment = z.infer<typeof serviceEnvironment>;

/** The environment of one service running by itself, from `INGEST_DATABASE_URL`, `INGEST_PORT` and the shared variables. */
export function serviceEnvironmentOf(
  service: string,
  defaultPort: number,
  variables: Record<string, string>,
): ServiceEnvironment {
  const prefix = service.toUpperCase();
  const names = {
    databaseUrl: `${prefix}_DATABASE_URL`,
    queueUrl: 'QUEUE_URL',
    objectStoreUrl: 'OBJECT_STORE_URL',
    secretKey: 'SIGNALBOX_SECRET_KEY',
    host: 'HOST',
    port: `${prefix}_PORT`,
    role: 'ROLE',
    logLevel: 'LOG_LEVEL',
  };
  return parseEnvironment(serviceEnvironment, names, { [names.port]: String(defaultPort), ...variables });
}
