import { SERVICES } from '@signalbox/contracts';
import { listenPort, logLevel, parseEnvironment } from '@signalbox/platform';
import { z } from 'zod';

const gatewayEnvironment = z.object({
  port: listenPort.default(4000),
  host: z.string().default('127.0.0.1'),
  logLevel: logLevel.default('log'),
  ingest: z.url().optional(),
  labeling: z.url().optional(),
  embedding: z.url().optional(),
  training: z.url().optional(),
  registry: z.url().optional(),
});
export type GatewayEnvironment = z.infer<typeof gatewayEnvironment>;

/** `PORT`, `HOST` and the GraphQL address of each service: `INGEST_URL`, `LABELING_URL` and so on. */
export function gatewayEnvironmentOf(variables: Record<string, string>): GatewayEnvironment {
  const services = Object.fromEntries(SERVICES.map((service) => [service, `${service.toUpperCase()}_URL`]));
  return parseEnvironment(
    gatewayEnvironment,
    { port: 'PORT', host: 'HOST', logLevel: 'LOG_LEVEL', ...services },
    variables,
  );
}
