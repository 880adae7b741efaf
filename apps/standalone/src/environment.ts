import { fileURLToPath } from 'node:url';
import {
  ADMINISTRATOR,
  optional,
  parseEnvironment,
  portVariable,
  SHARED_VARIABLES,
  type Parsed,
} from '@signalbox/platform';
import { z } from 'zod';

const WORKSPACE = fileURLToPath(new URL('../../../', import.meta.url));

export const STANDALONE_VARIABLES = {
  /** Of the gateway; the services take free ports. */
  port: portVariable('PORT', 4000),
  host: SHARED_VARIABLES.host,
  dataFolder: {
    name: 'SIGNALBOX_DATA',
    schema: z.string().default(`${WORKSPACE}.signalbox`),
    says: 'Folder of the embedded database, objects, logs and keys.',
    example: '.signalbox',
  },
  /** Embedded PostgreSQL is used without it. */
  databaseUrl: optional(ADMINISTRATOR),
  /** Jobs are in the database without it. */
  queueUrl: optional(SHARED_VARIABLES.queueUrl),
  objectStoreUrl: optional(SHARED_VARIABLES.objectStoreUrl),
  /** One user on one machine, whose backends are on it too. */
  outboundAllow: {
    ...SHARED_VARIABLES.outboundAllow,
    schema: SHARED_VARIABLES.outboundAllow.schema.unwrap().default('loopback'),
    example: 'loopback',
  },
  traceFiles: SHARED_VARIABLES.traceFiles,
  labelPolicy: SHARED_VARIABLES.labelPolicy,
  awsRoleAllow: SHARED_VARIABLES.awsRoleAllow,
  embedder: SHARED_VARIABLES.embedder,
  logLevel: { ...SHARED_VARIABLES.logLevel, schema: SHARED_VARIABLES.logLevel.schema.unwrap().default('warn') },
};
type Given = Parsed<typeof STANDALONE_VARIABLES>;
type Absent = 'databaseUrl' | 'queueUrl' | 'objectStoreUrl';
export type StandaloneEnvironment = Omit<Given, Absent> & Partial<Pick<Given, Absent>>;

/** All have defaults. @throws SignalboxError ENVIRONMENT_INVALID */
export function standaloneEnvironmentOf(given: Record<string, string>): StandaloneEnvironment {
  return parseEnvironment(STANDALONE_VARIABLES, given);
}
