import { describe, expect, it } from '@jest/globals';
import { SignalboxError } from '@signalbox/contracts';
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
