import { Catch, type ExceptionFilter } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';

/** Nest logs what no filter catches with its stack; an expected failure is an answer, not an incident. */
@Catch(SignalboxError)
export class ExpectedFailureFilter implements ExceptionFilter {
  catch(failure: SignalboxError): SignalboxError {
    return failure;
  }
}
