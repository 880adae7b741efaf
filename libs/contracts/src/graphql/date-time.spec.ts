import { describe, expect, it } from '@jest/globals';
import { DateTime } from './date-time.js';

describe('a DateTime', () => {
  it.each([
    ['2026-03-02', '2026-03-02T00:00:00.000Z'],
    ['2024-02-29T08:30:00Z', '2024-02-29T08:30:00.000Z'],
    ['2026-03-01T00:30:00+01:00', '2026-02-28T23:30:00.000Z'],
    ['2026-12-31T24:00:00Z', '2027-01-01T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('is read: %s', (text, moment) => {
    expect(DateTime.parseValue(text).toISOString()).toBe(moment);
  });

  it.each([
    '2026-02-31',
    '2026-02-31T00:00:00Z',
    '2023-02-29T00:00:00+01:00',
    '2026-04-31T12:00Z',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-01-01T25:00:00Z',
    '2026-01-01T00:00:00',
    'yesterday',
    7,
  ])('is a moment that exists, with its zone, and so not %s', (text) => {
    expect(() => DateTime.parseValue(text)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  });
});
