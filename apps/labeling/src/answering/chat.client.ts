import { performance } from 'node:perf_hooks';
import { refusalIn, type Outbound, type OutboundRequest } from '@signalbox/outbound';
import { APIConnectionError, APIError, OpenAI } from 'openai';
import type { ResponseFormatJSONSchema } from 'openai/resources/shared';
import type { Turn } from '../calls/prompt.js';
import { storable } from './storable.js';

export interface ChatEndpoint {
  baseUrl: string;
  apiKey: string | null;
  timeoutSeconds?: number | null;
}

export interface ChatQuestion {
  model: string;
  turns: readonly Turn[];
  temperature?: number;
  responseFormat?: ResponseFormatJSONSchema;
}

export interface ChatAnswer {
  /** Null when the model gave no text. */
  text: string | null;
  refused: boolean;
  inputTokens: number | null;
  outputTokens: number | null;
  /** As the gateway reports it; null when it does not. */
  costUsd: number | null;
  seconds: number;
}

/**
 * Why there is no answer: nothing answers, or only with 429 and 5xx; the key or the model is not known there; or this question
 * was turned down.
 */
export interface ChatFailure {
  reason: 'unreachable' | 'misconfigured' | 'rejected';
  /** Without the text that was sent, which servers like to repeat. */
  message: string;
}

export type ChatResult = { ok: true; answer: ChatAnswer } | { ok: false; failure: ChatFailure };

/** Long answers of slow models; a call that hangs must not hold its place for ever. */
const TIMEOUT_SECONDS = 120;
/** After half a second, then doubling, or as long as Retry-After asks. */
const RETRIES = 3;
const COST_HEADER = 'x-litellm-response-cost';
const DURATION_HEADER = 'x-litellm-response-duration-ms';

/** One OpenAI-style chat API. */
export class ChatClient {
  private readonly client: OpenAI;

  constructor({ baseUrl, apiKey, timeoutSeconds }: ChatEndpoint, outbound: Outbound) {
    this.client = new OpenAI({
      baseURL: baseUrl,
      apiKey: apiKey ?? 'none',
      organization: null,
      project: null,
      maxRetries: RETRIES,
      timeout: (timeoutSeconds ?? TIMEOUT_SECONDS) * 1000,
      logLevel: 'off', // its debug log holds prompts
      // The key goes to the address that was given and to no other.
      fetch: (address, init) => outbound.fetch(address instanceof Request ? address.url : address, sentBy(init)),
    });
  }

  async ask({ model, turns, temperature, responseFormat }: ChatQuestion): Promise<ChatResult> {
    const started = performance.now();
    try {
      const { data, response } = await this.client.chat.completions
        .create({
          model,
          messages: [...turns],
          ...(temperature === undefined ? {} : { temperature }),
          ...(responseFormat ? { response_format: responseFormat } : {}),
        })
        .withResponse();
      const choice = data.choices[0];
      const durationMs = numberOf(response.headers.get(DURATION_HEADER));
      return {
        ok: true,
        answer: {
          text: textOf(choice?.message.content),
          refused: Boolean(choice?.message.refusal) || choice?.finish_reason === 'content_filter',
          inputTokens: data.usage?.prompt_tokens ?? null,
          outputTokens: data.usage?.completion_tokens ?? null,
          costUsd: numberOf(response.headers.get(COST_HEADER)),
          seconds: (durationMs ?? performance.now() - started) / 1000,
        },
      };
    } catch (error) {
      return { ok: false, failure: failureOf(error) };
    }
  }
}

/** The client sends its questions as text. */
function sentBy({ method, headers, body, signal }: RequestInit = {}): OutboundRequest {
  return {
    ...(method === undefined ? {} : { method }),
    headers: Object.fromEntries(new Headers(headers)),
    ...(typeof body === 'string' ? { body } : {}),
    signal: signal ?? null,
  };
}

function failureOf(error: unknown): ChatFailure {
  if (refusalIn(error)) return { reason: 'misconfigured', message: 'may not be called from here (OUTBOUND_ALLOW)' };
  if (error instanceof APIConnectionError) return { reason: 'unreachable', message: 'does not answer' };
  if (error instanceof APIError && typeof error.status === 'number') {
    const code = typeof error.code === 'string' && /^[\w.-]{1,64}$/.test(error.code) ? ` (${error.code})` : '';
    const message = `answers ${error.status}${code}`;
    if (error.status === 429 || error.status >= 500 || error.status < 400) return { reason: 'unreachable', message };
    return { reason: [401, 403, 404].includes(error.status) ? 'misconfigured' : 'rejected', message };
  }
  // A body that is no JSON, or of no known form, ends here.
  return { reason: 'unreachable', message: 'answers in another form than the OpenAI chat API' };
}

const textOf = (content: string | null | undefined): string | null =>
  content === null || content === undefined ? null : storable(content);

function numberOf(header: string | null): number | null {
  const value = header === null || header.trim() === '' ? Number.NaN : Number(header);
  return Number.isFinite(value) && value >= 0 ? value : null;
}

/** USD for tokens at prices per million; null when a count or a price is unknown. */
export function costOfTokens(
  { inputTokens, outputTokens }: { inputTokens: number | null; outputTokens: number | null },
  { inputPrice, outputPrice }: { inputPrice: number | null; outputPrice: number | null },
): number | null {
  if (inputTokens === null || outputTokens === null || inputPrice === null || outputPrice === null) return null;
  return (inputTokens * inputPrice + outputTokens * outputPrice) / 1e6;
}
