import gateway from '@apollo/gateway';
import { ERROR_CODES } from '@signalbox/contracts';
import { GraphQLError } from 'graphql';

const { RemoteGraphQLDataSource } = gateway;
type ProcessOptions = Parameters<InstanceType<typeof RemoteGraphQLDataSource>['process']>[0];
type ProcessAnswer = ReturnType<InstanceType<typeof RemoteGraphQLDataSource>['process']>;

/**
 * Requests to one service. Apollo's own error for a service that is down carries its address and a stack: a client is told
 * the service's name and a code instead.
 */
export class SubgraphDataSource extends RemoteGraphQLDataSource {
  constructor(
    private readonly service: string,
    address: string,
  ) {
    super({ url: address });
  }

  override async process(options: ProcessOptions): ProcessAnswer {
    try {
      return await super.process(options);
    } catch {
      throw new GraphQLError(`The service ${this.service} does not answer.`, {
        extensions: {
          code: 'DEPENDENCY_UNAVAILABLE',
          service: this.service,
          nextStep: ERROR_CODES.DEPENDENCY_UNAVAILABLE,
        },
      });
    }
  }
}
