import { Catch, type ArgumentsHost, type ContextType } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';

/** Leaves failures of GraphQL to `answerOf`, which tells and logs them: Nest would log each a second time, with its stack. */
@Catch()
export class FailureFilter extends BaseExceptionFilter {
  override catch(failure: unknown, host: ArgumentsHost): void {
    if (host.getType<ContextType | 'graphql'>() === 'graphql') throw failure;
    super.catch(failure, host);
  }
}
