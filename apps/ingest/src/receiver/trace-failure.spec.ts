import { describe, expect, it } from '@jest/globals';
import { SignalboxError } from '@signalbox/contracts';
import { LeaseLost } from '@signalbox/database';
import { causeOf, isOfTraces, UnreadableTraces } from './trace-failure.js';

const coded = (code: string) => Object.assign(new Error('refused: what somebody asked'), { code });

describe('a failure while traces are read', () => {
  it.each([
    ['a value that a column does not take', coded('22003')],
    ['a constraint', coded('23514')],
    ['an index that is too long', coded('54000')],
    ['what is kept in another form', new SignalboxError('FORMAT_BROKEN', 'other form')],
    ['anything that reading the calls throws', new UnreadableTraces(new Error('somehow'))],
    ['a fault while a row is made', new RangeError('Invalid time value')],
    ['a fault that Node has a code for', Object.assign(new RangeError('long'), { code: 'ERR_STRING_TOO_LONG' })],
  ])('is of the traces: %s', (_what, error) => {
    expect(isOfTraces(error)).toBe(true);
  });

  it.each([
    ['a database that stops', coded('57P01')],
    ['a connection that breaks', coded('ECONNRESET')],
    ['a pipe of five letters', coded('EPIPE')],
    ['a deadlock', coded('40P01')],
    ['a disk that is full', coded('53100')],
    ['a table that is not there', coded('42P01')],
    ['a lease that is lost', new LeaseLost('assemble')],
    ['a stop', new DOMException('stopped', 'AbortError')],
    ['a source that is gone', new SignalboxError('NOT_FOUND', 'no source')],
    ['a connection of which the driver tells no code', new Error('Connection terminated unexpectedly')],
  ])('is not: %s', (_what, error) => {
    expect(isOfTraces(error)).toBe(false);
  });

  it('is told without what the traces hold', () => {
    const fault = new UnreadableTraces(new TypeError('"what somebody asked" is no list'));
    expect(causeOf(fault)).toMatchObject({ code: 'TypeError', told: expect.stringMatching(/^TypeError at .*spec/) });
    expect(causeOf(coded('22003'))).toEqual({ code: '22003', told: 'SQLSTATE 22003' });
    for (const error of [fault, coded('22003')]) expect(causeOf(error).told).not.toContain('asked');
  });
});
