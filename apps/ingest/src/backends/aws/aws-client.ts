import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { pipeline, Readable, Transform } from 'node:stream';
import { SignalboxError } from '@signalbox/contracts';
import type { Outbound } from '@signalbox/outbound';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import type { AwsAccess } from './aws-access.js';

const CONNECT_TIMEOUT_MS = 10_000;
const TIMEOUT_MS = 60_000;
/** Five traces of half a megabyte each, or a page of a log, which is one megabyte, are far below. */
export const MAX_BYTES = 32 * 1024 * 1024;
/** Quotas of X-Ray are a few requests a second; the SDK slows down by itself. */
const ATTEMPTS = 8;

/** Settings of a client of AWS that goes the way out that every address given by a user goes. */
export interface AwsClientSettings {
  region: string;
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  retryMode: 'adaptive';
  maxAttempts: number;
  requestHandler: NodeHttpHandler;
}

/** @param signal ends what is being asked, refuses what is asked then, and closes the connections */
export function awsClientSettings(outbound: Outbound, access: AwsAccess, signal?: AbortSignal): AwsClientSettings {
  if (access.endpoint !== null) outbound.check(new URL(access.endpoint));
  return {
    region: access.region,
    ...(access.endpoint === null ? {} : { endpoint: access.endpoint }),
    ...(access.credentials === null ? {} : { credentials: access.credentials }),
    retryMode: 'adaptive',
    maxAttempts: ATTEMPTS,
    requestHandler: new BoundedHandler(signal, {
      httpAgent: new HttpAgent({ keepAlive: true, lookup: outbound.lookup }),
      httpsAgent: new HttpsAgent({ keepAlive: true, lookup: outbound.lookup }),
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      throwOnRequestTimeout: true,
    }),
  };
}

/** The SDK's own handler, which follows no redirects, with a limit for what it takes in, and an end. */
class BoundedHandler extends NodeHttpHandler {
  constructor(
    private readonly signal: AbortSignal | undefined,
    options: NodeHttpHandlerOptions,
  ) {
    super(options);
    signal?.addEventListener('abort', () => this.destroy(), { once: true });
  }

  override async handle(...call: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    const [request, options] = call;
    const handled = await super.handle(request, this.signal ? { ...options, abortSignal: this.signal } : options);
    const body: unknown = handled.response.body;
    if (body instanceof Readable) handled.response.body = bounded(body);
    return handled;
  }
}

function bounded(body: Readable): Readable {
  let bytes = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.byteLength;
      if (bytes <= MAX_BYTES) done(null, chunk);
      else done(new SignalboxError('SOURCE_REFUSED', `AWS answered more than ${MAX_BYTES} bytes.`));
    },
  });
  return pipeline(body, counter, () => undefined); // the reader of `counter` is told of a failure
}
