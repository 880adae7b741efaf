import gateway from '@apollo/gateway';
import { ERROR_CODES, isErrorCode } from '@signalbox/contracts';
import { logContext, REQUEST_ID_HEADER } from '@signalbox/platform';
import { GraphQLError } from 'graphql';
import { z } from 'zod';

const { RemoteGraphQLDataSource } = gateway;
type ProcessOptions = Parameters<InstanceType<typeof RemoteGraphQLDataSource>['process']>[0];
type ProcessAnswer = ReturnType<InstanceType<typeof RemoteGraphQLDataSource>['process']>;

const refusal = z.object({
  extensions: z.object({
    response: z.object({
      body: z.object({
        errors: z.array(
          z.object({
            message: z.string(),
            extensions: z.object({ code: z.string(), nextStep: z.string().optional() }),
          }),
        ),
      }),
    }),
  }),
});

/** A service that refuses a request answers 400 with coded errors, which Apollo wraps as if the service were down. */
function answerOfService(error: unknown): GraphQLError | undefined {
  const parsed = refusal.safeParse(error);
  const first = parsed.success ? parsed.data.extensions.response.body.errors[0] : undefined;
  if (!first || !isErrorCode(first.extensions.code)) return undefined;
  return new GraphQLError(first.message, { extensions: first.extensions });
}

/**
 * Requests to one service. Apollo's own error for a service that is down carries its address and a stack: a client is told
 * the service's name and a code instead.
 */
export class SubgraphDataSource extends RemoteGraphQLDataSource {
  constructor(
    private readonly service: string,
    address: string,
  ) {
    super({
      url: address,
      // Apollo's own client sends on a connection that the service is just closing after a pause, and takes that for its absence. Node's
      // reads from each answer how long the connection will stay, and leaves it before.
      fetcher: fetch,
      willSendRequest: ({ request }) => {
        const { requestId } = logContext();
        if (requestId !== undefined) request.http?.headers.set(REQUEST_ID_HEADER, requestId);
      },
    });
  }

  override async process(options: ProcessOptions): ProcessAnswer {
    try {
      return await super.process(options);
    } catch (error) {
      const answered = answerOfService(error);
      if (answered) throw answered;
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
