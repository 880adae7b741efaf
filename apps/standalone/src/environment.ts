import { fileURLToPath } from 'node:url';
import { listenPort, logLevel, parseEnvironment, queueUrl } from '@signalbox/platform';
import { z } from 'zod';

const WORKSPACE = fileURLToPath(new URL('../../../', import.meta.url));

const standaloneEnvironment = z.object({
  /** Of the gateway; the services take free ports. */
  port: listenPort.default(4000),
  host: z.string().default('127.0.0.1'),
  /** Database, objects, logs and keys. */
  dataFolder: z.string().default(`${WORKSPACE}.signalbox`),
  /** Administrator of a PostgreSQL of one's own; embedded PostgreSQL is used without it. */
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres://')
    .optional(),
  /** `redis://...`; jobs are in the database without it. */
  queueUrl: queueUrl.optional(),
  objectStoreUrl: z
    .string()
    .regex(/^file:\/\//, 'must start with file:// (s3:// comes later)')
    .optional(),
  logLevel: logLevel.default('warn'),
});
export type StandaloneEnvironment = z.infer<typeof standaloneEnvironment>;

/** `PORT`, `HOST`, `SIGNALBOX_DATA`, `DATABASE_URL`, `QUEUE_URL`, `OBJECT_STORE_URL` and `LOG_LEVEL`; all have defaults. */
export function standaloneEnvironmentOf(variables: Record<string, string>): StandaloneEnvironment {
  const names = {
    port: 'PORT',
    host: 'HOST',
    dataFolder: 'SIGNALBOX_DATA',
    databaseUrl: 'DATABASE_URL',
    queueUrl: 'QUEUE_URL',
    objectStoreUrl: 'OBJECT_STORE_URL',
    logLevel: 'LOG_LEVEL',
  };
  return parseEnvironment(standaloneEnvironment, names, variables);
}
