import { SERVICES, SignalboxError } from '@signalbox/contracts';
import { databaseErrorCode } from '@signalbox/database';

/** No such table, no such schema, no right: the view's owner is not deployed here, or is older. */
const MISSING = new Set(['42P01', '3F000', '42501']);

/** Names the service whose view a query lacked; PostgreSQL's message names the view. Other errors pass through. */
export function dependencyFailure(error: unknown, what: string): unknown {
  if (!MISSING.has(databaseErrorCode(error) ?? '') || !(error instanceof Error)) return error;
  const service = SERVICES.find((name) => error.message.includes(name)) ?? 'that owns a view which is missing';
  const message = `${what} needs the service ${service}, which is not there.`;
  return new SignalboxError('DEPENDENCY_UNAVAILABLE', message, undefined, { cause: error });
}
