import { SignalboxError, type ServiceName } from '@signalbox/contracts';
import { AddressPolicy, AwsRolePolicy } from '@signalbox/outbound';
import { labelPolicy } from '@signalbox/scoring';
import { z } from 'zod';
import { EMBEDDER } from './embedder-variable.js';
import { LOG_LEVELS } from './logging/json-logger.js';

/** One variable of an environment: how it is parsed, and what `.env.example` says of it. */
export interface Variable<T = unknown> {
  name: string;
  schema: z.ZodType<T>;
  says: string;
  /** What the example shows; the default where there is one. */
  example: string;
  /** Variables that mean something beside this one alone: its schema is given all of them that are set, by their names. */
  beside?: readonly Omit<Variable, 'schema' | 'beside'>[];
}

export type Parsed<V extends Record<string, Variable>> = { [F in keyof V]: z.infer<V[F]['schema']> };

/** The one place that reads the environment. Empty variables count as absent, as shells and compose files leave them. */
export function processEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}

/**
 * Parses variables once.
 * @throws SignalboxError ENVIRONMENT_INVALID that lists every fault by the variable's name, not just the first.
 */
export function parseEnvironment<V extends Record<string, Variable>>(
  variables: V,
  given: Record<string, string>,
): Parsed<V> {
  const shape: { [F in keyof V]: V[F]['schema'] } = mapFields(variables, ({ schema }) => schema);
  const parsed = z.object(shape).safeParse(mapFields(variables, (variable) => givenFor(variable, given)));
  // Each field of the shape is the schema of its variable, which `Parsed` says in types.
  if (parsed.success) return parsed.data as Parsed<V>;
  const faults = parsed.error.issues.map(({ path: [field, beside], message }) => {
    const variable = variables[String(field)];
    return `${variable?.beside && beside !== undefined ? String(beside) : variable?.name}: ${message}`;
  });
  throw new SignalboxError('ENVIRONMENT_INVALID', `The environment is not complete:\n  ${faults.join('\n  ')}`);
}

function givenFor({ name, beside }: Variable, given: Record<string, string>): unknown {
  if (!beside) return given[name];
  const names = new Set([name, ...beside.map((other) => other.name)]);
  return Object.fromEntries(Object.entries(given).filter(([key]) => names.has(key)));
}

function mapFields<V extends Record<string, Variable>, T>(
  variables: V,
  valueOf: (variable: Variable) => T,
): { [F in keyof V]: T } {
  const entries = Object.entries(variables).map(([field, variable]) => [field, valueOf(variable)] as const);
  return Object.fromEntries(entries) as { [F in keyof V]: T };
}

export const ROLES = ['api', 'worker', 'all'] as const;
export type Role = (typeof ROLES)[number];

