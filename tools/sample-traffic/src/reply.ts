import type { IncomingMessage, ServerResponse } from 'node:http';
import { SAMPLE_NOTICE } from './spans.js';

export interface Reply {
  status: number;
  contentType: string;
  body: string;
  headers?: Record<string, string>;
}

export const jsonReply = (status: number, body: unknown, headers?: Record<string, string>): Reply => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
  headers,
});

export function send(response: ServerResponse, { status, contentType, body, headers = {} }: Reply): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'x-signalbox-sample': SAMPLE_NOTICE,
    ...headers,
  });
  response.end(body);
}

/** The body of a request as text; null when it is larger than `limit` bytes. */
export async function bodyOf(request: IncomingMessage, limit: number): Promise<string | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    if (!(part instanceof Buffer)) continue;
    size += part.length;
    if (size > limit) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
