import { SignalboxError, type ServiceName } from '@signalbox/contracts';
import { databaseErrorCode } from '@signalbox/database';

/** No such table, no such schema, no right: the view's owner is not deployed here, or is older. */
const MISSING = new Set(['42P01', '3F000', '42501']);

export const isMissingView = (error: unknown): boolean => MISSING.has(databaseErrorCode(error) ?? '');

/** Runs a query over another service's view. @throws SignalboxError DEPENDENCY_UNAVAILABLE naming that service */
export async function needing<T>(service: ServiceName, what: string, query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    if (!isMissingView(error)) throw error;
    const message = `${what} needs the service ${service}, which is not there.`;
    throw new SignalboxError('DEPENDENCY_UNAVAILABLE', message, undefined, { cause: error });
  }
}
