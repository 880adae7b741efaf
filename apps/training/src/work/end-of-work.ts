import { Logger } from '@nestjs/common';
import { ERROR_CODES, SignalboxError, type ProblemRecord } from '@signalbox/contracts';

export const problemOf = ({ code, message, nextStep }: SignalboxError): ProblemRecord => ({ code, message, nextStep });

export const errorOf = ({ code, message, nextStep }: ProblemRecord): SignalboxError =>
  new SignalboxError(code, message, nextStep ?? ERROR_CODES[code]);

/** What the last attempt of a job leaves on its row. The text of an error that nobody foresaw may hold anything: it is for the log alone. */
export function givenUp(what: string, error: Error): ProblemRecord {
  new Logger('training').error(`${what} is given up: ${error.stack ?? error.message}`);
  return {
    code: 'INTERNAL',
    message: 'The work failed several times; the log of training has the cause.',
    nextStep: ERROR_CODES.INTERNAL,
  };
}
