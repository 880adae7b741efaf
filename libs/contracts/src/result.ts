import type { ErrorCode } from './errors.js';

/** Why an input was refused: a code from {@link ERROR_CODES}, where in the input, and what to do next. */
export interface Rejection {
  code: ErrorCode;
  /** Where in the input, e.g. `data[3].spans[0].startTime` or `line 17`. Empty when the whole input is meant. */
  path: string;
  /** What is wrong and the next step, for a person. Never contains prompt text or secrets. */
  hint: string;
}

export type Result<T, E = Rejection> = { ok: true; value: T } | { ok: false; error: E };

export function accept<T>(value: T): { ok: true; value: T } {
  return { ok: true, value };
}

export function reject(code: ErrorCode, path: string, hint: string): { ok: false; error: Rejection } {
  return { ok: false, error: { code, path, hint } };
}
