import { Logger } from '@nestjs/common';
import { ERROR_CODES, isErrorCode, SignalboxError } from '@signalbox/contracts';
import { databaseIsAway, errorMessage } from '@signalbox/database';
import type { GraphQLFormattedError } from 'graphql';
import { Seldom } from '../logging/seldom.js';

const log = new Logger('graphql');
const outages = new Seldom();

/** Codes of GraphQL itself: the query was wrong, not the work. */
const OF_THE_QUERY = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
]);

/** `score: score must ...`: the texts of class-validator begin with the property that the path before them ends with. */
const REPEATED = /(^|; )((?:\w+\.)*(\w+): )(each value in |nested property )?\3 (?=\w)/g;

const withoutRepeats = (message: string): string =>
  message.replace(REPEATED, (_, start: string, path: string, _property: string, lead: string | undefined) =>
    [start, path, lead?.startsWith('each') ? 'each value ' : ''].join(''),
  );

/**
 * What a client is told of an error: expected failures keep their code and next step, the rest is logged and masked,
 * without stack, address or text of prompts.
 */
export function answerOf(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const { path, locations } = formatted;
  if (error instanceof SignalboxError) {
    return {
      message: withoutRepeats(error.message),
      path,
      locations,
      extensions: { code: error.code, nextStep: error.nextStep },
    };
  }
  const { message } = formatted;
  const { code, nextStep, service } = formatted.extensions ?? {};
  if (isErrorCode(code)) {
    const extensions = { code, nextStep: nextStep ?? ERROR_CODES[code], ...(service ? { service } : {}) };
    return { message, path, locations, extensions };
  }
  if (typeof code === 'string' && OF_THE_QUERY.has(code)) {
    return { message, path, locations, extensions: { code: 'INVALID_INPUT', nextStep: ERROR_CODES.INVALID_INPUT } };
  }
  if (databaseIsAway(error)) {
    outages.tell(errorMessage(error), (text) => log.error(text));
    return {
      message: 'The database does not answer.',
      path,
      locations,
      extensions: { code: 'DATABASE_UNREACHABLE', nextStep: ERROR_CODES.DATABASE_UNREACHABLE },
    };
  }
  log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return {
    message: 'Something went wrong inside Signalbox.',
    path,
    locations,
    extensions: { code: 'INTERNAL', nextStep: ERROR_CODES.INTERNAL },
  };
}
