import { Test } from '@nestjs/testing';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { printSubgraphSchema } from '@apollo/subgraph';
import composition from '@apollo/composition';
import { REAL_EDGES, type ServiceDefinition, type ServiceEnvironment } from '@signalbox/platform';
import { JobQueue } from '@signalbox/queue';
import { parse } from 'graphql';
import { DataSource } from 'typeorm';

/** Nothing is opened: the schema needs the classes of a service, not its database. */
const NOTHING: ServiceEnvironment = {
  databaseUrl: 'postgres://unused',
  queueUrl: 'postgres://unused',
  objectStoreUrl: 'file:///unused',
  secretKey: '0'.repeat(64),
  outboundAllow: '',
  traceFiles: '',
  labelPolicy: { precedence: [], labelers: [], weights: {}, allowUncalibrated: [] },
  awsRoleAllow: '',
  embedder: { provider: 'use-lite' },
  host: '127.0.0.1',
  port: 0,
  role: 'api',
  logLevel: 'error',
};

/** The SDL of one service as the gateway's composition reads it. */
export async function subgraphSdl(service: ServiceDefinition): Promise<string> {
  const testing = await Test.createTestingModule({ imports: [service.module(NOTHING, REAL_EDGES)] })
    .overrideProvider(DataSource)
    .useValue({})
    .overrideProvider(JobQueue)
    .useValue({})
    .compile();
  const app = testing.createNestApplication({ logger: ['error'] });
  await app.init();
  return `${printSubgraphSchema(app.get(GraphQLSchemaHost).schema).trim()}\n`;
}

export interface Composed {
  supergraph: string;
  /** Things that compose but differ between services, such as descriptions. Each is a fault to mend. */
  hints: string[];
}

/** What to print where composition left hints, and to fail with; undefined where it left none. */
export function faultOfHints(hints: readonly string[]): string | undefined {
  return hints.length === 0 ? undefined : `Composition hints, each to be mended:\n${hints.join('\n')}\n`;
}

/** @throws Error that names every fault of composition */
export function compose(sdls: Record<string, string>): Composed {
  const result = composition.composeServices(
    // The address is set by whoever starts the gateway; the composed file only names the services.
    Object.entries(sdls).map(([name, sdl]) => ({ name, url: `http://${name}.invalid/graphql`, typeDefs: parse(sdl) })),
  );
  if (result.errors) throw new Error(`The services do not compose:\n${result.errors.map((e) => e.message).join('\n')}`);
  return { supergraph: `${result.supergraphSdl.trim()}\n`, hints: result.hints.map((hint) => hint.message) };
}
