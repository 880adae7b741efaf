import type { DynamicModule, Type } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { ApolloFederationDriver, type ApolloFederationDriverConfig } from '@nestjs/apollo';
import { unwrapResolverError } from '@apollo/server/errors';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { answerOf } from './failures.js';
import { finiteNumbers } from './finite-numbers.plugin.js';
import { Loaders } from './loaders.js';
import { storableText } from './storable-text.plugin.js';

export interface SubgraphOptions {
  /** Marker class that the service's types name as `registerIn`: Nest's type storage is one for the whole process. */
  graph: Type<unknown>;
  /** Types that no field of this service returns by itself, such as stubs of other services' entities. */
  orphanedTypes?: Type<unknown>[];
}

/** The federated GraphQL endpoint of one service at /graphql. */
export function subgraph({ graph, orphanedTypes = [] }: SubgraphOptions): DynamicModule {
  const buildSchemaOptions = { orphanedTypes, includeModules: [graph] };
  return GraphQLModule.forRoot<ApolloFederationDriverConfig>({
    driver: ApolloFederationDriver,
    path: '/graphql',
    autoSchemaFile: { federation: 2 },
    buildSchemaOptions,
    graphiql: false,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    plugins: [ApolloServerPluginInlineTraceDisabled(), storableText, finiteNumbers],
    context: () => ({ loaders: new Loaders() }),
    formatError: (formatted, error) => answerOf(formatted, unwrapResolverError(error)),
  });
}
