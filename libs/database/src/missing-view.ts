import { SERVICES, SignalboxError, type ServiceName } from '@signalbox/contracts';
import { databaseErrorCode } from './connection-errors.js';

/** No such table, no such schema, no right: the view's owner is not deployed here, or is older. */
const MISSING = new Set(['42P01', '3F000', '42501']);

/** Whether a query failed because a view is not there; TypeORM wraps the driver's error and keeps its code. */
export const isMissingView = (error: unknown): boolean => MISSING.has(databaseErrorCode(error) ?? '');

/**
 * Names the service whose view a query lacked; other errors pass through.
 * @param needs what cannot be answered now, for the message
 * @param service the view's owner; by default the one that PostgreSQL's message names
 */
export function dependencyFailure(error: unknown, needs: string, service?: ServiceName): unknown {
  if (!isMissingView(error)) return error;
  const text = error instanceof Error ? error.message : '';
  const owner = service ?? SERVICES.find((name) => text.includes(name)) ?? 'that owns a view which is missing';
  const message = `${needs} needs the service ${owner}, which is not there.`;
  return new SignalboxError('DEPENDENCY_UNAVAILABLE', message, undefined, { cause: error });
}

/** Runs a query over another service's view. @throws SignalboxError DEPENDENCY_UNAVAILABLE naming that service */
export async function needing<T>(service: ServiceName, needs: string, query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    throw dependencyFailure(error, needs, service);
  }
}
