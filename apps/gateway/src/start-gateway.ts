import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import apolloGateway from '@apollo/gateway';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled';
import { expressMiddleware } from '@as-integrations/express5';
import { answerOf, finiteNumbers, listenFailure, requestIdOf, storableText } from '@signalbox/platform';
import { ERROR_CODES, MAX_REQUEST_MB, type ServiceName } from '@signalbox/contracts';
import express, { type ErrorRequestHandler } from 'express';
import { GraphQLError } from 'graphql';
import { readinessOf } from './readiness.js';
import { SubgraphDataSource } from './subgraph.data-source.js';

const { ApolloGateway } = apolloGateway;
const SUPERGRAPH = new URL('../../../supergraph.graphql', import.meta.url);

export interface GatewayOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** GraphQL address of each service; a service without one answers DEPENDENCY_UNAVAILABLE. */
  services: Partial<Record<ServiceName, string>>;
  log: { debug(message: string): void; warn(message: string): void; error(message: string): void };
}

export interface RunningGateway {
  url: string;
  close(): Promise<void>;
}

/** Nothing listens on the discard port: a request to a service that was not configured fails at once. */
const NOWHERE = 'http://127.0.0.1:9/graphql';

/** Apollo Gateway fails without a code when a document has several operations and the request names none of them. */
const oneOperation: ApolloServerPlugin = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation }) => {
      if (operation) return;
      const extensions = { code: 'INVALID_INPUT', nextStep: ERROR_CODES.INVALID_INPUT, http: { status: 400 } };
      throw new GraphQLError('Name the operation to run as operationName.', { extensions });
    },
  }),
};

/** What the body parser refuses would otherwise be answered with a page that holds a stack. */
const refuseBody: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  const fault = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  const status = typeof fault === 'number' && fault >= 400 && fault < 500 ? fault : 400;
  const message =
    status === 413 ? `The body is larger than ${MAX_REQUEST_MB} MB.` : 'The body is not the JSON of a GraphQL request.';
  const extensions = { code: 'INVALID_INPUT', nextStep: ERROR_CODES.INVALID_INPUT };
  response.status(status).json({ errors: [{ message, extensions }] });
};

/**
 * Serves the checked-in supergraph over the services.
 * @throws SignalboxError PORT_TAKEN
 */
export async function startGateway({ host, port, services, log }: GatewayOptions): Promise<RunningGateway> {
  const addresses: Partial<Record<string, string>> = services;
  const quiet = {
    debug: () => undefined,
    info: () => undefined,
    warn: (m?: string) => log.warn(String(m)),
    error: (m?: string) => log.error(String(m)),
  };
  const gateway = new ApolloGateway({
    supergraphSdl: await readFile(SUPERGRAPH, 'utf8'),
    buildService: ({ name }) => new SubgraphDataSource(name, addresses[name] ?? NOWHERE),
    logger: quiet,
  });
  const app = express();
  const http = createServer(app);
  const server = new ApolloServer({
    gateway,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: quiet,
    formatError: answerOf,
    plugins: [
      storableText,
      finiteNumbers,
      oneOperation,
      ApolloServerPluginDrainHttpServer({ httpServer: http }),
      ApolloServerPluginLandingPageLocalDefault({ footer: false }),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await server.start();
  app.use(requestIdOf('gateway', log));
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/readyz', (_request, response, next) => {
    readinessOf(services).then(({ ready, ...state }) => {
      if (!ready) response.status(503).setHeader('retry-after', '5');
      response.json(state);
    }, next);
  });
  app.use('/graphql', express.json({ limit: `${MAX_REQUEST_MB}mb` }), expressMiddleware(server), refuseBody);
  app.get('/', (_request, response) => {
    response.redirect('/graphql');
  });
  try {
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject);
      http.listen(port, host, () => resolve());
    });
  } catch (cause) {
    await server.stop();
    throw listenFailure(cause, port, 'gateway');
  }
  const address = http.address();
  const listening = typeof address === 'object' && address !== null ? address.port : port;
  return { url: `http://${host}:${listening}/graphql`, close: () => server.stop() };
}
