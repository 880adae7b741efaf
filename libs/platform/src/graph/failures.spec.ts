import { describe, expect, it } from '@jest/globals';
import { SignalboxError } from '@signalbox/contracts';
import { QueryRunnerProviderAlreadyReleasedError } from 'typeorm';
import { answerOf } from './failures.js';

describe('the message of an expected failure', () => {
  it.each([
    ['score: score must not be greater than 1', 'score: must not be greater than 1'],
    [
      'filter.text: text must be a string; score: score must be a number',
      'filter.text: must be a string; score: must be a number',
    ],
    ['candidates: each value in candidates must be a string', 'candidates: each value must be a string'],
    ['filter: nested property filter must be either object or array', 'filter: must be either object or array'],
    ['text: texture must be smooth', 'text: texture must be smooth'],
    ['There is no router: router a', 'There is no router: router a'],
  ])('names a field once: %s', (given, told) => {
    const error = new SignalboxError('INVALID_INPUT', given);
    expect(answerOf({ message: given }, error).message).toBe(told);
  });
});

describe('an error of a database that is away', () => {
  it.each([
    ['refuses connections', Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })],
    ['ends the session', Object.assign(new Error('terminating connection'), { code: '57P01' })],
    ['ended it in the midst of a transaction', new QueryRunnerProviderAlreadyReleasedError()],
  ])('that %s is told as such, and nothing of where it is', (_, error) => {
    const told = answerOf({ message: error.message }, error);
    expect(told).toMatchObject({
      message: 'The database does not answer.',
      extensions: { code: 'DATABASE_UNREACHABLE', nextStep: expect.any(String) },
    });
  });
});
