import { SignalboxError, type Result } from '@signalbox/contracts';

/** @throws SignalboxError with the code and the hint of a rejection */
export function accepted<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new SignalboxError(result.error.code, result.error.hint);
}
