import { databaseErrorCode } from '@signalbox/database';
import { SignalboxError, type ServiceName } from '@signalbox/contracts';

/** No such table, no such schema, no right: the view's owner is not deployed here, or is older. */
const MISSING = new Set(['42P01', '3F000', '42501']);

/** TypeORM wraps the driver's error and keeps its code. */
export const isMissingView = (error: unknown): boolean => MISSING.has(databaseErrorCode(error) ?? '');

/** Names the service that a query needed; other errors pass through. */
export function dependencyFailure(error: unknown, service: ServiceName, needs: string): unknown {
  if (!isMissingView(error)) return error;
  return new SignalboxError('DEPENDENCY_UNAVAILABLE', `${needs} needs the service ${service}, which is not there.`);
}
