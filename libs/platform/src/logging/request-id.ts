import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { withLogContext } from './log-context.js';

export const REQUEST_ID_HEADER = 'x-request-id';

/** What a client may choose itself; anything else could forge log lines. */
const ACCEPTED = /^[\w.-]{1,100}$/;

/**
 * Gives each request an id, its client's own where it has one; it is answered in a header and stands in every log line. The last of
 * them says how the request ended.
 */
export function requestIdOf(service: string, log: { debug(message: string): void }) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const given = request.get(REQUEST_ID_HEADER);
    const requestId = given !== undefined && ACCEPTED.test(given) ? given : randomUUID();
    response.setHeader(REQUEST_ID_HEADER, requestId);
    const began = performance.now();
    const { method, path } = request; // without the query string, which may hold a prompt
    response.once('close', () => {
      const took = Math.round(performance.now() - began);
      withLogContext({ service, requestId }, () => log.debug(`${method} ${path} ${response.statusCode} in ${took} ms`));
    });
    withLogContext({ service, requestId }, next);
  };
}
