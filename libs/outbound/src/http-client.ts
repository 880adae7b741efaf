import type { ReadableStreamDefaultReader } from 'node:stream/web';
import { setTimeout as pause } from 'node:timers/promises';
import { SignalboxError, type ErrorCode } from '@signalbox/contracts';
import type { Response } from 'undici';
import { refusalIn, type Outbound } from './outbound.js';

export interface HttpLimits {
  /** Milliseconds until the whole answer must be there. */
  timeoutMs: number;
  maxBytes: number;
  /** Ends what is being asked, and what waits to be asked again. */
  signal?: AbortSignal | undefined;
}

/** Which codes a caller wants for the three ways in which a peer disappoints. */
export interface HttpFailureCodes {
  unreachable: ErrorCode;
  notJson: ErrorCode;
  refused: ErrorCode;
}

export interface JsonAnswer {
  status: number;
  body: unknown;
}

const ATTEMPTS = 4;
const RETRIED = new Set([429, 502, 503, 504]);
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Address without credentials and query, for messages and logs. */
export function shownAddress(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** Reads JSON over HTTP: no redirects are followed, size and time are bounded, 429, 502-504 and connections that broke are tried again. */
export class JsonClient {
  constructor(
    private readonly outbound: Outbound,
    private readonly limits: HttpLimits,
    private readonly codes: HttpFailureCodes,
    private readonly headers: Record<string, string> = {},
  ) {}

  /**
   * Answers of status 200 and of those in `expected` come back parsed; of the latter the text where it is no JSON.
   * @throws SignalboxError with the caller's codes; the message holds the address but never a credential.
   */
  async get(url: URL, expected: readonly number[] = []): Promise<JsonAnswer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await this.send(url);
        const again = RETRIED.has(response.status) && !expected.includes(response.status) && attempt < ATTEMPTS;
        if (!again) return await this.parse(url, response, expected);
        await response.body?.cancel();
        await this.pause(url, waitMs(response.headers.get('retry-after'), attempt));
      } catch (error) {
        if (!isBrokenOff(error) || attempt === ATTEMPTS) throw error;
        if (attempt > 1) await this.pause(url, waitMs(null, attempt - 1));
      }
    }
  }

  private async send(url: URL): Promise<Response> {
    const { timeoutMs, signal } = this.limits;
    const inTime = AbortSignal.timeout(timeoutMs);
    try {
      return await this.outbound.fetch(url, {
        headers: { accept: 'application/json', ...this.headers },
        signal: signal ? AbortSignal.any([inTime, signal]) : inTime,
      });
    } catch (cause) {
      throw refusalIn(cause) ?? this.unreachable(url, 'does not answer', cause);
    }
  }

  private async pause(url: URL, ms: number): Promise<void> {
    const { signal } = this.limits;
    await pause(ms, undefined, { signal }).catch(() => {
      throw this.unreachable(url, 'was not asked again', signal?.reason);
    });
  }

  private unreachable(url: URL, what: string, cause: unknown): SignalboxError {
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    const reason = inner instanceof Error ? inner.message : String(inner);
    return new SignalboxError(this.codes.unreachable, `${shownAddress(url)} ${what}: ${reason}`, undefined, { cause });
  }

  private async parse(url: URL, response: Response, expected: readonly number[]): Promise<JsonAnswer> {
    const text = await this.text(url, response);
    if (response.status !== 200 && !expected.includes(response.status)) {
      throw new SignalboxError(
        this.codes.refused,
        `${shownAddress(url)} answered ${response.status}: ${text.slice(0, 300)}`,
      );
    }
    try {
      const body: unknown = JSON.parse(text);
      return { status: response.status, body };
    } catch (cause) {
      if (response.status !== 200) return { status: response.status, body: text };
      const type = response.headers.get('content-type') ?? 'no content type';
      const what = type.includes('json')
        ? `JSON that is cut or broken (${text.length} characters)`
        : `${type}, not with JSON`;
      throw new SignalboxError(
        this.codes.notJson,
        `${shownAddress(url)} answered ${response.status} with ${what}.`,
        undefined,
        { cause },
      );
    }
  }

  private async text(url: URL, response: Response): Promise<string> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader();
    const read = () =>
      reader?.read().catch((cause: unknown) => {
        throw this.unreachable(url, `broke off after ${bytes} bytes`, cause);
      });
    for (let part = await read(); part && !part.done; part = await read()) {
      bytes += part.value.byteLength;
      if (bytes > this.limits.maxBytes) {
        await reader?.cancel();
        throw new SignalboxError(
          this.codes.refused,
          `${shownAddress(url)} answered more than ${this.limits.maxBytes} bytes.`,
        );
      }
      chunks.push(part.value);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}

/** The connection was there and broke, as one does that a restarting peer had kept open. */
function isBrokenOff(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth += 1) {
    if ('code' in cause && BROKEN.has(String(cause.code))) return true;
  }
  return false;
}

/** What a peer asks for, else doubling from half a second. */
export function waitMs(retryAfter: string | null, attempt: number): number {
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter);
  return Number.isFinite(seconds) ? Math.min(seconds, 30) * 1000 : 500 * 2 ** (attempt - 1);
}
