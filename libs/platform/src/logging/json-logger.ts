import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { logContext } from './log-context.js';

export const LOG_LEVELS = ['debug', 'log', 'warn', 'error'] as const;
export type LogThreshold = (typeof LOG_LEVELS)[number];

const UP_TO: Record<LogThreshold, LogLevel[]> = {
  error: ['fatal', 'error'],
  warn: ['fatal', 'error', 'warn'],
  log: ['fatal', 'error', 'warn', 'log'],
  debug: ['fatal', 'error', 'warn', 'log', 'debug'],
};

const MAX_CAUSES = 3;

/** One JSON object a line, with the service and the ids of the request or job that the line is about. */
class JsonLogger extends ConsoleLogger {
  constructor(
    private readonly service: string,
    level: LogThreshold,
  ) {
    super(service, { json: true, logLevels: UP_TO[level], colors: false });
  }

  protected override getJsonLogObject(
    message: unknown,
    options: Parameters<ConsoleLogger['getJsonLogObject']>[1],
  ): ReturnType<ConsoleLogger['getJsonLogObject']> {
    return { ...super.getJsonLogObject(message, options), service: this.service, ...logContext() };
  }

  /** Nest would add every other property, such as the detail of a database's error: the whole row that it refused, prompts and all. */
  protected override serializeError(error: Error, depth = 0): Record<string, unknown> {
    const { name, message, stack, cause } = error;
    const deeper = cause instanceof Error && depth < MAX_CAUSES;
    return {
      ...{ name, message, stack },
      ...('code' in error && { code: error.code }),
      ...(deeper && { cause: this.serializeError(cause, depth + 1) }),
    };
  }
}

export function jsonLogger(service: string, level: LogThreshold): ConsoleLogger {
  return new JsonLogger(service, level);
}
