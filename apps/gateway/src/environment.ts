import type { ServiceName } from '@signalbox/contracts';
import { parseEnvironment, portVariable, SERVICE_PORTS, SHARED_VARIABLES, type Variable } from '@signalbox/platform';
import { z } from 'zod';

function addressOf(service: ServiceName): Variable<string | undefined> {
  return {
    name: `${service.toUpperCase()}_URL`,
    schema: z.url('must be an address such as http://127.0.0.1:4101/graphql').optional(),
    says: `GraphQL address of ${service}; without it every field of ${service} answers DEPENDENCY_UNAVAILABLE.`,
    example: `http://127.0.0.1:${SERVICE_PORTS[service]}/graphql`,
  };
}

export const GATEWAY_VARIABLES = {
  port: portVariable('PORT', 4000),
  host: SHARED_VARIABLES.host,
  logLevel: SHARED_VARIABLES.logLevel,
  ingest: addressOf('ingest'),
  labeling: addressOf('labeling'),
  embedding: addressOf('embedding'),
  training: addressOf('training'),
  registry: addressOf('registry'),
};

/** `PORT`, `HOST` and the GraphQL address of each service: `INGEST_URL`, `LABELING_URL` and so on. */
export function gatewayEnvironmentOf(given: Record<string, string>) {
  return parseEnvironment(GATEWAY_VARIABLES, given);
}
