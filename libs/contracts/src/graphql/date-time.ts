import { GraphQLScalarType, Kind } from 'graphql';
import { SignalboxError } from '../errors.js';

const ISO_8601 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2}))?$/;

function parse(value: unknown): Date {
  const written = typeof value === 'string' && ISO_8601.test(value) ? value : '';
  const date = new Date(written);
  if (Number.isNaN(date.getTime())) {
    throw new SignalboxError(
      'INVALID_INPUT',
      'A DateTime is written in ISO 8601 with its zone, e.g. 2026-03-02T08:30:00Z.',
    );
  }
  const day = written.slice(0, 'YYYY-MM-DD'.length);
  if (!dayExists(day)) throw new SignalboxError('INVALID_INPUT', `There is no ${day} in the calendar.`);
  return date;
}

/** Date reads 31 February as 3 March. */
const dayExists = (day: string): boolean => new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);

/** Moments in UTC. Nest's own scalar lets an invalid date through to the database. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'A moment in UTC, ISO 8601, e.g. 2026-03-02T08:30:00.000Z.',
  parseValue: parse,
  parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : undefined),
  serialize: (value) => (value instanceof Date ? value : new Date(String(value))).toISOString(),
});
