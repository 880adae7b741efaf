import { ERROR_CODES, SignalboxError, type ProblemRecord } from '@signalbox/contracts';

export const problemOf = ({ code, message, nextStep }: SignalboxError): ProblemRecord => ({ code, message, nextStep });

export const errorOf = ({ code, message, nextStep }: ProblemRecord): SignalboxError =>
  new SignalboxError(code, message, nextStep ?? ERROR_CODES[code]);

/** What the last attempt of a job leaves on its row. */
export const givenUp = (error: Error): ProblemRecord => ({
  code: 'INTERNAL',
  message: error.message,
  nextStep: ERROR_CODES.INTERNAL,
});
