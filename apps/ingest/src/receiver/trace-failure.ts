import { SignalboxError, type ErrorCode } from '@signalbox/contracts';
import { databaseErrorCode } from '@signalbox/database';

/** What makes no calls of traces has thrown: a fault of ours, which the same traces meet again. */
export class UnreadableTraces extends Error {
  constructor(cause: unknown) {
    super('traces cannot be read', { cause });
    this.name = 'UnreadableTraces';
  }
}

/** Of what is kept of a trace, and of a value that no column takes. */
const CODES: ReadonlySet<ErrorCode> = new Set(['FORMAT_BROKEN', 'ENVIRONMENT_INVALID', 'INVALID_INPUT']);
/** SQLSTATE of values that a column, a constraint or an index does not take. */
const VALUE_REFUSED = /^(22|23|54)[0-9A-Z]{3}$/;
/** What making a row of a call throws, in the midst of writing it. */
const FAULTS = /^(Type|Range|Syntax|Reference)Error$/;
const FRAMES = 3;

/** Whether a failure lies in the traces: neither in the database that is away, nor in a lease that is lost, nor in a process that stops. */
export function isOfTraces(error: unknown): boolean {
  if (error instanceof UnreadableTraces) return true;
  if (error instanceof SignalboxError) return CODES.has(error.code);
  const code = databaseErrorCode(error);
  if (code !== undefined && !code.startsWith('ERR_')) return VALUE_REFUSED.test(code);
  return error instanceof Error && FAULTS.test(error.name);
}

/** A code to keep, and what to tell of it; of messages that may repeat what a trace holds neither has any. */
export function causeOf(error: unknown): { code: string; told: string } {
  const cause = error instanceof UnreadableTraces ? error.cause : error;
  if (cause instanceof SignalboxError) return { code: cause.code, told: `${cause.code}: ${cause.message}` };
  const state = databaseErrorCode(cause) ?? '';
  if (VALUE_REFUSED.test(state)) return { code: state, told: `SQLSTATE ${state}` };
  if (!(cause instanceof Error)) return { code: 'INTERNAL', told: 'INTERNAL: what was thrown is no error' };
  const frames = (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { code: cause.name, told: [cause.name, ...frames.slice(0, FRAMES).map((frame) => frame.trim())].join(' ') };
}
