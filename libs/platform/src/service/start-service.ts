import type { IncomingMessage } from 'node:http';
import { Logger, ValidationPipe, type DynamicModule, type ValidationError } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { MAX_REQUEST_MB, SignalboxError, type ServiceName } from '@signalbox/contracts';
import type { ServiceEnvironment } from '../environment.js';
import { jsonLogger } from '../logging/json-logger.js';
import { requestIdOf } from '../logging/request-id.js';
import { FailureFilter } from './failure.filter.js';
import { REAL_EDGES, type ServiceEdges } from './service-resources.js';

export interface ServiceDefinition {
  name: ServiceName;
  module(environment: ServiceEnvironment, edges: ServiceEdges): DynamicModule;
}

export interface RunningService {
  name: ServiceName;
  url: string;
  /** May be called again. */
  close(): Promise<void>;
}

/** Other paths read their own bodies. */
const isGraphql = ({ url, headers }: IncomingMessage): boolean =>
  url?.startsWith('/graphql') === true && /^application\/([\w.-]+\+)?json\b/i.test(headers['content-type'] ?? '');

function faultsOf(errors: ValidationError[], path = ''): string[] {
  return errors.flatMap((error) => {
    const here = path ? `${path}.${error.property}` : error.property;
    return [
      ...Object.values(error.constraints ?? {}).map((text) => `${here}: ${text}`),
      ...faultsOf(error.children ?? [], here),
    ];
  });
}

/** Inputs are checked by their classes; all faults are told at once. */
export function inputValidation(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    exceptionFactory: (errors) => new SignalboxError('INVALID_INPUT', faultsOf(errors).join('; ')),
  });
}

/**
 * Starts one service and listens.
 * @throws SignalboxError PORT_TAKEN when the port is in use.
 */
export async function startService(
  definition: ServiceDefinition,
  environment: ServiceEnvironment,
  edges: ServiceEdges = REAL_EDGES,
): Promise<RunningService> {
  const logger = jsonLogger(definition.name, environment.logLevel);
  const app = await NestFactory.create<NestExpressApplication>(definition.module(environment, edges), {
    logger,
    abortOnError: false,
    bodyParser: false,
  });
  app.use(requestIdOf(definition.name, logger));
  app.useBodyParser('json', { limit: `${MAX_REQUEST_MB}mb`, type: isGraphql });
  app.useGlobalPipes(inputValidation());
  app.useGlobalFilters(new FailureFilter(app.getHttpAdapter()));
  try {
    await app.listen(environment.port, environment.host);
  } catch (cause) {
    await app.close();
    throw listenFailure(cause, environment.port, definition.name);
  }
  let closing: Promise<void> | undefined;
  const url = `http://${environment.host}:${portOf(app.getHttpServer().address())}/graphql`;
  new Logger('start').log(`${definition.name} at ${url}, role ${environment.role}`);
  return {
    name: definition.name,
    url,
    close: () => (closing ??= app.close()),
  };
}

export function listenFailure(cause: unknown, port: number, name: string): unknown {
  if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
    return new SignalboxError('PORT_TAKEN', `Port ${port} for ${name} is in use.`, undefined, { cause });
  }
  return cause;
}

function portOf(address: unknown): number {
  if (typeof address === 'object' && address !== null && 'port' in address && typeof address.port === 'number') {
    return address.port;
  }
  throw new TypeError('the server has no port');
}
