import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { withLogContext } from './log-context.js';

export const REQUEST_ID_HEADER = 'x-request-id';

/** What a client may choose itself; anything else could forge log lines. */
const ACCEPTED = /^[\w.-]{1,100}$/;

/** Gives each request an id, its client's own where it has one; it is answered in a header and stands in every log line. */
export function requestIdOf(service: string) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const given = request.get(REQUEST_ID_HEADER);
    const requestId = given !== undefined && ACCEPTED.test(given) ? given : randomUUID();
    response.setHeader(REQUEST_ID_HEADER, requestId);
    withLogContext({ service, requestId }, next);
  };
}
