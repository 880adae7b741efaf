import { SignalboxError } from '@signalbox/contracts';
import { APIConnectionError, APIError, OpenAI } from 'openai';
import pLimit from 'p-limit';
import { type z } from 'zod';

export interface ServerAddress {
  /** Without a slash at its end. */
  baseUrl: string;
  apiKey?: string | undefined;
  /** Seconds for one request; 60 when absent. */
  timeoutSeconds?: number | undefined;
  /** Times that it is asked again when it is busy or away; 3 when absent. */
  retries?: number | undefined;
}

/** Requests at once, of all the calls of one embedder: enough to keep a server busy while the next batch is on its way. */
const IN_FLIGHT = 4;
/** A batch on a server without a GPU takes seconds. */
const TIMEOUT_SECONDS = 60;
/** After half a second, then doubling, or as long as Retry-After asks. */
const RETRIES = 3;

/**
 * JSON over HTTP to a server that the operator chose: with its key, a few requests at once, and 429, 5xx and broken connections tried
 * again. The transport is the OpenAI client's, which other APIs than OpenAI's own may use too.
 */
export class EmbeddingServer {
  private readonly client: OpenAI;
  private readonly limit = pLimit(IN_FLIGHT);
  private readonly closing = new AbortController();
  private readonly shown: string;

  constructor({ baseUrl, apiKey, timeoutSeconds, retries }: ServerAddress) {
    const { host, pathname } = new URL(baseUrl);
    this.shown = `${host}${pathname}`.replace(/\/$/, '');
    this.client = new OpenAI({
      baseURL: baseUrl.replace(/\/+$/, ''),
      apiKey: apiKey ?? 'none',
      organization: null,
      project: null,
      maxRetries: retries ?? RETRIES,
      timeout: (timeoutSeconds ?? TIMEOUT_SECONDS) * 1000,
      logLevel: 'off', // its debug log holds prompts
      // The key and the texts go to the address that was given and to no other.
      fetchOptions: { redirect: 'manual' },
    });
  }

  /** @throws SignalboxError EMBEDDER_UNREACHABLE, EMBEDDER_REFUSED or EMBEDDER_ANSWER_INVALID; never with a text in its message */
  post<T>(path: string, body: unknown, answer: z.ZodType<T>): Promise<T> {
    return this.ask(() => this.client.post<unknown>(path, { body, signal: this.closing.signal }), path, answer);
  }

  /** @throws as {@link post} */
  get<T>(path: string, answer: z.ZodType<T>): Promise<T> {
    return this.ask(() => this.client.get<unknown>(path, { signal: this.closing.signal }), path, answer);
  }

  /** Gives up what is being asked. */
  close(): void {
    this.closing.abort();
  }

  /** For an answer that has the right form and still cannot be used. */
  invalid(path: string, what: string): SignalboxError {
    return new SignalboxError('EMBEDDER_ANSWER_INVALID', `${this.shown}${path} answers with ${what}.`);
  }

  private async ask<T>(request: () => PromiseLike<unknown>, path: string, answer: z.ZodType<T>): Promise<T> {
    const body = await this.limit(async () => {
      try {
        return await request();
      } catch (error) {
        throw this.failureOf(error, path);
      }
    });
    const parsed = answer.safeParse(body);
    if (parsed.success) return parsed.data;
    const [fault] = parsed.error.issues;
    throw this.invalid(path, `another form than its API has: ${fault?.path.join('.') ?? ''}: ${fault?.message ?? ''}`);
  }

  private failureOf(error: unknown, path: string): SignalboxError {
    if (error instanceof APIConnectionError) {
      return new SignalboxError('EMBEDDER_UNREACHABLE', `${this.shown}${path} does not answer.`);
    }
    if (error instanceof APIError && typeof error.status === 'number') {
      const again = error.status === 429 || error.status >= 500;
      // Not its message: servers like to repeat what they were sent.
      const code = typeof error.code === 'string' && /^[\w.-]{1,64}$/.test(error.code) ? ` (${error.code})` : '';
      return new SignalboxError(
        again ? 'EMBEDDER_UNREACHABLE' : 'EMBEDDER_REFUSED',
        `${this.shown}${path} answers ${error.status}${code}.`,
      );
    }
    return this.invalid(path, 'what is no JSON');
  }
}