const missing = 'is missing';
const postgresUrl = z.string(missing).regex(/^postgres(ql)?:\/\//, 'must start with postgres://');
const queueAddress = z
  .string(missing)
  .regex(/^(postgres(ql)?|rediss?):\/\//, 'must start with postgres:// or redis://');
const objectStoreAddress = z.string(missing).regex(/^file:\/\//, 'must start with file:// (s3:// comes later)');
const port = z.coerce
  .number('must be a port')
  .int('must be a port')
  .min(0, 'must be a port')
  .max(65_535, 'must be a port');

const addressRanges = z.string().superRefine((text, context) => {
  const policy = AddressPolicy.parse(text);
  if (policy instanceof AddressPolicy) return;
  const faults = policy.faults.join(', ');
  context.addIssue(`must be addresses, ranges, loopback or private with commas between them; not so: ${faults}`);
});

const policyText = z
  .string()
  .default('{}')
  .transform((text, context) => {
    const parsed = labelPolicy.safeParse(jsonOf(text));
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues)
      context.addIssue([path.join('.'), message].filter(Boolean).join(': '));
    return z.NEVER;
  });

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const awsReads = z.string().superRefine((text, context) => {
  const policy = AwsRolePolicy.parse(text);
  if (policy instanceof AwsRolePolicy) return;
  const faults = policy.faults.join(', ');
  context.addIssue(`must be s3://bucket/prefix, xray or logs:group with commas between them; not so: ${faults}`);
});

/** Variables that several programs read in the same way. */
export const SHARED_VARIABLES = {
  queueUrl: {
    name: 'QUEUE_URL',
    schema: queueAddress,
    says: 'Where BullMQ keeps its jobs: the role signalbox_queue of the database, or redis://... (maxmemory-policy noeviction).',
    example: 'postgres://signalbox_queue:...@127.0.0.1:5432/signalbox',
  },
  objectStoreUrl: {
    name: 'OBJECT_STORE_URL',
    schema: objectStoreAddress,
    says: 'Where datasets and artefacts are kept; the same for all services.',
    example: 'file:///var/lib/signalbox/objects',
  },
  secretKey: {
    name: 'SIGNALBOX_SECRET_KEY',
    schema: z.string(missing).regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits (openssl rand -hex 32)'),
    says: '32 bytes as 64 hex digits (openssl rand -hex 32); seals credentials at rest. The same for all services.',
    example: '0000000000000000000000000000000000000000000000000000000000000000',
  },
  outboundAllow: {
    name: 'OUTBOUND_ALLOW',
    schema: addressRanges.default(''),
    says: 'Private addresses that sources, judges and replays may call: ranges such as 10.0.0.0/8, or loopback, or private. Public ones always may.',
    example: '10.0.0.0/8',
  },
  traceFiles: {
    name: 'TRACE_FILES',
    schema: z.string().default(''),
    says: 'Folder whose files FILE sources of ingest may read; without it there are no such sources.',
    example: '/var/lib/signalbox/traces',
  },
  labelPolicy: {
    name: 'LABEL_POLICY',
    schema: policyText,
    says: 'How labels become performance, as JSON: precedence of kinds, labelers (best first), weights by kind, allowUncalibrated (judges that count without their gate); see docs/labeling.md.',
    example: '{"precedence":["METRIC","HUMAN","JUDGE","FEEDBACK"]}',
  },
  awsRoleAllow: {
    name: 'AWS_ROLE_ALLOW',
    schema: awsReads.default(''),
    says: 'What sources of ingest without credentials of their own may read with those of its process: s3://bucket/prefix, xray, logs:group. Nothing without it.',
    example: 's3://logs-bucket/litellm/,xray,logs:aws/spans',
  },
  embedder: EMBEDDER,
  host: {
    name: 'HOST',
    schema: z.string().default('127.0.0.1'),
    says: 'Address to listen on. Until authentication is configured, leave it on loopback or behind a network policy.',
    example: '127.0.0.1',
  },
  role: {
    name: 'ROLE',
    schema: z.enum(ROLES, `must be one of ${ROLES.join(', ')}`).default('all'),
    says: 'api (GraphQL alone), worker (jobs alone) or all.',
    example: 'all',
  },
  logLevel: {
    name: 'LOG_LEVEL',
    schema: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('log'),
    says: 'debug (with a line a request), log (with a line a job), warn or error; one JSON object a line.',
    example: 'log',
  },
} satisfies Record<string, Variable>;

/** @param fallback used when the variable is absent */
export function portVariable(name: string, fallback: number): Variable<number> {
  return {
    name,
    schema: port.default(fallback),
    says: 'Port to listen on; 0 takes any free one.',
    example: String(fallback),
  };
}

/** Address of a database as an administrator, who migrates and makes the roles. */
export const ADMINISTRATOR: Variable<string> = {
  name: 'DATABASE_URL',
  schema: postgresUrl,
  says: 'Administrator of the database: migrates, and makes schemas and login roles.',
  example: 'postgres://postgres:...@127.0.0.1:5432/signalbox',
};

/** The variable, or nothing. */
export function optional<T>(variable: Variable<T>): Variable<T | undefined> {
  return { ...variable, schema: variable.schema.optional() };
}

/** Ports of services that run by themselves. */
export const SERVICE_PORTS: Readonly<Record<ServiceName, number>> = {
  ingest: 4101,
  labeling: 4102,
  embedding: 4103,
  training: 4104,
  registry: 4105,
};

/** The environment of one service running by itself: `INGEST_DATABASE_URL`, `INGEST_PORT` and the shared variables. */
export function serviceVariables(service: ServiceName) {
  const prefix = service.toUpperCase();
  return {
    databaseUrl: {
      name: `${prefix}_DATABASE_URL`,
      schema: postgresUrl,
      says: `Login role of ${service}, as npm run migrate prints it.`,
      example: `postgres://signalbox_${service}:...@127.0.0.1:5432/signalbox`,
    },
    port: portVariable(`${prefix}_PORT`, SERVICE_PORTS[service]),
    ...SHARED_VARIABLES,
  } satisfies Record<string, Variable>;
}

/** What every service needs; a service's own `main.ts` parses it from variables, standalone makes it. */
export type ServiceEnvironment = Parsed<ReturnType<typeof serviceVariables>>;

/** @throws SignalboxError ENVIRONMENT_INVALID */
export function serviceEnvironmentOf(service: ServiceName, given: Record<string, string>): ServiceEnvironment {
  return parseEnvironment(serviceVariables(service), given);
}
