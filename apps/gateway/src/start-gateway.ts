import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import apolloGateway from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled';
import { expressMiddleware } from '@as-integrations/express5';
import { answerOf, listenFailure } from '@signalbox/platform';
import type { ServiceName } from '@signalbox/contracts';
import express from 'express';
import { SubgraphDataSource } from './subgraph.data-source.js';

const { ApolloGateway } = apolloGateway;
const SUPERGRAPH = new URL('../../../supergraph.graphql', import.meta.url);
const MAX_BODY = '8mb'; // as the services take

export interface GatewayOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** GraphQL address of each service; a service without one answers DEPENDENCY_UNAVAILABLE. */
  services: Partial<Record<ServiceName, string>>;
  log: { warn(message: string): void; error(message: string): void };
}

export interface RunningGateway {
  url: string;
  close(): Promise<void>;
}

/** Nothing listens on the discard port: a request to a service that was not configured fails at once. */
const NOWHERE = 'http://127.0.0.1:9/graphql';

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
      ApolloServerPluginDrainHttpServer({ httpServer: http }),
      ApolloServerPluginLandingPageLocalDefault({ footer: false }),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await server.start();
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.use('/graphql', express.json({ limit: MAX_BODY }), expressMiddleware(server));
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
